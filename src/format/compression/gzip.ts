/**
 * gzip, written so that the bytes follow from the content and the encoder's name alone: one member (some decoders stop behind the first),
 * whose pieces (pieces.ts) are compressed independently of each other.
 *
 * Each piece is a run of deflate blocks that ends at a byte; an empty block ends the last (RFC 1951, 3.2.6; RFC 1952, 2.3).
 */
import { crc32 } from 'node:zlib'
import type { Bytes } from '../../base/bytes.ts'
import { openDeflater } from './deflate.ts'
import type { CutRule } from './pieces.ts'
import { type Piecewise, packPieces } from './piecewise.ts'

/** Where an encoder named deflate-1 cuts. */
export const gzipRule: CutRule = { least: 262_144, most: 4_194_304, large: 2_097_152, marks: 64 }

/** Magic, deflate, no flags, no time, no hint at effort, unknown system (RFC 1952, 2.3.1). */
const header = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)
/** A last block with the fixed code and nothing in it. */
const end = Uint8Array.of(3, 0)

/** Compresses to one gzip member. A chunk is done with before the next is asked for. */
export async function* gzip(bytes: Bytes, level: number, how: Piecewise): AsyncGenerator<Uint8Array> {
  let sum = 0
  let size = 0
  yield header
  using deflater = openDeflater()
  yield* packPieces(bytes, {
    ...how,
    rule: gzipRule,
    atOnce: deflater.atOnce,
    see: (piece) => {
      sum = crc32(piece, sum)
      size += piece.length
    },
    pack: (piece) => deflater.deflate(piece, level),
  })
  yield end
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(sum, 0)
  trailer.writeUInt32LE(size % 2 ** 32, 4)
  yield trailer
}
