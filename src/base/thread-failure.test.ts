import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BuildError, errorCode } from './error.ts'
import { receivedFailure, sentFailure } from './thread-failure.ts'

test('a failure that passed between threads has its code, message, detail, and the code of the system’s error', () => {
  const passed = (thrown: unknown): Error => receivedFailure(structuredClone(sentFailure(thrown)))
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' })
  const named = passed(new BuildError('disk.unwritable', 'It is full.', { file: 'x' }, full))
  assert.ok(named instanceof BuildError)
  assert.deepEqual([named.code, named.message, named.detail], ['disk.unwritable', 'It is full.', { file: 'x' }])
  assert.equal(errorCode(named.cause), 'ENOSPC')
  assert.equal(errorCode(passed(full)), 'ENOSPC')
  const plain = passed(new Error('unreachable: x'))
  assert.deepEqual([plain.message, errorCode(plain), plain instanceof BuildError], ['unreachable: x', undefined, false])
})
