/**
 * Compressed bytes: recognised, unpacked and packed, always as a stream.
 *
 * Unpacking takes joined members, frames and streams, and ends in an error when anything is broken, cut off or left over. Packing makes
 * the same bytes on every machine with the same encoder (`encoderName`), which therefore belongs in whatever names the result.
 */
import type { Bytes } from '../base/bytes.ts'
import { BuildError, fail, messageOf } from '../base/error.ts'
import { type Compressor, encoderName } from './compression/compressors.ts'
import { type Chunks, gunzip, unzstd } from './compression/inflate.ts'
import { type Input, openInput } from './compression/input.ts'
import { forgetful, type PieceMemory } from './compression/piece-memory.ts'

export type Compression = 'none' | 'gzip' | 'zstd' | 'xz' | 'bzip2'

/** Guards against small files that unpack to very large ones: refused is what is larger than `maxBytes` *and* `ratio` times its packed size. */
export interface Limit {
  /** Bytes; 1 GiB unless told. */
  readonly maxBytes?: number
  /** 100 unless told. */
  readonly ratio?: number
  /** The packed size in bytes, where it is known; else what was read so far counts. */
  readonly packedSize?: number
  /** Sentence about larger files, for errors. Default: the one for images. */
  readonly remedy?: string
}

export interface Unpacking {
  /** What to call the bytes in an error. */
  readonly name?: string
  readonly limit?: Limit
  /** "lent": a chunk is done with before the next is asked for, which saves memory. "owned" unless told. */
  readonly chunks?: Chunks
  /** The largest zstd window, as a power of two: 27 (128 MiB), zstd's own default, unless told. It is also the memory needed. */
  readonly windowLog?: number
}

/** How many of the first bytes `detect` wants. */
export const magicLength = 10

/** The compression that the first bytes announce; "none" when they announce none that is known. */
export function detect(first: Uint8Array): Compression {
  const hex = Buffer.from(first.subarray(0, magicLength)).toString('hex')
  return kinds.find((kind) => magics[kind].test(hex)) ?? 'none'
}

/**
 * Unpacks.
 *
 * @throws BuildError compression.corrupt - broken, cut off, or followed by something else.
 * @throws BuildError archive.bomb - larger than `limit` allows.
 */
export async function* decompress(
  kind: Compression,
  bytes: Bytes,
  unpacking: Unpacking = {},
): AsyncGenerator<Uint8Array> {
  const input = openInput(bytes)
  const grown = guard(input, unpacking)
  let size = 0
  try {
    for await (const chunk of decode(kind, input, { ...unpacking, grown })) {
      size += chunk.length
      grown(size)
      yield chunk
    }
  } catch (error) {
    if (input.failure() === undefined) explain(error, kind, unpacking)
  } finally {
    await input.close()
  }
  const failure = input.failure()
  if (failure !== undefined) throw failure.error
}

/**
 * Unpacks from one open file to another without holding this thread up, where the machine has a program that does it faster.
 *
 * @param from - stands where the packed bytes begin; they must end where the file ends.
 * @returns false where there is none, or where it failed: what was written is of no use then.
 */
export async function decompressFile(kind: Compression, from: number, to: number): Promise<boolean> {
  return kind === 'xz' && (await import('./compression/xz.ts')).unxzFile(from, to)
}

/**
 * Compresses: the same bytes however the content arrives and whatever runs beside it.
 *
 * A chunk of the content, and of what it is compressed to, is done with before the next is asked for.
 *
 * @param memory - of pieces that were compressed before.
 * @throws BuildError compression.unavailable
 */
export async function* compress(
  compressor: Compressor,
  bytes: Bytes,
  memory: PieceMemory = forgetful,
): AsyncGenerator<Uint8Array> {
  const { name, level } = compressor
  const how = { encoder: encoderName(compressor), memory }
  switch (name) {
    case 'none':
      return yield* bytes
    case 'gz':
      return yield* (await import('./compression/gzip.ts')).gzip(bytes, level, how)
    case 'zstd':
      return yield* (await import('./compression/zstd.ts')).zstd(bytes, level, how)
  }
}

const kinds = ['gzip', 'zstd', 'xz', 'bzip2'] as const

// In hexadecimal.
const magics = {
  // RFC 1952, 2.3.1: ID1, ID2, CM = deflate.
  gzip: /^1f8b08/,
  // RFC 8878, 3.1.1 and 3.1.2: a frame, or a skippable frame.
  zstd: /^(28b52ffd|5.2a4d18)/,
  // The .xz file format 1.2.1, 2.1.1.1.
  xz: /^fd377a585a00/,
  // "BZh", block size, then the first block's or the end's magic.
  bzip2: /^425a683[1-9](314159265359|177245385090)/,
} as const

// The rarer decoders are loaded where they are met: they start programs and native code.
async function* decode(
  kind: Compression,
  input: Input,
  { windowLog, chunks = 'owned', grown }: Unpacking & { readonly grown: (size: number) => void },
): AsyncGenerator<Uint8Array> {
  switch (kind) {
    case 'none':
      return yield* input
    case 'gzip':
      return yield* gunzip(input, chunks)
    case 'zstd':
      return yield* unzstd(input, windowLog ?? 27, chunks)
    case 'xz':
      return yield* (await import('./compression/xz.ts')).unxz(input)
    case 'bzip2':
      return yield* (await import('./compression/bzip2.ts')).bunzip2(input, grown)
  }
}

function guard(input: Input, { limit, name }: Unpacking): (size: number) => void {
  if (limit === undefined) return () => {}
  return (size) => refuseBomb(size, { ...limit, name, packedSize: limit.packedSize ?? input.taken() })
}

/** Checks what was unpacked so far, in bytes. @throws BuildError archive.bomb - it is larger than the limit allows */
export function refuseBomb(
  size: number,
  limit: Limit & { readonly packedSize: number; readonly name?: string | undefined },
): void {
  const { maxBytes = 1_073_741_824, ratio = 100, packedSize: packed, name, remedy = larger } = limit
  if (size <= maxBytes || size <= ratio * packed) return
  fail('archive.bomb', `${quoted(name)}${packed} packed bytes unpack to more than ${size - 1} bytes.`, {
    remedy: `Check where it comes from; nothing of it was used. ${remedy}`,
  })
}

const larger = 'An image that is right may be larger: give `maxUnpackedBytes`.'

function explain(error: unknown, kind: Compression, { name }: Unpacking): never {
  if (error instanceof BuildError) throw error
  fail('compression.corrupt', `${quoted(name)}The ${kind} data is broken: ${messageOf(error)}.`, {
    remedy: 'Fetch or make the file again.',
    cause: error,
  })
}

function quoted(name: string | undefined): string {
  return name === undefined ? '' : `"${name}": `
}
