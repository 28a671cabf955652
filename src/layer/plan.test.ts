import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { treeStore } from '../../test/support/tree-store.ts'
import { gather } from '../base/bytes.ts'
import { digestOf } from '../base/digest.ts'
import { readPieces, tarSize } from '../format/tar/write.ts'
import { recipePath } from '../store/store-path.ts'
import { executable, file, memoryTree, symlink } from '../tree/memory.ts'
import { layerPieces } from './bytes/layer-pieces.ts'
import { memberSize, planLayer } from './plan.ts'
import { recipeDigest } from './recipe.ts'

const long = 'n'.repeat(120)

function sampleStore(): ReturnType<typeof treeStore> {
  return treeStore(
    {
      a: { as: 'store', tree: memoryTree({ 'bin/a': executable('a'.repeat(1000)), [long]: file('x') }) },
      b: { as: 'store', tree: memoryTree({ link: symlink(long), naïve: file('') }) },
      c: { as: 'unpacked:deb-1', tree: memoryTree({ 'usr/bin/c': executable('c') }) },
    },
    temporaryFolder(),
  )
}

test('plan: the size is exact, whatever the members and the owner', () => {
  const store = sampleStore()
  const recipes = [
    store.recipe([]),
    store.recipe(['a']),
    store.recipe(['a', 'b']),
    store.recipe(['b', 'a'], { uid: 1000, uname: 'jane', mtime: 12 }),
    store.recipe(['a', 'b'], { uid: 3_000_000 }),
    store.recipe(['a', 'b'], { gname: 'größe' }),
    store.recipe(['a', 'b'], { uname: 'x'.repeat(33) }),
    store.recipe(['c']),
    store.recipe(['c', 'a']),
  ]
  for (const recipe of recipes)
    assert.equal(planLayer(store, recipe).size, gather(readPieces(layerPieces(store, recipe))).length)
})

test('plan: the name is the digest of the recipe, whatever its key order', () => {
  const store = sampleStore()
  const { format, members, adjustments, options } = store.recipe(['a'])
  assert.equal(recipeDigest({ options, adjustments, members, format }), planLayer(store, store.recipe(['a'])).name)
  assert.notEqual(recipeDigest(store.recipe(['a'], { mtime: 2 })), recipeDigest(store.recipe(['a'])))
  assert.notEqual(recipeDigest(store.recipe(['a', 'b'])), recipeDigest(store.recipe(['b', 'a'])))
})

test('plan: an object is walked only once for its size', () => {
  const store = sampleStore()
  const path = recipePath('a', 'a')
  const node = memberSize(store, path, 'store')
  planLayer(store, store.recipe(['a', 'b']))
  planLayer(store, store.recipe(['b', 'a']))
  planLayer(store, store.recipe(['a', 'b']))
  assert.equal(store.asked.get(path), 1)
  assert.equal(node, memberSize(store, path, 'store'))
})

test('plan: a layer hashed before gets its diff ID and its size', () => {
  const store = sampleStore()
  const recipe = store.recipe(['a'])
  const found = { diffId: digestOf('bytes'), size: 20_480 }
  store.memory.rememberLayer(recipeDigest(recipe), found)
  const plan = planLayer(store, recipe, { comment: 'why' })
  assert.deepEqual([plan.remembered, plan.size, plan.history], [found.diffId, found.size, { comment: 'why' }])
  assert.equal(store.asked.size, 0)
})

test('plan: the size of a member is that of its entries', () => {
  const store = sampleStore()
  const tree = memoryTree({ 'usr/bin/c': executable('c') })
  assert.equal(
    memberSize(store, recipePath('c', 'c'), 'unpacked:deb-1'),
    tarSize(tree.entries(), { names: 'relative', end: 'none' }),
  )
})
