/**
 * Adds the objects of a range of numbers to a store until it has all of them or is killed: files and trees, each referring to the one
 * before, the same in every process. Prints the path of each when it is there.
 *
 * Arguments: the store's root, the first number, the number behind the last.
 */
import { openStore } from '../../../src/store/disk-store.ts'
import { logical, recipePath, type StorePath } from '../../../src/store/store-path.ts'
import { directory, executable, file, memoryTree, symlink } from '../../../src/tree/memory.ts'

const [root = '', first = '0', end = '10'] = process.argv.slice(2)
await using store = await openStore(root)
let candidates: StorePath[] = []
for (let index = Number(first); index < Number(end); index++) {
  const text = `object ${index} after ${candidates.map(logical).join()}\n`
  const path = recipePath(`object-${index}`, text)
  if (index % 3 === 0) {
    await store.addFile(path, [Buffer.from(text), Buffer.alloc(20_000, 'x')], { candidates })
  } else {
    const tree = { 'bin/a': executable(text), 'share/b/c': file(text), empty: directory(), l: symlink('bin/a') }
    await store.add(path, memoryTree(tree), { candidates })
  }
  process.stdout.write(`${path}\n`)
  candidates = [path]
}
