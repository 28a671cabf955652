import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimsMemory, claimsOf } from './claims.ts'

test('claims: a layer is whose who asks first, a large one the reader’s', () => {
  const memory = claimsMemory([10, 10, 100_000_000])
  const [reader, sender] = [claimsOf(memory, 'reader'), claimsOf(memory, 'sender')]
  assert.deepEqual([sender.take(0), reader.take(0), sender.take(0)], [true, false, true])
  assert.deepEqual([reader.take(1), sender.take(1), reader.take(1)], [true, false, true])
  assert.deepEqual([sender.take(2), reader.take(2)], [false, true])
})
