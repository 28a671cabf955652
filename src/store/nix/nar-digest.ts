/** What is learned from the bytes of a NAR as they pass: hash, size and references. */
import { createHash } from 'node:crypto'
import type { Digest } from '../../base/digest.ts'
import type { StorePath } from '../store-path.ts'
import { referenceScanner } from './references.ts'

/** What a NAR turned out to be. */
export interface NarSummary {
  readonly narHash: Digest
  readonly narSize: number
  /** Those of the candidates that it names, sorted. */
  readonly references: readonly StorePath[]
}

/** Takes the bytes of a NAR in order. */
export interface NarDigest {
  push(chunk: Uint8Array): void
  summary(): NarSummary
}

/** A digest that looks for the hash parts of `candidates`. */
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
