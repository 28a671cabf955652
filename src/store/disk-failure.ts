/** What the disk refuses, said so that a person can act on it. */
import { BuildError, errorCode, fail, messageOf } from '../base/error.ts'

const sqliteFull = 13
const sqliteReadOnly = 8

/** Does work on the store's disk. @throws BuildError store.disk-full, store.unwritable */
export async function onDisk<T>(root: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw refused(root, cause)
  }
}

/** The same without waiting. */
export function onDiskSync<T>(root: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw refused(root, cause)
  }
}

function refused(root: string, thrown: unknown): unknown {
  // Restoring a tree names the file; here the whole disk is meant.
  const cause = thrown instanceof BuildError && thrown.code === 'disk.unwritable' ? thrown.cause : thrown
  if (cause instanceof BuildError) return cause
  const code = errorCode(cause)
  const sqlite =
    cause instanceof Error && 'errcode' in cause && typeof cause.errcode === 'number' ? cause.errcode & 255 : 0
  if (code === 'ENOSPC' || code === 'EDQUOT' || sqlite === sqliteFull) {
    return raised(() =>
      fail('store.disk-full', `No space is left for the store at ${root}.`, {
        remedy: 'Run `slipway gc`, or put the store on a larger disk with SLIPWAY_STORE.',
        cause,
        detail: { root },
      }),
    )
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR' || sqlite === sqliteReadOnly) {
    return raised(() =>
      fail('store.unwritable', `The store at ${root} cannot be written: ${messageOf(cause)}.`, {
        remedy: 'Name a folder of your own with SLIPWAY_STORE.',
        cause,
        detail: { root },
      }),
    )
  }
  return thrown
}

function raised(throwing: () => never): unknown {
  try {
    return throwing()
  } catch (error) {
    return error
  }
}
