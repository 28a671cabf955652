/**
 * Compressed pieces: `pieces/<encoder>-<SHA-256 of the piece>`, each followed by the CRC-32 of the compressed bytes.
 *
 * They only save time: a damaged file is ignored, and a failed write is skipped. Each use updates a file's status time (ctime), which
 * determines the least recently used pieces to evict.
 */
import {
  chmodSync,
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
} from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { PieceMemory } from '../../format/compression/piece-memory.ts'
import type { Layout } from '../layout.ts'
import { type TemporaryDirectory, temporaryDirectory } from '../temporary.ts'
import { writeAll } from '../write-all.ts'

/** Maximum total size, in bytes. */
export const mostBytes: number = 4 * 2 ** 30
/** Free space that pieces leave on the disk, in bytes: what is built needs it more. */
const leastFree = 2 ** 30
/** Number of bytes to write between checks of the total size. */
const lookAfter = 2 ** 28
const checkSize = 4
const mode = 0o444

/** Limits of the pieces in a store, in bytes. */
interface PieceLimits {
  /** Maximum total size. */
  readonly most?: number
  /** Free space that stays on the disk. */
  readonly free?: number
}

/** Opens the pieces of a store. */
export function piecesIn(
  layout: Layout,
  { most = mostBytes, free = leastFree }: PieceLimits = {},
): PieceMemory & Disposable {
  let written = 0
  // One for all pieces: making and removing a directory takes longer than writing a piece.
  let temporary: TemporaryDirectory | undefined
  return {
    find: (name) => attempt(() => readPiece(join(layout.pieces, name))),
    keep: (name, packed) =>
      attempt(() => {
        if (freeBytes(layout) < free + packed.length) return
        temporary ??= temporaryDirectory(layout.temporary)
        writePiece(join(layout.pieces, name), packed, join(temporary.place, 'piece'))
        written += packed.length
        if (written < Math.min(lookAfter, most / 4)) return
        written = 0
        for (const place of surplusPieces(layout, { most, usedSince: 0 })) rmSync(place, { force: true })
      }),
    [Symbol.dispose]: () => temporary?.[Symbol.dispose](),
  }
}

/**
 * Absolute paths of surplus pieces.
 *
 * @param keep - `usedSince`, in Unix seconds: pieces not used since then are surplus; then the least recently used, until at most `most`
 *   bytes remain.
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

function freeBytes({ pieces }: Layout): number {
  const { bavail, bsize } = statfsSync(pieces)
  return bavail * bsize
}

function readPiece(file: string): Uint8Array | undefined {
  const bytes = readFileSync(file)
  // Four zeros are the right CRC-32 of nothing, but no piece compresses to nothing.
  if (bytes.length <= checkSize) return undefined
  const packed = bytes.subarray(0, -checkSize)
  if (crc32(packed) !== bytes.readUInt32LE(packed.length)) return undefined
  // Keeps the mode; the status time becomes the time of use.
  attempt(() => chmodSync(file, mode))
  return packed
}

/** Not synced to disk: a damaged piece is noticed. */
function writePiece(file: string, packed: Uint8Array, unfinished: string): void {
  const check = Buffer.alloc(checkSize)
  check.writeUInt32LE(crc32(packed))
  rmSync(unfinished, { force: true })
  const descriptor = openSync(unfinished, 'wx', mode)
  try {
    for (const bytes of [packed, check]) writeAll(descriptor, bytes)
  } finally {
    closeSync(descriptor)
  }
  renameSync(unfinished, file)
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
