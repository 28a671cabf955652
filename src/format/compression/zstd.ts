/** zstd, written so that the bytes follow from the content and the encoder's name alone: one frame a piece (RFC 8878, 3.1). */
import { promisify } from 'node:util'
import { constants, zstdCompress } from 'node:zlib'
import type { Bytes } from '../../base/bytes.ts'
import { fail } from '../../base/error.ts'
import { type CutRule, pieces } from './pieces.ts'
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

// libuv's threads: more at once would only wait.
const atOnce = 4

/** Compresses to frames with content checksums. @throws BuildError compression.unavailable - Node has another zstd. */
export async function* zstd(bytes: Bytes, level: number, how: Piecewise): AsyncGenerator<Uint8Array> {
  checkVersion(process.versions.zstd)
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 }
  // Node 24 does not state the size by itself, Node 26 does: other bytes.
  const frame = (piece: Uint8Array) =>
    promisify(zstdCompress)(piece, { params, pledgedSrcSize: piece.length, chunkSize: bufferSize(piece.length) })
  let isEmpty = true
  for await (const packed of packPieces(pieces(bytes, zstdRule), { ...how, atOnce, pack: frame })) {
    isEmpty = false
    yield packed
  }
  if (isEmpty) yield await frame(new Uint8Array())
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
