/**
 * gzip and zstd, written so that the bytes follow from the content and the named compressor alone.
 *
 * The content is cut into chunks of fixed size, which are compressed independently of each other (several at once, on zlib's threads): how
 * it arrives and how many processors there are changes nothing. gzip is one member (some decoders stop behind the first), its chunks ended
 * by empty stored blocks (RFC 1951, 3.2.4); zstd is one frame a chunk (RFC 8878, 3.1).
 */
import { promisify } from 'node:util'
import { constants, crc32, deflateRaw, zstdCompress } from 'node:zlib'
import { pMapIterable } from 'p-map'
import type { Bytes } from '../../base/bytes.ts'

// Larger chunks compress no better by more than 0.1 %, smaller ones cost up to 3 % (measured).
const gzipChunk = 2 * 1_048_576
const zstdChunk = 8 * 1_048_576
// libuv's threads: more at once would only wait.
const atOnce = 4

/** Compresses to one gzip member. */
export async function* gzip(bytes: Bytes, level: number): AsyncGenerator<Uint8Array> {
  let sum = 0
  let size = 0
  yield Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, unknownSystem)
  const measured = async function* (): AsyncGenerator<Cut> {
    for await (const cut of cutUp(bytes, gzipChunk)) {
      sum = crc32(cut.chunk, sum)
      size += cut.chunk.length
      yield cut
    }
  }
  yield* pMapIterable(measured(), (cut) => deflate(cut, level), { concurrency: atOnce })
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(sum, 0)
  trailer.writeUInt32LE(size % 2 ** 32, 4)
  yield trailer
}

/** Compresses to zstd frames with content checksums. */
export async function* zstd(bytes: Bytes, level: number): AsyncGenerator<Uint8Array> {
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 }
  const frames = async function* (): AsyncGenerator<Cut> {
    let isFirst = true
    for await (const cut of cutUp(bytes, zstdChunk)) {
      if (isFirst || cut.chunk.length > 0) yield cut
      isFirst = false
    }
  }
  // Node 24 does not say the size itself, Node 26 does: other bytes.
  const frame = ({ chunk }: Cut) => promisify(zstdCompress)(chunk, { params, pledgedSrcSize: chunk.length })
  yield* pMapIterable(frames(), frame, { concurrency: atOnce })
}

// RFC 1952, 2.3.1, "OS".
const unknownSystem = 255

const deflateLater = promisify<Uint8Array, object, Buffer>(deflateRaw)

async function deflate({ chunk, isLast }: Cut, level: number): Promise<Uint8Array> {
  // Output space for the worst case: a second call for more room would add a second empty block.
  const chunkSize = gzipChunk + 65_536
  const finishFlush = isLast ? constants.Z_FINISH : constants.Z_SYNC_FLUSH
  return deflateLater(chunk, { level, chunkSize, finishFlush })
}

interface Cut {
  readonly chunk: Uint8Array
  readonly isLast: boolean
}

/** Chunks of exactly `size` bytes, then the rest, which may be empty. */
async function* cutUp(bytes: Bytes, size: number): AsyncGenerator<Cut> {
  let chunk = Buffer.allocUnsafeSlow(size)
  let used = 0
  for await (const piece of bytes) {
    for (let from = 0; from < piece.length; ) {
      const part = piece.subarray(from, from + size - used)
      chunk.set(part, used)
      from += part.length
      used += part.length
      if (used < size) continue
      yield { chunk, isLast: false }
      chunk = Buffer.allocUnsafeSlow(size)
      used = 0
    }
  }
  yield { chunk: chunk.subarray(0, used), isLast: true }
}
