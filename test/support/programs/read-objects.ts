/** Reads all objects of the store named by the first argument as NARs and prints each path with its hash. */
import { digestOfAll } from '../../../src/base/digest.ts'
import { writeNar } from '../../../src/format/nar/write.ts'
import { openStoreToRead } from '../../../src/store/disk-reader.ts'
import { parseStorePath } from '../../../src/store/store-path.ts'

const [root = '', ...names] = process.argv.slice(2)
await using store = await openStoreToRead(root)
for (const path of names.flatMap((name) => parseStorePath(name) ?? [])) {
  const narHash = digestOfAll(writeNar(store.tree(path)))
  process.stdout.write(`${path} ${narHash === store.info(path)?.narHash}\n`)
}
