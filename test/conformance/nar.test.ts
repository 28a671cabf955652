/** NARs equal Nix's, byte for byte, in both directions. Needs `nix-store` and `nix` (Debian: nix-bin). */
import assert from 'node:assert/strict'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { gather } from '../../src/base/bytes.ts'
import { digestOfAll, formatSri } from '../../src/base/digest.ts'
import { readNar } from '../../src/format/nar/read.ts'
import { narSize, writeNar } from '../../src/format/nar/write.ts'
import { diskTree } from '../../src/tree/disk.ts'
import { executable, file, memoryTree, symlink } from '../../src/tree/memory.ts'
import { Restorer, restoreTree } from '../../src/tree/restore.ts'
import { asStoreObject } from '../../src/tree/transform.ts'
import type { Tree } from '../../src/tree/tree.ts'
import { missing, run } from '../support/command.ts'
import { testNix } from '../support/nix.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { arbitraryTree, lines } from '../support/trees.ts'

const skip = missing('nix-store', 'nix')
const nix = testNix()
const folder = temporaryFolder()
let count = 0
const newPlace = (): string => join(folder, `${count++}`)

const trees: readonly Tree[] = [
  memoryTree({ '': file('one file') }),
  memoryTree({ '': executable('') }),
  memoryTree({ '': symlink('/nowhere/ä') }),
  memoryTree({}),
  memoryTree({
    large: file(Buffer.alloc(3_000_001, 'x')),
    empty: file(''),
    ['n'.repeat(255)]: symlink('t'.repeat(4000)),
  }),
  ...fc.sample(arbitraryTree(), { numRuns: 40, seed: 17 }),
]

test('nar: equals Nix’s dump of the same files', { skip }, async () => {
  for (const tree of trees) {
    const [place, ours] = [newPlace(), newPlace()]
    restoreTree(tree, place)
    writeFileSync(ours, gather(writeNar(tree)))
    assert.equal(narSize(tree), readFileSync(ours).length)
    await run('sh', ['-c', 'nix-store --dump "$1" | cmp - "$2"', 'sh', place, ours])
    assert.deepEqual(gather(writeNar(diskTree(place))), gather(writeNar(tree)))
  }
})

test('nar: Nix restores ours', { skip }, async () => {
  for (const tree of trees) {
    const place = newPlace()
    await run('nix-store', ['--restore', place], { input: writeNar(tree) })
    assert.deepEqual(lines(asStoreObject(diskTree(place))), lines(asStoreObject(rooted(tree))))
  }
})

test('nar: we restore Nix’s dump, as a store object', { skip }, async () => {
  for (const tree of trees) {
    const [place, dump, again] = [newPlace(), newPlace(), newPlace()]
    restoreTree(tree, place)
    await run('sh', ['-c', 'nix-store --dump "$1" > "$2"', 'sh', place, dump])
    using restorer = new Restorer(again)
    for (const step of readNar([readFileSync(dump)])) restorer.take(step)
    restorer.finish()
    assert.deepEqual(lines(diskTree(again)), lines(asStoreObject(rooted(tree))))
  }
})

test('nar: nix hash path agrees on a tree with all modes', { skip }, async () => {
  const place = newPlace()
  restoreTree(memoryTree({ a: file('1'), 'b/c': file('2') }), place)
  for (const mode of [0o600, 0o700, 0o611, 0o655, 0o4744]) {
    chmodSync(join(place, 'a'), mode)
    const [expected] = (await nix.run('nix', 'hash', 'path', place)).split('\n')
    assert.equal(formatSri(digestOfAll(writeNar(diskTree(place)))), expected)
  }
})

/** As on disk, where there is always a root. */
function rooted(tree: Tree): Tree {
  const place = newPlace()
  restoreTree(tree, place)
  return diskTree(place)
}
