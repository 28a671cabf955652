/**
 * Compressed pieces: `pieces/<encoder>-<SHA-256 of the piece>`, with the CRC-32 of the compressed bytes behind them.
 *
 * Only a saving of time: a file that is damaged is not used, and what cannot be written is not kept. A use changes a file's status time
 * (ctime), by which the least recently used go when there are too many.
 */
import { chmodSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { PieceMemory } from '../../format/compression/piece-memory.ts'
import type { Layout } from '../layout.ts'
import { writeCache } from '../whole-file.ts'
import { writeAll } from '../write-all.ts'

/** Bytes that may be kept. */
export const mostBytes: number = 4 * 2 ** 30
/** The number of bytes that are written before it is looked whether there are too many. */
const lookAfter = 2 ** 28
const checkSize = 4
const mode = 0o444

/** The pieces in a store. @param most - bytes to keep */
export function piecesIn(layout: Layout, most: number = mostBytes): PieceMemory {
  let written = 0
  return {
    find: (name) => attempt(() => readPiece(join(layout.pieces, name))),
    keep: (name, packed) =>
      attempt(() => {
        writePiece(join(layout.pieces, name), packed, layout)
        written += packed.length
        if (written < Math.min(lookAfter, most / 4)) return
        written = 0
        for (const place of surplusPieces(layout, { most, usedSince: 0 })) rmSync(place, { force: true })
      }),
  }
}

/**
 * Absolute places of pieces that need not be kept.
 *
 * @param keep - `usedSince`, in Unix seconds: what was not used since is surplus; then the least recently used, until at most `most` bytes
 * are left.
 */
export function surplusPieces(
  layout: Layout,
  { most, usedSince }: { readonly most: number; readonly usedSince: number },
): readonly string[] {
  const found = readdirSync(layout.pieces).flatMap((name) => {
    const place = join(layout.pieces, name)
    const stats = lstatSync(place, { throwIfNoEntry: false })
    return stats === undefined ? [] : [{ place, used: stats.ctimeMs, size: stats.size }]
  })
  let kept = 0
  return found
    .sort((a, b) => b.used - a.used || (a.place < b.place ? -1 : 1))
    .filter(({ used, size }) => {
      kept += size
      return kept > most || used < usedSince * 1000
    })
    .map(({ place }) => place)
}

function readPiece(file: string): Uint8Array | undefined {
  const bytes = readFileSync(file)
  if (bytes.length < checkSize) return undefined
  const packed = bytes.subarray(0, -checkSize)
  if (crc32(packed) !== bytes.readUInt32LE(packed.length)) return undefined
  // The mode stays as it is; the status time becomes the time of use.
  attempt(() => chmodSync(file, mode))
  return packed
}

function writePiece(file: string, packed: Uint8Array, { temporary }: Layout): void {
  const check = Buffer.alloc(checkSize)
  check.writeUInt32LE(crc32(packed))
  const write = (descriptor: number): void => {
    for (const bytes of [packed, check]) writeAll(descriptor, bytes)
  }
  writeCache(file, write, { mode, temporary })
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
