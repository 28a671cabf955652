/** Computes hash, size and references of a NAR as its bytes pass. */
import { createHash } from 'node:crypto'
import type { Digest } from '../../base/digest.ts'
import type { StorePath } from '../store-path.ts'
import { referenceScanner } from './references.ts'

/** Result for a NAR. */
export interface NarSummary {
  readonly narHash: Digest
  readonly narSize: number
  /** The candidates that occur in it, sorted. */
  readonly references: readonly StorePath[]
}

/** Consumes the bytes of a NAR in order. */
export interface NarDigest {
  push(chunk: Uint8Array): void
  summary(): NarSummary
}

/** A digest that searches for the hash parts of `candidates`. */
export function narDigest(candidates: Iterable<StorePath>): NarDigest {
  const hash = createHash('sha256')
  const scanner = referenceScanner(candidates)
  let narSize = 0
  return {
    push: (chunk) => {
      hash.update(chunk)
      scanner.push(chunk)
      narSize += chunk.length
    },
    summary: () => ({ narHash: `sha256:${hash.digest('hex')}`, narSize, references: scanner.found() }),
  }
}
