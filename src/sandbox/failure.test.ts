import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { jobOf } from '../../test/support/sandbox.ts'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { emptyTree } from '../tree/tree.ts'
import { failureOf, Log } from './failure.ts'

const ended = (status: number, ...records: readonly string[]) => ({
  status,
  said: '',
  reported: records.map((record) => `${record}\0`).join(''),
})

test('failure: reports the innermost failing line of the script that failed', () => {
  assert.deepEqual(
    failureOf(
      ended(2, 'script 0', 'ended 0 true', 'script 1', 'failed 2 4 ls /x', 'failed 2 9 f', 'ended 2 ls /x'),
      [],
    ),
    { script: 1, status: 2, line: 4, command: 'ls /x' },
  )
})

test('failure: a failure that the script survived is not reported as the cause', () => {
  assert.deepEqual(failureOf(ended(9, 'script 0', 'failed 1 2 false', 'ended 9 exit 9'), []), {
    script: 0,
    status: 9,
    line: undefined,
    command: 'exit 9',
  })
})

test('failure: a syntax error is located by bash’s message', () => {
  const said = "/dev/slipway/job/script-0: line 7: syntax error near unexpected token `fi'"
  assert.equal(failureOf({ ...ended(2, 'script 0', 'ended 2 x'), said }, []).line, 7)
})

test('failure: in a file that the script reads, the line is that of the script', () => {
  const frames = ['/s.sh', '/lib.sh', '/dev/slipway/job/script-0', '7', '3', '0'].map((frame) => `at ${frame}`)
  assert.equal(failureOf(ended(1, 'script 0', 'failed 1 99 false', ...frames, 'ended 1 false'), []).line, 3)
  const own = ['/dev/slipway/job/script-0', '/dev/slipway/job/script-0', '9', '0'].map((frame) => `at ${frame}`)
  assert.equal(failureOf(ended(1, 'script 0', 'failed 1 2 false', ...own, 'ended 1 false'), []).line, 2)
})

test('failure: the line of exit is the only one that has it, whatever bash said before', () => {
  const said = '/dev/slipway/job/script-0: line 1: nosuch: command not found'
  const line = (text: string) =>
    failureOf({ ...ended(3, 'script 0', 'failed 127 1 nosuch', 'ended 3 exit 3'), said }, [{ text }]).line
  assert.equal(line('nosuch\nexit 33\nif true; then exit 3; fi'), 3)
  assert.equal(line('nosuch\nexit 3\nexit 3'), undefined)
})

test('failure: accepts arbitrary reports', () => {
  assert.deepEqual(failureOf(ended(1, 'script x', 'failed a b c', 'nonsense', 'failed'), []), {
    script: Number.NaN,
    status: 1,
    line: undefined,
    command: undefined,
  })
})

test('log: builds of one name at once have logs of their own, which are bounded and remain if they are kept', () => {
  const folder = temporaryFolder()
  const job = jobOf({ key: 'empty', tree: emptyTree }, [])
  {
    using one = new Log(folder, job, 10)
    using two = new Log(folder, job)
    assert.notEqual(one.file, two.file)
    one.add(Buffer.from('0123456789 and more'))
    one.add(Buffer.from('more'))
    two.add(Buffer.from('0123456789 and more'))
    assert.deepEqual([one.isWhole, two.isWhole], [false, true])
    one.keep()
  }
  assert.deepEqual(readdirSync(join(folder, 'logs')), ['test.log'])
  assert.equal(readFileSync(join(folder, 'logs/test.log'), 'utf8'), '0123456789')
})
