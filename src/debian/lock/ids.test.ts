import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withIds } from './ids.ts'

const none = { names: new Map(), taken: new Set<number>() }

test('debian ids: recorded ids stay; new names get the id they request, otherwise the lowest free one from 100 up, in name order', () => {
  const known = { users: new Map([['redis', 101]]), groups: new Map() }
  const names = new Map([
    ['zoo', undefined],
    ['bee', undefined],
    ['fixed', 103],
    ['late', 103],
    ['redis', 200],
  ])
  const { users } = withIds(known, { users: { names, taken: new Set([100]) }, groups: none })
  assert.deepEqual(
    [...users].sort(([a], [b]) => (a < b ? -1 : 1)),
    [
      ['bee', 102],
      ['fixed', 103],
      ['late', 104],
      ['redis', 101],
      ['zoo', 105],
    ],
  )
})
