import assert from 'node:assert/strict'
import { appendFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/support/temporary.ts'
import { type TreeStore, treeStore } from '../../../test/support/tree-store.ts'
import { digestOf } from '../../base/digest.ts'
import { recipePath } from '../../store/store-path.ts'
import { file, memoryTree } from '../../tree/memory.ts'
import { planLayer } from '../plan.ts'
import { rememberBytes, rememberedBytes } from './remembered-bytes.ts'

/** A store of two packages, and how often it was asked for one's member locations. */
function counted(): { readonly store: TreeStore; readonly asked: () => number } {
  let count = 0
  const store = treeStore(
    {
      a: { as: 'unpacked:deb-1', tree: memoryTree({ 'usr/a': file('a') }) },
      b: { as: 'unpacked:deb-1', tree: memoryTree({ 'usr/b': file('b') }) },
    },
    temporaryFolder(),
  )
  const parts: TreeStore['parts'] = (path, as) => {
    count++
    return store.parts(path, as)
  }
  return { store: { ...store, parts }, asked: () => count }
}

test('remembered bytes: a layer is located once, and the result is the same afterwards', () => {
  const { store, asked } = counted()
  const recipe = store.recipe(['a', 'b'])
  const first = planLayer(store, recipe)
  assert.ok(first.spliced !== undefined && first.spliced.ranges.length > 1)
  assert.equal(asked(), 2)
  assert.deepEqual(planLayer(store, recipe), first)
  store.memory.rememberLayer(first.name, { diffId: digestOf('x'), size: first.size })
  assert.deepEqual(planLayer(store, recipe), { ...first, remembered: digestOf('x') })
  assert.equal(asked(), 2)
})

test('remembered bytes: a missing or resized file is located again', () => {
  const { store, asked } = counted()
  const recipe = store.recipe(['a', 'b'])
  const first = planLayer(store, recipe)
  const lies = join(store.root, recipePath('a', 'a'))
  appendFileSync(lies, 'more')
  assert.equal(rememberedBytes(store, first.name), undefined)
  assert.deepEqual(planLayer(store, recipe), first)
  rmSync(lies)
  assert.equal(rememberedBytes(store, first.name), undefined)
  assert.equal(asked(), 4)
})

test('remembered bytes: files outside the store are not recorded', () => {
  const { store } = counted()
  const name = digestOf('outside')
  rememberBytes(store, name, { ranges: [{ file: '/etc/hostname', offset: 0, size: 1 }], end: 0 })
  assert.equal(rememberedBytes(store, name), undefined)
})
