/**
 * Locks between processes. The kernel releases them when their holder dies, so none is ever stale.
 *
 * Linux: open-file-description locks on byte ranges; macOS: `flock` (fs-native-extensions does both). If the native module does not load
 * (musl): SQLite's own file locks, one file for a number of ranges. Waiting is polling, so that it can be cancelled and never occupies
 * Node's few threads.
 */
import { closeSync, openSync } from 'node:fs'
import { createRequire } from 'node:module'
import { DatabaseSync } from 'node:sqlite'
import { askAgain } from '../base/ask-again.ts'
import { errorCode } from '../base/error.ts'

/** Which lock, and its mode. */
export interface LockOptions {
  /** Many processes may hold it at once, none of them exclusively. */
  readonly shared?: boolean
  /** Range of the file: any whole number below 2^48. Ranges are independent of each other. */
  readonly part?: number
  readonly signal?: AbortSignal
  /** Called when another process holds the lock, so that waiting begins. */
  readonly waiting?: () => void
}

/** A lock that is held until it is disposed of or the process dies. */
export type Lock = Disposable

/** Waits for a lock. @throws the signal's reason */
export async function lock(file: string, options: LockOptions = {}): Promise<Lock> {
  const first = options.signal?.aborted === true ? undefined : tryLock(file, options)
  if (first !== undefined) return first
  options.waiting?.()
  return askAgain(() => tryLock(file, options), options.signal)
}

/** Takes a lock if no other process holds a conflicting one. */
export function tryLock(file: string, options: LockOptions = {}): Lock | undefined {
  const native = loadNative()
  return native === undefined ? trySqliteLock(file, options) : tryNativeLock(native, file, options)
}

/** The part of fs-native-extensions' native module that is used here; it has no types of its own. */
interface Native {
  /** Throws EAGAIN if another process holds a conflicting lock. */
  tryLock(descriptor: number, offset: number, length: number, exclusive: boolean): void
}

let native: Native | 'unavailable' | undefined

// The module itself, not the package's wrapper: resolving it as the package does takes 15 ms of each start, this takes one.
function loadNative(): Native | undefined {
  if (native === undefined) {
    try {
      const prebuilt = `fs-native-extensions/prebuilds/${process.platform}-${process.arch}/fs-native-extensions.node`
      const module: Native = createRequire(import.meta.url)(prebuilt)
      native = module
    } catch {
      native = 'unavailable'
    }
  }
  return native === 'unavailable' ? undefined : native
}

function tryNativeLock(native: Native, file: string, { shared = false, part = 0 }: LockOptions): Lock | undefined {
  const descriptor = openForLock(file, shared)
  try {
    native.tryLock(descriptor, part, 1, !shared)
  } catch (error) {
    closeSync(descriptor)
    if (errorCode(error) === 'EAGAIN') return undefined
    throw error
  }
  return { [Symbol.dispose]: () => closeSync(descriptor) }
}

/** Shared locks need no write permission, so a read-only store can be locked. */
function openForLock(file: string, shared: boolean): number {
  try {
    return openSync(file, shared ? 'r' : 'a')
  } catch (error) {
    if (!shared) throw error
    return openSync(file, 'a+')
  }
}

const busy = 5
const sqliteParts = 64

/** The same with SQLite, for systems on which the native module does not load. */
export function trySqliteLock(file: string, { shared = false, part = 0 }: LockOptions): Lock | undefined {
  const database = new DatabaseSync(`${file}-${part % sqliteParts}`, { timeout: 0 })
  try {
    database.exec(shared ? 'begin; select count(*) from sqlite_schema' : 'begin exclusive')
    return { [Symbol.dispose]: () => database.close() }
  } catch (error) {
    database.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === busy) return undefined
    throw error
  }
}
