/** Writing all of some bytes, however few the system takes at once. */
import { writeSync } from 'node:fs'

/** Writes bytes to a descriptor and gives their number. */
export function writeAll(descriptor: number, bytes: Uint8Array): number {
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done)
  return bytes.length
}
