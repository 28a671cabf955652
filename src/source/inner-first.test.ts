import assert from 'node:assert/strict'
import { test } from 'node:test'
import { innerFirst } from './inner-first.ts'

const key = (node: number): string => String(node)

test('inner first: what a node is made of comes before it, each once, in the order in which it is named', () => {
  const made = new Map([
    [1, [2, 3]],
    [2, [4]],
    [3, [4, 5]],
  ])
  assert.deepEqual(
    innerFirst([1, 3], key, (node) => made.get(node) ?? []),
    [4, 2, 5, 3, 1],
  )
})

test('inner first: a chain of any length needs no stack', () => {
  const order = innerFirst([200_000], key, (node) => (node === 0 ? [] : [node - 1]))
  assert.deepEqual([order.length, order[0], order.at(-1)], [200_001, 0, 200_000])
})
