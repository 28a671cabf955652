/** A large uncompressed base archive: ten layers of files of 48 KiB. */
import { closeSync, openSync, rmSync } from 'node:fs'
import { contentOf } from '../src/base/bytes.ts'
import { unwatched } from '../src/base/event.ts'
import { writeTar } from '../src/format/tar/write.ts'
import { planLayer } from '../src/layer/plan.ts'
import { layerRecipe } from '../src/layer/recipe.ts'
import { openStore } from '../src/store/disk-store.ts'
import { recipePath } from '../src/store/store-path.ts'
import { writeDockerArchive } from '../src/transport/archive.ts'
import { file, memoryTree } from '../src/tree/memory.ts'

const layerCount = 10
const fileSize = 49_152

/** Writes the archive of an image of about that many megabytes; makes it beside the archive. */
export async function writeLargeBase(archive: string, megabytes: number): Promise<void> {
  const making = `${archive}.making`
  const filesEach = Math.round((megabytes * 1_048_576) / layerCount / fileSize)
  await using store = await openStore(making)
  const layers = []
  for (let number = 0; number < layerCount; number++) {
    const items = Array.from({ length: filesEach }, (_, at) => {
      const name = number * filesEach + at
      return [`usr/d${name % 977}/f${name}`, file(contentOf(Buffer.alloc(fileSize, `${number} ${name} `)))] as const
    })
    const tree = memoryTree(Object.fromEntries(items))
    const bytes = Buffer.concat([...writeTar(tree.entries(), { names: 'relative', end: 'record' })])
    const path = recipePath('layer', { number })
    const info = await store.addFile(path, [bytes], { size: bytes.length, candidates: [] })
    layers.push(planLayer(store, layerRecipe([{ path, as: 'layer', info }])))
  }
  const output = openSync(archive, 'w')
  const config = { architecture: 'amd64', os: 'linux' }
  await writeDockerArchive({ layers, config, names: ['base:1'] }, { store, watch: unwatched, output })
  closeSync(output)
  rmSync(making, { recursive: true, force: true })
}
