/**
 * Finds which of several objects a stream of bytes names, by their 32 hash characters (Nix manual, "Store object", references).
 *
 * Like Nix's scanner, it checks only every 32nd byte until it finds a base-32 digit, since no hash part fits in between. Hash parts that
 * span two chunks are found.
 */
import { nix32Alphabet } from '../../base/nix32.ts'
import { hashPart, type StorePath } from '../store-path.ts'

const length = 32
const isDigit = new Uint8Array(256)
for (const digit of nix32Alphabet) isDigit[digit.charCodeAt(0)] = 1

/** Consumes bytes in order and records which hash parts occurred. */
export interface ReferenceScanner {
  push(chunk: Uint8Array): void
  /** The candidates that occurred, sorted. */
  found(): readonly StorePath[]
}

/** A scanner for the hash parts of these paths. */
export function referenceScanner(candidates: Iterable<StorePath>): ReferenceScanner {
  const wanted = new Map([...candidates].map((path) => [hashPart(path), path]))
  const seen = new Set<StorePath>()
  const begins = new Uint8Array(1 << 16)
  for (const hash of wanted.keys()) begins[(hash.charCodeAt(0) << 8) | hash.charCodeAt(1)] = 1
  let tail: Uint8Array = new Uint8Array(0)
  const scan = (bytes: Uint8Array): void => {
    for (const at of runsIn(bytes)) {
      // Most runs match nothing, and creating a string for each would take most of the time.
      if (begins[((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)] !== 1) continue
      const path = wanted.get(Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('latin1'))
      if (path !== undefined) seen.add(path)
    }
  }
  return {
    push: (chunk) => {
      if (wanted.size === 0) return
      const border = Buffer.concat([tail, chunk.subarray(0, length - 1)])
      scan(border)
      scan(chunk)
      tail = lastOf(chunk.length < length ? border : chunk)
    },
    found: () => [...seen].sort(),
  }
}

/** Copies the tail of a chunk: as much of a hash part as could continue in the next one. */
function lastOf(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes.subarray(Math.max(0, bytes.length - length + 1)))
}

/** Finds runs of 32 digits: every offset at which one starts. */
function* runsIn(bytes: Uint8Array): Generator<number> {
  for (let at = 0; at + length <= bytes.length; ) {
    let last = at + length - 1
    while (last >= at && isDigit[bytes[last] ?? 0] === 1) last--
    if (last >= at) {
      at = last + 1
      continue
    }
    do yield at++
    while (isDigit[bytes[at + length - 1] ?? 0] === 1)
    at += length
  }
}
