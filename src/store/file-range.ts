/** A part of a file as content: reopened for each read, in chunks of at most 1 MiB; an error if the file has become shorter. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { gather, type LocalContent } from '../base/bytes.ts'
import { fail } from '../base/error.ts'

const pieceSize = 1_048_576
// For input that is decompressed as it is read: larger chunks would only wait in queues, one for each package being unpacked.
const streamPieceSize = 131_072

/** The `size` bytes of a file from `offset` on. */
export function fileRange(
  file: string,
  offset: number,
  size: number,
): LocalContent & Required<Pick<LocalContent, 'at'>> {
  return { size, at: { file, offset }, open: () => read(file, offset, size) }
}

/** A range of content, without reading what precedes it if the content is on disk; shorter if the content ends early. */
export function readRange(content: LocalContent, offset: number, size: number): Uint8Array {
  const length = Math.max(0, Math.min(size, content.size - offset))
  if (content.at === undefined) return gather(content.open()).subarray(offset, offset + length)
  return gather(fileRange(content.at.file, content.at.offset + offset, length).open())
}

/** All bytes of a file, whatever its size. */
export function* fileBytes(file: string): Generator<Uint8Array> {
  const descriptor = openSync(file, 'r')
  try {
    const { size } = fstatSync(descriptor)
    for (let done = 0; done < size; ) {
      const piece = Buffer.allocUnsafe(Math.min(streamPieceSize, size - done))
      const read = readSync(descriptor, piece)
      if (read === 0) return
      done += read
      yield piece.subarray(0, read)
    }
  } finally {
    closeSync(descriptor)
  }
}

/** All bytes of a file; a chunk is done with when the next is asked for. */
export function* lentBytes(file: string): Generator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(streamPieceSize)
  const descriptor = openSync(file, 'r')
  try {
    for (let read = readSync(descriptor, buffer); read > 0; read = readSync(descriptor, buffer))
      yield buffer.subarray(0, read)
  } finally {
    closeSync(descriptor)
  }
}

function* read(file: string, offset: number, size: number): Generator<Uint8Array> {
  if (size === 0) return
  const descriptor = openSync(file, 'r')
  try {
    for (let done = 0; done < size; ) {
      const piece = Buffer.allocUnsafe(Math.min(pieceSize, size - done))
      const read = readSync(descriptor, piece, { position: offset + done })
      if (read === 0) endsEarly(file, offset + size)
      done += read
      yield piece.subarray(0, read)
    }
  } finally {
    closeSync(descriptor)
  }
}

function endsEarly(file: string, size: number): never {
  fail('content.changed', `"${file}" has become shorter than its ${size} bytes.`, {
    remedy: 'Build again, without changing files meanwhile.',
  })
}
