import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { nix32Alphabet } from '../../base/nix32.ts'
import { hashPart, recipePath, type StorePath } from '../store-path.ts'
import { referenceScanner } from './references.ts'

const paths = Array.from({ length: 5 }, (_, index) => recipePath(`object-${index}`, index))

test('references: finds exactly the hash parts that occur, wherever chunks end', () => {
  const piece = fc.oneof(
    fc.constantFrom(...paths.map(hashPart)),
    fc.constantFrom(...paths.map((path) => hashPart(path).slice(0, 31))),
    fc.string({ unit: fc.constantFrom(...nix32Alphabet), maxLength: 70 }),
    fc.string({ unit: fc.constantFrom('e', 'o', 'u', 't', '\0', '/', '-'), maxLength: 40 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.array(fc.nat(90), { maxLength: 12 }), (pieces, cuts) => {
      const text = pieces.join('')
      const expected = paths.filter((path) => text.includes(hashPart(path))).sort()
      assert.deepEqual(scan(cutAt(Buffer.from(text, 'latin1'), cuts)), expected)
    }),
    { numRuns: 500 },
  )
})

test('references: a producer may reuse the memory of a chunk', () => {
  const scanner = referenceScanner(paths)
  const chunk = Buffer.from('-'.repeat(40) + hashPart(first()).slice(0, 20), 'latin1')
  scanner.push(chunk)
  chunk.fill(0)
  scanner.push(Buffer.from(hashPart(first()).slice(20), 'latin1'))
  assert.deepEqual(scanner.found(), [first()])
})

test('references: a name without the hash is not a reference', () => {
  assert.deepEqual(scan([Buffer.from('/nix/store/object-0')]), [])
})

function first(): StorePath {
  return paths[0] ?? recipePath('none', 0)
}

function scan(chunks: Iterable<Uint8Array>): readonly StorePath[] {
  const scanner = referenceScanner(paths)
  for (const chunk of chunks) scanner.push(chunk)
  return scanner.found()
}

function* cutAt(bytes: Uint8Array, cuts: readonly number[]): Generator<Uint8Array> {
  let at = 0
  for (const cut of cuts) {
    yield bytes.slice(at, at + cut)
    at += cut
  }
  yield bytes.slice(at)
}
