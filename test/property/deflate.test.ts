/** The gzip encoder on many small inputs: every input survives the round trip. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { compileEncoder, openEncoder } from '../../src/format/compression/deflate-module.ts'

const encoder = openEncoder(compileEncoder())

/** Reproducible whole numbers below `limit`. */
function numbers(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

test('deflate: one hundred thousand small inputs survive the round trip', () => {
  const next = numbers(5)
  for (let round = 0; round < 100_000; round++) {
    const symbols = 1 + next(1 + next(256))
    const size = next(1 + next(300))
    const input = new Uint8Array(size)
    for (let at = 0; at < size; ) {
      const repeats = at > 0 && next(3) === 0
      const [from, length] = repeats ? [next(at), 1 + next(40)] : [at, 1]
      for (let i = 0; i < length && at < size; i++, at++) input[at] = repeats ? (input[from + i] ?? 0) : next(symbols)
    }
    const packed = encoder.deflate(input, 1 + (round % 9))
    const back = inflateRawSync(Buffer.concat([packed, Uint8Array.of(3, 0)]))
    if (!back.equals(input)) assert.fail(`${Buffer.from(input).toString('hex')} at level ${1 + (round % 9)}`)
  }
})
