import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCompressorFlag } from './compressor.ts'

test('--compressor: the error for a level out of range names the levels', () => {
  for (const text of ['gz:0', 'gz:10', 'zstd:20', 'none:1', 'gz:', 'gzip'])
    assert.throws(() => parseCompressorFlag(text), {
      code: 'argument.invalid',
      message: `--compressor must be none, gz or zstd, optionally with a level: gz:1 to gz:9, zstd:1 to zstd:19; got "${text}".`,
    })
  assert.deepEqual(parseCompressorFlag('zstd:19'), { name: 'zstd', level: 19 })
})
