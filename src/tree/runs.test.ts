import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergedRuns } from './runs.ts'

interface Item {
  readonly value: number
  readonly run: number
}

const byValue = (a: Item, b: Item): number => a.value - b.value

/** Sorted runs of made-up lengths and values, the same each time. */
function runsOf(count: number): readonly (readonly Item[])[] {
  let state = 1
  const random = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
  return Array.from({ length: count }, (_, run) =>
    Array.from({ length: random(9) }, (): Item => ({ value: random(20), run })).sort(byValue),
  )
}

test('runs: their items in order, of equal ones those of earlier runs first', () => {
  for (let count = 0; count < 40; count++) {
    const runs = runsOf(count)
    assert.deepEqual([...mergedRuns(runs, byValue)], runs.flat().sort(byValue))
  }
})

test('runs: hold one item each, and are closed when the rest is not wanted', () => {
  let [taken, closed] = [0, 0]
  function* endless(): Generator<number> {
    try {
      for (;;) yield taken++
    } finally {
      closed++
    }
  }
  const merged = mergedRuns<number>([endless(), endless(), endless()], (a, b) => a - b)
  merged.next()
  assert.deepEqual([taken, closed], [3, 0])
  merged.return()
  assert.equal(closed, 3)
})
