import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatTime, parseTime } from './time.ts'

test('time: every spelling of one second gives the same number', () => {
  for (const text of [
    '@1714979289',
    '2024-05-06T07:08:09Z',
    '2024-05-06 07:08:09',
    '2024-05-06T09:08:09+02:00',
    '2024-05-06T01:38:09.25-0530',
    '20240506070809',
    '2024-05-06 07:08:09 UTC',
  ])
    assert.equal(parseTime(text), 1714979289, text)
  assert.equal(parseTime('1970-01-01'), 0)
  assert.equal(parseTime('1970-01-01 01:00'), 3600)
})

test('time: strings that are not dates are rejected', () => {
  for (const text of [
    '',
    'now',
    '2024-02-30',
    '2023-02-29',
    '2024-13-01',
    '2024-01-01T24:00',
    '1900-02-29',
    '2024-04-31',
    '2024-00-10',
    '2024-01-00',
    '2024-01-01T00:60',
    '2024-01-01T00:00:60',
    '2024-01-01T00:00:00+01:60',
    'yesterday',
    '@',
    '@1e9',
    '2024-01-01T00:00:00+99:00',
    '@9999999999999',
  ])
    assert.equal(parseTime(text), undefined, text)
})

test('time: formatting and parsing are inverses; a fraction is dropped', () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_167_219_200, max: 253_402_300_799 }), (seconds) => {
      assert.equal(parseTime(formatTime(seconds)), seconds)
    }),
  )
  assert.equal(formatTime(-62_167_219_200), '0000-01-01T00:00:00Z')
  assert.equal(formatTime(-0.5), '1969-12-31T23:59:59Z')
  assert.equal(formatTime(951_782_400.75), '2000-02-29T00:00:00Z')
  assert.equal(formatTime(253_402_300_799), '9999-12-31T23:59:59Z')
})
