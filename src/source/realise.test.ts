import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTestWorkshop } from '../../test/support/workshop.ts'
import { recipePath } from '../store/store-path.ts'
import { file, memoryTree } from '../tree/memory.ts'
import type { Recipe } from './package.ts'
import { realise } from './realise.ts'

test('realise: what can be made at once is begun from both ends of the sizes', async () => {
  await inTestWorkshop(async (shop) => {
    const begun: string[] = []
    const recipe = (name: string, weight?: number): Recipe => ({
      path: recipePath(name, name),
      name,
      as: 'store',
      inputs: [],
      requires: [],
      ...(weight === undefined ? {} : { weight }),
      realise: ({ store }) => {
        begun.push(name)
        return store.add(recipePath(name, name), memoryTree({ '': file(name) }), { candidates: [] })
      },
    })
    await realise([recipe('small', 1), recipe('unknown'), recipe('large', 300), recipe('middle', 20)], shop)
    assert.deepEqual(begun, ['large', 'unknown', 'middle', 'small'])
  })
})

test('realise: an abort takes effect at once, whatever is being made, and starts nothing more', async () => {
  const controller = new AbortController()
  const begun: string[] = []
  const recipe = (name: string): Recipe => ({
    path: recipePath(name, name),
    name,
    as: 'store',
    inputs: [],
    requires: [],
    realise: () => {
      begun.push(name)
      if (begun.length === 4) controller.abort(new Error('enough'))
      return new Promise(() => {})
    },
  })
  await inTestWorkshop(
    async (shop) => {
      await assert.rejects(realise(['a', 'b', 'c', 'd', 'e'].map(recipe), shop), { message: 'enough' })
    },
    { signal: controller.signal },
  )
  assert.equal(begun.length, 4)
})
