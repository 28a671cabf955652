/**
 * gzip (RFC 1952, any number of members) and zstd (RFC 8878, any number of frames, skippable ones too), decoded by Node's zlib.
 *
 * Node stops without a word behind the first zstd frame and at zeros behind a gzip member, so every byte that a decoder leaves is
 * looked at: the next frame, padding, or an error.
 */
import { constants, createGunzip, createZstdDecompress, gunzipSync } from 'node:zlib'
import type { Input } from './input.ts'

const chunkSize = 262_144

/** Size up to which packed bytes are decoded at once. */
const smallSize = 131_072

/** Maximum size of their content. */
const mostAtOnce = 2_097_152

/** Whether chunks belong to the receiver, or are done with when the next is asked for. */
export type Chunks = 'owned' | 'lent'

/** Unpacks gzip. Zeros behind the last member are padding, as for the gzip program; anything else there is an error. */
export async function* gunzip(input: Input, chunks: Chunks): AsyncGenerator<Uint8Array> {
  const whole = await decodedAtOnce(input)
  if (whole !== undefined) {
    if (whole.length > 0) yield whole
    if (chunks === 'lent') free(whole)
    return
  }
  yield* decodeOnce(createGunzip({ chunkSize }), input, chunks)
  for await (const rest of input) {
    if (rest.some((byte) => byte !== 0)) throw new Error('there is something else behind its end')
  }
}

/**
 * Decodes input of one small chunk at once: for most packages of npm, setting up a stream takes longer. Takes nothing from input that is
 * larger, is damaged, or continues behind its end: that is for a stream to decode, or to refuse.
 */
async function decodedAtOnce(input: Input): Promise<Buffer | undefined> {
  const first = await input.next()
  if (first === undefined || first.length > smallSize) return unread(input, first)
  // A copy: the source may use the chunk's memory for the next one.
  const kept = Buffer.from(first)
  const second = await input.next()
  const whole = second === undefined ? decodedWhole(kept) : undefined
  return whole ?? unread(input, second, kept)
}

function unread(input: Input, ...chunks: readonly (Uint8Array | undefined)[]): undefined {
  for (const chunk of chunks) if (chunk !== undefined) input.unread(chunk)
}

function decodedWhole(packed: Uint8Array): Buffer | undefined {
  try {
    const { buffer, engine } = gunzipSync(packed, {
      info: true,
      chunkSize: sizeIn(packed) + 1,
      maxOutputLength: mostAtOnce,
    })
    return engine.bytesWritten === packed.length ? buffer : undefined
  } catch {
    return undefined
  }
}

/** Reads the stated size of the content (RFC 1952, 2.3.1), to allocate one buffer of that size; the decoder checks it. */
function sizeIn(packed: Uint8Array): number {
  const { buffer, byteOffset, length } = packed
  return Math.max(63, Math.min(mostAtOnce, new DataView(buffer, byteOffset, length).getUint32(length - 4, true)))
}

/** Unpacks zstd. `windowLog`: the largest window that is accepted, as a power of two; it is also the memory needed. */
export async function* unzstd(input: Input, windowLog: number, chunks: Chunks): AsyncGenerator<Uint8Array> {
  const params = { [constants.ZSTD_d_windowLogMax]: windowLog }
  for (let isMore = true; isMore; ) {
    const before = input.taken()
    yield* decodeOnce(createZstdDecompress({ chunkSize, params }), input, chunks)
    const next = await input.next()
    if (next === undefined) return
    input.unread(next)
    isMore = input.taken() > before
  }
  throw new Error('there is something else behind its end')
}

type Decoder = ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>

/** Runs one decoder as long as it consumes input; returns the rest. */
async function* decodeOnce(decoder: Decoder, input: Input, chunks: Chunks): AsyncGenerator<Uint8Array> {
  const feeding = feed(decoder, input)
  for await (const chunk of decoder) {
    const bytes: Buffer = chunk
    yield bytes
    if (chunks === 'lent') free(bytes)
  }
  await feeding
}

/**
 * Frees the buffer of a chunk that reaches its end, or is all that there is: the decoder writes no more to it. Left to the garbage collector, a
 * hundred megabytes of them pile up.
 */
function free({ buffer, byteOffset, length }: Buffer): void {
  const isLast = byteOffset + length === buffer.byteLength && buffer.byteLength === chunkSize
  const isAlone = byteOffset === 0 && length + 1 === buffer.byteLength
  if ((isLast || isAlone) && buffer instanceof ArrayBuffer) buffer.transfer(0)
}

async function feed(decoder: Decoder, input: Input): Promise<void> {
  let fed = 0
  for (let chunk = await input.next(); chunk !== undefined; chunk = await input.next()) {
    fed += chunk.length
    await write(decoder, chunk)
    const surplus = fed - decoder.bytesWritten
    if (surplus > 0) {
      input.unread(chunk.subarray(chunk.length - surplus))
      return
    }
  }
  decoder.end()
}

// A decoder that failed says so to its reader; here it just takes no more.
function write(decoder: Decoder, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    decoder.write(chunk, () => resolve())
  })
}
