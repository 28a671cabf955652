import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { algorithmOf, digestOf, parseFileHash, parseHash, rawOf } from './digest.ts'
import { formatNix32 } from './nix32.ts'

const sha512 = createHash('sha512').update('x').digest()

test('hash: every spelling of a SHA-256 and of a SHA-512 is the same hash', () => {
  const short = digestOf('x')
  const long = `sha512:${sha512.toString('hex')}`
  for (const [hash, raw] of [[short, rawOf(short)] as const, [long, sha512] as const]) {
    const algorithm = hash.slice(0, 6)
    const hex = Buffer.from(raw).toString('hex')
    const base64 = Buffer.from(raw).toString('base64')
    const bare = [hex, hex.toUpperCase(), formatNix32(raw), base64]
    for (const text of [`${algorithm}-${base64}`, ...bare, ...bare.map((each) => `${algorithm}:${each}`)]) {
      assert.equal(parseFileHash(text), hash, text)
      assert.equal(parseHash(text), algorithm === 'sha256' ? hash : undefined, text)
    }
  }
})

test('hash: a wrong length, algorithm or alphabet is rejected', () => {
  const base64 = sha512.toString('base64')
  const wrong = [
    '',
    'x',
    'sha256-',
    `sha256-${base64}`,
    `sha512-${base64.slice(0, -2)}`,
    `sha1-${base64}`,
    `sha512:${'e'.repeat(103)}`,
  ]
  for (const text of wrong) assert.equal(parseFileHash(text), undefined, text)
})

test('hash: the algorithm and the bytes', () => {
  const hash = parseFileHash(sha512.toString('hex'))
  assert.ok(hash !== undefined)
  assert.equal(algorithmOf(hash), 'sha512')
  assert.deepEqual(Buffer.from(rawOf(hash)), sha512)
})
