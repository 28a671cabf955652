import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimsMemory, claimsOf } from './claims.ts'

test('claims: a layer is whose who asks first, a large one the reader’s', () => {
  const memory = claimsMemory([10, 10, 10_000_000])
  const [reader, sender] = [claimsOf(memory, 'reader'), claimsOf(memory, 'sender')]
  assert.deepEqual([sender.take(0), reader.take(0), sender.take(0)], [true, false, true])
  assert.deepEqual([reader.take(1), sender.take(1), reader.take(1)], [true, false, true])
  assert.deepEqual([sender.take(2), reader.take(2), sender.take(2)], [false, true, false])
})

test('claims: until the reader is at work the sender takes large layers too, but not the largest', () => {
  const memory = claimsMemory([10_000_000, 100_000_000, 10_000_000])
  const sender = claimsOf(memory, 'sender')
  assert.deepEqual([sender.take(0), sender.take(1)], [true, false])
  const reader = claimsOf(memory, 'reader')
  assert.deepEqual([sender.take(0), reader.take(0), sender.take(2), reader.take(2)], [true, false, false, true])
})
