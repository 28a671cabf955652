import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimsMemory, senderClaims, workerClaims, worthThread } from './claims.ts'

test('claims: the first claim on a layer is permanent', () => {
  const memory = claimsMemory([10, 20, 30])
  const [sender, worker] = [senderClaims(memory), workerClaims(memory)]
  assert.equal(sender.take(2), true)
  assert.equal(sender.areShared(), false)
  assert.equal(worker.next().value, 1)
  assert.equal(sender.areShared(), true)
  assert.deepEqual([sender.take(0), sender.take(1), sender.take(2)], [true, false, true])
  assert.equal(worker.next().done, true)
})

test('claims: the worker takes the largest unclaimed layer', () => {
  const memory = claimsMemory([10, 40, 20, 30, 20])
  const [sender, worker] = [senderClaims(memory), workerClaims(memory)]
  assert.equal(worker.next().value, 1)
  assert.equal(sender.take(3), true)
  assert.deepEqual([...worker], [2, 4, 0])
})

test('claims: layers that take longer than the worker’s start are left to it until it is running', () => {
  const memory = claimsMemory([worthThread, worthThread - 1, worthThread + 1, worthThread + 2])
  const [sender, worker] = [senderClaims(memory), workerClaims(memory)]
  assert.deepEqual([sender.take(0), sender.take(1), sender.areShared()], [false, true, true])
  assert.equal(worker.next().value, 3)
  assert.equal(sender.take(2), true)
  assert.deepEqual([...worker], [0])
})
