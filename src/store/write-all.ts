/** Writes all of the bytes, however few the system accepts at once. */
import { writeSync } from 'node:fs'

/** Writes bytes to a descriptor and returns their number. @param position - offset in the file; default: the descriptor's own */
export function writeAll(descriptor: number, bytes: Uint8Array, position?: number): number {
  for (let done = 0; done < bytes.length; )
    done += writeSync(descriptor, bytes, done, bytes.length - done, position === undefined ? null : position + done)
  return bytes.length
}
