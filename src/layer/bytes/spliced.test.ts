import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { temporaryFolder } from '../../../test/support/temporary.ts'
import { type TreeStore, treeStore } from '../../../test/support/tree-store.ts'
import { arbitraryTree } from '../../../test/support/trees.ts'
import { gather } from '../../base/bytes.ts'
import { readPieces, writeTar } from '../../format/tar/write.ts'
import { directory, file, memoryTree } from '../../tree/memory.ts'
import type { Tree } from '../../tree/tree.ts'
import { planLayer } from '../plan.ts'
import { layerTree } from '../tree/layer-tree.ts'
import { layerForm, layerPieces } from './layer-pieces.ts'
import { splicedLayer } from './spliced.ts'

const folder = temporaryFolder()
let count = 0

function storeOf(trees: readonly Tree[]): TreeStore {
  const objects = trees.map((tree, index) => [`p${index}`, { as: 'unpacked:deb-1', tree }] as const)
  return treeStore(Object.fromEntries(objects), join(folder, String(count++)))
}

function namesOf(trees: readonly Tree[]): readonly string[] {
  return trees.map((_, index) => `p${index}`)
}

/** The layer's bytes from entries; undefined if the packages conflict. */
function written(store: TreeStore, names: readonly string[]): Buffer | undefined {
  try {
    const recipe = store.recipe(names)
    return Buffer.from(gather(writeTar(layerTree(store, recipe).entries(), layerForm(recipe))))
  } catch {
    return undefined
  }
}

test('spliced layer: ranges give the same bytes as the entries', () => {
  let spliced = 0
  fc.assert(
    fc.property(fc.array(arbitraryTree({ hardLinks: true }), { minLength: 2, maxLength: 4 }), (trees) => {
      const store = storeOf(trees)
      const recipe = store.recipe(namesOf(trees))
      if (splicedLayer(store, recipe) === undefined) return
      spliced++
      const expected = written(store, namesOf(trees))
      assert.ok(expected !== undefined && Buffer.from(gather(readPieces(layerPieces(store, recipe)))).equals(expected))
      assert.equal(planLayer(store, recipe).size, expected.length)
    }),
    { numRuns: 150 },
  )
  assert.ok(spliced > 10)
})

test('spliced layer: adjacent members are one range', () => {
  const trees = [
    memoryTree({ 'usr/bin/a': file('a'), 'usr/bin/b': file('b'), 'usr/share/doc/a/copyright': file('c') }),
    memoryTree({ 'usr/lib/x': file('x') }),
  ]
  const store = storeOf(trees)
  const spliced = splicedLayer(store, store.recipe(namesOf(trees)))
  assert.deepEqual(
    spliced?.ranges.map(({ offset, size }) => [offset, size]),
    [
      // usr, usr/bin, a and b; then lib and x of the other, whose usr is omitted; then share and everything below it.
      [0, 6 * 512],
      [512, 3 * 512],
      [6 * 512, 5 * 512],
    ],
  )
})

test('spliced layer: no ranges if packages share a file or disagree about a directory', () => {
  const base = memoryTree({ 'etc/a': file('same') })
  const others = [
    memoryTree({ 'etc/a': file('same') }),
    memoryTree({ etc: directory({ mode: 0o700 }), 'etc/b': file('b') }),
    memoryTree({ etc: file('not a directory') }),
  ]
  for (const other of others) {
    const store = storeOf([base, other])
    assert.equal(splicedLayer(store, store.recipe(['p0', 'p1'])), undefined)
  }
})
