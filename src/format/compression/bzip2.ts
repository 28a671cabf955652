/**
 * bzip2 (any number of streams, one behind the other), decoded in JavaScript.
 *
 * The packed bytes are gathered first, and the output comes block by block, at most 47 MB each: Debian packages of before 2013 have it,
 * little else.
 */
import Bunzip from 'seek-bzip'
import type { Input } from './input.ts'

const chunkSize = 65_536

/** Unpacks bzip2. `grown` is called with the size of the growing output and may throw. */
export async function* bunzip2(input: Input, grown: (size: number) => void): AsyncGenerator<Uint8Array> {
  const packed = Buffer.concat(await Array.fromAsync(input))
  let position = 0
  let size = 0
  const take = (): number => packed[position++] ?? endedEarly()
  const source = {
    readByte: take,
    read(target: Uint8Array, offset: number, length: number): number {
      for (let i = 0; i < length; i++) target[offset + i] = take()
      return length
    },
  }
  const chunks: Uint8Array[] = []
  let chunk = Buffer.allocUnsafe(chunkSize)
  let used = 0
  const flush = (): void => {
    chunks.push(chunk.subarray(0, used))
    size += used
    grown(size)
    chunk = Buffer.allocUnsafe(chunkSize)
    used = 0
  }
  const writeByte = (byte: number): void => {
    chunk[used++] = byte
    if (used === chunkSize) flush()
  }
  do {
    const stream = new Bunzip(source, { writeByte })
    while (stream._init_block()) {
      stream._read_bunzip()
      yield* chunks.splice(0)
    }
    if (stream.reader.read(32) >>> 0 !== stream.streamCRC) throw new Error('bad checksum of a stream')
  } while (position < packed.length)
  if (used > 0) flush()
  yield* chunks
}

function endedEarly(): never {
  throw new Error('unexpected end of file')
}
