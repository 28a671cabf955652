import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { compileEncoder, type Encoder, openEncoder } from './deflate-module.ts'

const encoder = openEncoder(compileEncoder())
const plain = openEncoder(
  new WebAssembly.Module(Uint8Array.from(readFileSync(new URL('./deflate.wasm', import.meta.url)))),
)
const levels = [1, 2, 3, 4, 5, 6, 7, 8, 9]

/** Compresses with both variants and unpacks; gives the size. */
function checked(input: Uint8Array, level: number, by: Encoder = encoder): number {
  const packed = by.deflate(input, level)
  assert.ok(Buffer.from(plain.deflate(input, level)).equals(packed), 'with and without SIMD')
  assert.ok(inflateRawSync(Buffer.concat([packed, Uint8Array.of(3, 0)])).equals(input), 'round trip')
  return packed.length
}

/** Whole numbers below `limit` that are the same every time. */
function numbers(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

function bytesOf(size: number, byte: (index: number) => number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => byte(index))
}

test('every length from 0 to 600 and around powers of two comes back', () => {
  const next = numbers(1)
  const lengths = [...Array(600).keys(), 1023, 1024, 32_767, 32_768, 32_769, 65_534, 65_535, 65_536, 65_537]
  for (const length of lengths) {
    checked(new Uint8Array(length), 6)
    checked(
      bytesOf(length, () => next(256)),
      6,
    )
    checked(
      bytesOf(length, (index) => (index * index) % 7),
      1,
    )
  }
})

test('the largest piece comes back at every level, whatever it holds', () => {
  const size = 4_194_304
  const next = numbers(2)
  const noise = bytesOf(size, () => next(256))
  for (const level of levels) assert.ok(checked(new Uint8Array(size), level) < size / 200)
  assert.ok(checked(noise, 6) <= 1.001 * size)
  const words = Array.from({ length: 2000 }, () => String.fromCharCode(...bytesOf(2 + next(8), () => 97 + next(26))))
  let text = ''
  while (text.length < size) text += `${words[next(next(2000) + 1)]} `
  const bytes = Buffer.from(text).subarray(0, size)
  const sizes = levels.map((level) => checked(bytes, level))
  const [first, last] = [sizes[0] ?? 0, sizes[8] ?? 0]
  assert.ok(last < first)
  assert.ok((sizes[5] ?? 0) <= 1.02 * deflateRawSync(bytes, { level: 6 }).length)
})

test('one symbol, two symbols, and counts that ask for longer codes than there are', () => {
  for (const level of levels) {
    checked(Uint8Array.of(0), level)
    checked(
      bytesOf(1000, () => 255),
      level,
    )
    checked(
      bytesOf(5000, (index) => ((index * index * index) % 11) & 1),
      level,
    )
  }
  // Each byte as often as the two before it together, in an order without repeats of four: Huffman's code would have 20 bits.
  const counts = [1, 1]
  while (counts.length < 21) counts.push((counts.at(-1) ?? 0) + (counts.at(-2) ?? 0))
  const next = numbers(3)
  const symbols = counts.flatMap((count, symbol) => Array<number>(count).fill(symbol * 11))
  for (let i = symbols.length - 1; i > 0; i--) {
    const j = next(i + 1)
    const [one, other] = [symbols[i] ?? 0, symbols[j] ?? 0]
    symbols[i] = other
    symbols[j] = one
  }
  for (const level of levels) checked(Uint8Array.from(symbols), level)
})

test('matches are found at the greatest distance and length, and none beyond', () => {
  const next = numbers(4)
  const mark = bytesOf(300, () => next(256))
  for (const gap of [32_766, 32_767, 32_768, 32_769]) {
    // Nothing in between occurs twice, but for the mark at both ends.
    const noise = bytesOf(gap - mark.length, () => next(256))
    const input = Buffer.concat([mark, noise, mark])
    const size = checked(input, 9)
    if (gap <= 32_768) assert.ok(size < input.length - 200, `${gap}`)
    else assert.ok(size >= input.length, `${gap}`)
  }
  for (const length of [3, 4, 257, 258, 259, 260, 515, 516, 517])
    checked(Buffer.concat([mark, mark.subarray(0, length % 300), bytesOf(length, () => 7)]), 6)
})

test('a piece does not depend on the pieces before it', () => {
  const next = numbers(6)
  const one = bytesOf(100_000, () => next(20))
  const other = bytesOf(90_000, () => next(3))
  const fresh = openEncoder(compileEncoder()).deflate(other, 6)
  encoder.deflate(one, 9)
  assert.ok(Buffer.from(encoder.deflate(other, 6)).equals(fresh))
})
