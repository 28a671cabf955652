/**
 * Room that a store keeps for itself: forgetting objects writes to the log of the database, which a disk that is full to the last byte
 * has no room for. Collecting garbage gives the room back for as long as it runs.
 */
import { existsSync, rmSync } from 'node:fs'
import type { Layout } from './layout.ts'
import { writeCache } from './whole-file.ts'
import { writeAll } from './write-all.ts'

/** In bytes: the log of forgetting a few objects. */
const size = 262_144

/** Makes the reserve where it is missing; not where there is no room or no right to write. */
export function keepReserve(layout: Layout): void {
  if (existsSync(layout.reserve)) return
  try {
    writeCache(layout.reserve, (descriptor) => writeAll(descriptor, Buffer.alloc(size)), layout)
  } catch {
    // The next one to open the store tries again.
  }
}

/** Gives the room free until it is disposed of. */
export function withoutReserve(layout: Layout): Disposable {
  rmSync(layout.reserve, { force: true })
  return { [Symbol.dispose]: () => keepReserve(layout) }
}
