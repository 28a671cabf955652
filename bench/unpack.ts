/**
 * The program that bench/debian.ts measures: unpacks the packages of an image and downloads nothing, since everything is in the store.
 * Usage: unpack.ts DIRECTORY PACKAGE
 */
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { inWorkshop } from '../src/actions/workshop.ts'
import { debian } from '../src/index.ts'
import { instantiate } from '../src/source/instantiate.ts'
import { realise } from '../src/source/realise.ts'

const [folder = '', name = ''] = process.argv.slice(2)
const made = debian({ suite: 'bookworm', directory: folder }).pkgs(name)
await inWorkshop({ store: join(folder, 'store'), frozen: true }, async (shop) => {
  const recipe = (await instantiate([made], shop)).of(made)
  const start = performance.now()
  await realise([recipe], shop)
  process.stdout.write(`${((performance.now() - start) / 1000).toFixed(3)}\n`)
})
