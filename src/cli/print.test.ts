import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BuildError } from '../base/error.ts'
import { errorAsJson, formatError } from './print.ts'

const failure = new BuildError(
  'config.invalid',
  'Cmd is a string. Write a list.',
  { place: 'config.Cmd' },
  new Error('inner'),
)

test('print: an error is its message and its code, without a stack', () => {
  assert.equal(formatError(failure, false), 'slipway: Cmd is a string. Write a list. [config.invalid]')
})

test('print: with --debug an error shows its stack and its causes', () => {
  const text = formatError(failure, true)
  assert.match(text, /^slipway: BuildError: Cmd is a string/)
  assert.match(text, /\n {4}at /)
  assert.match(text, /\ncaused by: Error: inner\n {4}at /)
})

test('print: an error that is not for users asks to be reported', () => {
  assert.match(formatError(new Error('unreachable: x'), false), /unreachable: x\nThis is a bug in slipway/)
})

test('print: as JSON an error has its code, its message and its detail', () => {
  assert.deepEqual(JSON.parse(errorAsJson(failure)), {
    error: { code: 'config.invalid', message: 'Cmd is a string. Write a list.', detail: { place: 'config.Cmd' } },
  })
  assert.equal(JSON.parse(errorAsJson('x')).error.code, 'internal')
})
