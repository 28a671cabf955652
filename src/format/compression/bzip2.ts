/**
 * bzip2 (any number of streams, one behind the other), decoded in JavaScript.
 *
 * The packed bytes are gathered first, and the output comes one stream at a time: Debian packages of before 2013 have it, little else.
 */
import bzip from 'seek-bzip'
import type { Input } from './input.ts'

const chunkSize = 65_536

/** Unpacks bzip2. `grown` is told the size of the output while it grows and may throw. */
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
  do {
    const chunks: Uint8Array[] = []
    let chunk = Buffer.allocUnsafe(chunkSize)
    let used = 0
    const writeByte = (byte: number): void => {
      chunk[used++] = byte
      if (used < chunkSize) return
      chunks.push(chunk)
      size += used
      grown(size)
      chunk = Buffer.allocUnsafe(chunkSize)
      used = 0
    }
    bzip.decode(source, { writeByte })
    yield* chunks
    if (used > 0) yield chunk.subarray(0, used)
    size += used
  } while (position < packed.length)
}

function endedEarly(): never {
  throw new Error('unexpected end of file')
}
