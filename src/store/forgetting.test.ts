import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOf } from '../base/digest.ts'
import { batches } from './forgetting.ts'
import type { PathInfo } from './store.ts'
import { recipePath, type StorePath } from './store-path.ts'

const path = (name: string): StorePath => recipePath(name, 1)

function order(graph: Readonly<Record<string, string>>): readonly (readonly string[])[] {
  const names = new Map(Object.keys(graph).map((name) => [path(name), name]))
  const info = (of: StorePath): PathInfo => ({
    path: of,
    narHash: digestOf(''),
    narSize: 0,
    references: [...(graph[names.get(of) ?? ''] ?? '')].map(path),
    signatures: [],
  })
  return [...batches([...names.keys()], { info })].map((batch) => batch.map((each) => names.get(each) ?? ''))
}

test('forgetting: an object is unregistered after everything that refers to it, except itself', () => {
  assert.deepEqual(order({ a: '', b: 'a', c: 'ab', d: 'cd' }), [['d'], ['c'], ['b'], ['a']])
  assert.deepEqual(order({ a: 'b', b: 'c', c: 'b', d: '' }), [['a'], ['d'], ['b', 'c']])
})

test('forgetting: the first batch is one object, each further batch twice as many, each object once', () => {
  const graph = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`n${index}`, '']))
  const found = order(graph)
  assert.deepEqual(
    found.map((batch) => batch.length),
    [1, 2, 4, 8, 16, 32, 64, 128, 256, 256, 233],
  )
  assert.equal(new Set(found.flat()).size, 1000)
})
