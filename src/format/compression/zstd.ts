/** zstd, written so that the bytes follow from the content and the encoder's name alone: one frame a piece (RFC 8878, 3.1). */
import { constants, createZstdCompress } from 'node:zlib'
import type { Bytes } from '../../base/bytes.ts'
import { fail } from '../../base/error.ts'
import { openRoom } from '../../base/limit.ts'
import { type PackedPiece, type Piece, release } from './piece.ts'
import { threadCount } from './piece-buffers.ts'
import type { CutRule } from './pieces.ts'
import { type Piecewise, packPieces } from './piecewise.ts'

/** Where an encoder named zstd-1.5.7-1 cuts. */
const zstdRule: CutRule = { least: 1_048_576, most: 4_194_304, large: 4_194_304, marks: 128 }

/** The library whose bytes that encoder's are. */
const version = '1.5.7'

/**
 * Size of the buffers that zlib fills, for a piece of `size` bytes. Its default makes hundreds of them. One into which the whole frame is
 * sure to fit makes zstd compress in one go, which gives other bytes: small pieces keep the default.
 */
function bufferSize(size: number): number {
  return size > largeBuffer ? largeBuffer : constants.Z_DEFAULT_CHUNK
}

const largeBuffer = 262_144

// While all cores work, one finished piece may wait for an earlier one, and one more is read.
const atOnce = threadCount + 2

/** Compresses to frames with content checksums. A chunk is done with before the next is asked for. @throws BuildError compression.unavailable - Node has another zstd. */
export async function* zstd(bytes: Bytes, level: number, how: Piecewise): AsyncGenerator<Uint8Array> {
  checkVersion(process.versions.zstd)
  const pack = async (piece: Piece): Promise<PackedPiece> => {
    using _seat = await seats.enter(1)
    return { packed: await frame(piece, level), buffer: piece.buffer }
  }
  let isEmpty = true
  for await (const packed of packPieces(bytes, { ...how, rule: zstdRule, atOnce, pack })) {
    isEmpty = false
    yield packed
  }
  if (isEmpty) yield await frame(new Uint8Array(), level)
}

/** Frames that are made at the same time: each takes 3 MB, so that more than there are cores only take memory. */
const seats = openRoom(threadCount)

async function frame(piece: Uint8Array, level: number): Promise<Uint8Array<ArrayBuffer>> {
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 }
  // Node 24 does not state the size by itself, Node 26 does: other bytes.
  const encoder = createZstdCompress({ params, pledgedSrcSize: piece.length, chunkSize: bufferSize(piece.length) })
  encoder.end(piece)
  const chunks: Buffer<ArrayBuffer>[] = await encoder.toArray()
  const whole = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  // Smaller buffers may be parts of one that others use.
  for (const { buffer } of chunks) if (buffer.byteLength === largeBuffer) release(new Uint8Array(buffer))
  return whole
}

/** @throws BuildError compression.unavailable */
export function checkVersion(found: string | undefined): void {
  if (found === version) return
  fail(
    'compression.unavailable',
    `This Node has zstd ${found ?? 'of no version'}, whose bytes differ from those of zstd ${version}.`,
    {
      remedy: `Use a Node with zstd ${version} (24 and 26 have it), or the compressor "gz", which is the same under every Node.`,
      detail: { found: found ?? '', expected: version },
    },
  )
}
