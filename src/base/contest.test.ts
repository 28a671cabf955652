import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Contest, contestOf } from './contest.ts'

type Way = 'first' | 'second'

/** How often the second way is taken in so many times. */
function seconds(contest: Contest<Way>, times: number, costOf: (way: Way) => number): number {
  let found = 0
  for (let left = times; left > 0; left--) {
    const way = contest.next()
    if (way === 'second') found++
    contest.took(costOf(way))
  }
  return found
}

test('contest: both ways are tried, then the cheaper one is taken, and tried again now and then', () => {
  const contest = contestOf<Way>(['first', 'second'])
  assert.equal(
    seconds(contest, 12, (way) => (way === 'second' ? 1 : 2)),
    6,
  )
  assert.equal(
    seconds(contest, 1280, (way) => (way === 'second' ? 1 : 2)),
    1260,
  )
})

test('contest: what is cheaper later wins later, and one odd time changes nothing', () => {
  const contest = contestOf<Way>(['first', 'second'])
  let odd = 0
  assert.equal(
    seconds(contest, 1292, (way) => (way === 'second' ? 2 : ++odd === 8 ? 100 : 1)),
    26,
  )
  const late = seconds(contest, 1280, (way) => (way === 'second' ? 1 : 2))
  assert.ok(late > 900, `${late}`)
})

test('contest: of ways that cost the same the first is taken', () => {
  assert.equal(
    seconds(contestOf<Way>(['first', 'second']), 140, () => 1),
    8,
  )
})
