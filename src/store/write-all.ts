/** Writing all of some bytes, however few the system takes at once. */
import { writeSync } from 'node:fs'

/** Writes bytes to a descriptor and gives their number. @param position - where in the file; unless told, where the descriptor stands. */
export function writeAll(descriptor: number, bytes: Uint8Array, position?: number): number {
  for (let done = 0; done < bytes.length; )
    done += writeSync(descriptor, bytes, done, bytes.length - done, position === undefined ? null : position + done)
  return bytes.length
}
