/** Content of a file on disk: opened without following links, checked against the expected size, read in chunks of at most 1 MiB. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import type { LocalContent } from '../base/bytes.ts'
import { errorCode, fail } from '../base/error.ts'
import { showPlace } from './place.ts'

/** Maximum chunk size, in bytes: larger chunks gain nothing (measured). */
const pieceSize = 1_048_576

/** Content of a regular file of `size` bytes. @throws BuildError disk.unreadable, content.changed - when it is read */
export function fileContent(place: string | Buffer, size: number): LocalContent {
  const open = (): Iterable<Uint8Array> => pieces(place, size)
  return typeof place === 'string' ? { size, open, at: { file: place, offset: 0 } } : { size, open }
}

/** Files up to this many bytes are read in one call, which also detects further bytes. */
const smallSize = 65_536

/** Opens a file for reading, without following links or waiting for the other end of a pipe. @throws BuildError disk.unreadable */
export function openForReading(place: string | Buffer): number {
  try {
    return openSync(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (cause) {
    return unreadable(place, cause)
  }
}

/** Reports that a file cannot be read, and why. */
export function unreadable(place: string | Buffer, cause: unknown): never {
  return fail('disk.unreadable', `${showPlace(place)} cannot be read: ${errorCode(cause) ?? 'unknown reason'}.`, {
    remedy: 'Make it readable, or leave it out with an ignore pattern.',
    cause,
    detail: { file: place.toString() },
  })
}

/** Reports that a file is no longer what it was when the tree was walked. */
function changed(place: string | Buffer): never {
  return fail('content.changed', `${showPlace(place)} changed while it was being read.`, {
    remedy: 'Run again when no program is writing to it.',
    detail: { file: place.toString() },
  })
}

function smallPiece(place: string | Buffer, descriptor: number, size: number): readonly Uint8Array[] {
  const piece = Buffer.allocUnsafe(size + 1)
  let [count, read] = [0, 0]
  do {
    read = readFrom(place, descriptor, piece.subarray(count))
    count += read
  } while (read > 0 && count < size)
  if (count !== size) changed(place)
  return size === 0 ? [] : [piece.subarray(0, size)]
}

/** A directory, an empty pipe or the like has taken the file's place. */
function readFrom(place: string | Buffer, descriptor: number, into: Uint8Array): number {
  try {
    return readSync(descriptor, into, 0, into.length, null)
  } catch (cause) {
    return ['EISDIR', 'EAGAIN', 'EINVAL'].includes(errorCode(cause) ?? '') ? changed(place) : unreadable(place, cause)
  }
}

function* pieces(place: string | Buffer, size: number): Generator<Uint8Array> {
  const descriptor = openForReading(place)
  try {
    if (size <= smallSize) {
      yield* smallPiece(place, descriptor, size)
      return
    }
    const stats = fstatSync(descriptor)
    if (!stats.isFile() || stats.size !== size) changed(place)
    for (let left = size; left > 0; ) {
      const piece = Buffer.allocUnsafe(Math.min(left, pieceSize))
      const count = readSync(descriptor, piece, 0, piece.length, null)
      if (count === 0) changed(place)
      left -= count
      yield count === piece.length ? piece : piece.subarray(0, count)
    }
  } finally {
    closeSync(descriptor)
  }
}
