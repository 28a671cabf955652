import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refused } from '../../test/support/refused.ts'
import { durationFlag, sizeFlag } from './amounts.ts'

test('amounts: durations are hours, days or weeks; sizes have decimal and binary units', async () => {
  const { parse: duration } = durationFlag('')
  const { parse: size } = sizeFlag('')
  assert.deepEqual(['12h', '7d', '2w', '0d'].map(duration), [43_200, 604_800, 1_209_600, 0])
  assert.deepEqual(['0', '5G', '5GB', '1.5k', '4GiB', '9B'].map(size), [0, 5e9, 5e9, 1500, 2 ** 32, 9])
  for (const wrong of ['7', '', 'd', '-1d', '7m', '1e9d', '5 d', '7dd'])
    await refused('argument.invalid', (async () => duration(wrong))())
  for (const wrong of ['G', '5g', '5X', '-5', '1e9']) await refused('argument.invalid', (async () => size(wrong))())
})
