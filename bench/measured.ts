/**
 * The program that is measured: streams a docker-archive of a store's objects to standard output, as a stream script does.
 *
 * Usage: measured.js ROOT LAYERS.json
 */
import { readFileSync } from 'node:fs'
import { unwatched } from '../src/base/event.ts'
import { layerRecipe, planLayer } from '../src/layer/plan.ts'
import { openStoreToRead } from '../src/store/disk-reader.ts'
import type { LaidOut } from '../src/store/store.ts'
import { parseStorePath } from '../src/store/store-path.ts'
import { writeDockerArchive } from '../src/transport/archive.ts'

const [root = '', layersFile = ''] = process.argv.slice(2)
const { as, groups }: { readonly as: LaidOut; readonly groups: readonly (readonly string[])[] } = JSON.parse(
  readFileSync(layersFile, 'utf8'),
)
await using store = await openStoreToRead(root)
const layers = groups.map((group) => {
  const members = group.flatMap((text) => {
    const path = parseStorePath(text)
    const info = path === undefined ? undefined : store.info(path)
    return info === undefined ? [] : [{ path: info.path, as, info }]
  })
  return planLayer(store, layerRecipe(members))
})
const config = { architecture: 'amd64', os: 'linux' }
await writeDockerArchive({ layers, config, names: ['bench:latest'] }, { store, watch: unwatched, output: 1 })
process.stderr.write(`peak ${process.resourceUsage().maxRSS}\n`)
