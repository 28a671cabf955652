/**
 * Finds which of some objects a stream of bytes names, by their 32 hash characters (Nix manual, "Store object", references).
 *
 * As Nix's scanner does, it looks only at every 32nd byte as long as that is no base-32 digit: no hash part can lie across it. Hash parts
 * that lie across the border of two chunks are found.
 */
import { nix32Alphabet } from '../base/nix32.ts'
import { hashPart, type StorePath } from './store-path.ts'

const length = 32
const isDigit = new Uint8Array(256)
for (const digit of nix32Alphabet) isDigit[digit.charCodeAt(0)] = 1

/** Takes bytes in order and remembers which hash parts it saw. */
export interface ReferenceScanner {
  push(chunk: Uint8Array): void
  /** Those of the candidates that were seen, sorted. */
  found(): readonly StorePath[]
}

/** A scanner for the hash parts of these paths. */
export function referenceScanner(candidates: Iterable<StorePath>): ReferenceScanner {
  const wanted = new Map([...candidates].map((path) => [hashPart(path), path]))
  const seen = new Set<StorePath>()
  let tail: Uint8Array = new Uint8Array(0)
  const scan = (bytes: Uint8Array): void => {
    for (const at of runsIn(bytes)) {
      const path = wanted.get(Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('latin1'))
      if (path === undefined) continue
      seen.add(path)
      wanted.delete(hashPart(path))
    }
  }
  return {
    push: (chunk) => {
      if (wanted.size === 0 || chunk.length === 0) return
      const border = Buffer.concat([tail, chunk.subarray(0, length - 1)])
      scan(border)
      if (chunk.length >= length) scan(chunk)
      tail =
        chunk.length >= length - 1 ? chunk.slice(1 - length) : border.subarray(Math.max(0, border.length - length + 1))
    },
    found: () => [...seen].sort(),
  }
}

/** Where 32 digits stand in a row, at every offset at which they do. */
function* runsIn(bytes: Uint8Array): Generator<number> {
  for (let at = 0; at + length <= bytes.length; ) {
    let last = at + length - 1
    while (last >= at && isDigit[bytes[last] ?? 0] === 1) last--
    if (last < at) yield at++
    else at = last + 1
  }
}
