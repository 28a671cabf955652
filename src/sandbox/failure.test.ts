import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureOf } from './failure.ts'

const ended = (status: number, ...records: readonly string[]) => ({
  status,
  said: '',
  reported: records.map((record) => `${record}\0`).join(''),
})

test('failure: reports the innermost failing line of the script that failed', () => {
  assert.deepEqual(
    failureOf(ended(2, 'script 0', 'ended 0 true', 'script 1', 'failed 2 4 ls /x', 'failed 2 9 f', 'ended 2 ls /x')),
    { script: 1, status: 2, line: 4, command: 'ls /x' },
  )
})

test('failure: a failure that the script survived is not reported as the cause', () => {
  assert.deepEqual(failureOf(ended(9, 'script 0', 'failed 1 2 false', 'ended 9 exit 9')), {
    script: 0,
    status: 9,
    line: undefined,
    command: 'exit 9',
  })
})

test('failure: a syntax error is located by bash’s message', () => {
  const said = "/dev/slipway/job/script-0: line 7: syntax error near unexpected token `fi'"
  assert.equal(failureOf({ ...ended(2, 'script 0', 'ended 2 x'), said }).line, 7)
})

test('failure: accepts arbitrary reports', () => {
  assert.deepEqual(failureOf(ended(1, 'script x', 'failed a b c', 'nonsense', 'failed')), {
    script: Number.NaN,
    status: 1,
    line: undefined,
    command: undefined,
  })
})
