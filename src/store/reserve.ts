/**
 * Reserved space in a store: unregistering objects writes to the log of the database, which is impossible on a completely full disk.
 * Garbage collection releases the reserve while it runs.
 */
import { existsSync, rmSync } from 'node:fs'
import type { Layout } from './layout.ts'
import { writeCache } from './whole-file.ts'
import { writeAll } from './write-all.ts'

/** In bytes: enough for the log of unregistering a few objects. */
const size = 262_144

/** Creates the reserve if it is missing; does nothing without space or write permission. */
export function keepReserve(layout: Layout): void {
  if (existsSync(layout.reserve)) return
  try {
    writeCache(layout.reserve, (descriptor) => writeAll(descriptor, Buffer.alloc(size)), layout)
  } catch {
    // The next process that opens the store tries again.
  }
}

/** Releases the space until it is disposed of. */
export function withoutReserve(layout: Layout): Disposable {
  rmSync(layout.reserve, { force: true })
  return { [Symbol.dispose]: () => keepReserve(layout) }
}
