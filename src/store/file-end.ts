/** The end of a cache file whose last bytes, a trailer of fixed size, have the location of what precedes them. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { errorCode } from '../base/error.ts'

/** End of a file. */
export interface FileEnd {
  /** Offset of its first byte in the file. */
  readonly start: number
  readonly bytes: Buffer
}

/**
 * Reads a file from the offset that its trailer contains.
 *
 * @param trailer - size of the trailer, and the offset in it; undefined if it is not a trailer.
 * @returns undefined if the file is missing, too short or without a trailer.
 */
export function readFileEnd(
  file: string,
  trailer: { readonly size: number; readonly start: (bytes: Buffer) => number | undefined },
): FileEnd | undefined {
  const descriptor = openIfThere(file)
  if (descriptor === undefined) return undefined
  try {
    const { size } = fstatSync(descriptor)
    const last = readAt(descriptor, size - trailer.size, trailer.size)
    const start = last === undefined ? undefined : trailer.start(last)
    const bytes = start === undefined ? undefined : readAt(descriptor, start, size - start)
    return start === undefined || bytes === undefined ? undefined : { start, bytes }
  } finally {
    closeSync(descriptor)
  }
}

function readAt(descriptor: number, position: number, size: number): Buffer | undefined {
  if (position < 0 || size < 0) return undefined
  const bytes = Buffer.allocUnsafe(size)
  return readSync(descriptor, bytes, { position }) === size ? bytes : undefined
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, 'r')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
