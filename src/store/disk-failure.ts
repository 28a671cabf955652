/** Maps failures of the store's disk to errors that the user can act on. */
import { closeSync, existsSync, openSync, statfsSync } from 'node:fs'
import { BuildError, caught, errorCode, fail, messageOf } from '../base/error.ts'
import { firstFailure, tooManyFiles } from '../base/machine-failure.ts'
import { sqliteCode, sqliteErrors } from './sqlite.ts'

/** Runs work on the store's disk. @throws BuildError store.disk-full, store.unwritable, store.busy, store.corrupt, machine.open-files */
export async function onDisk<T>(root: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw storeFailure(root, cause)
  }
}

/** Synchronous form of the above. */
export function onDiskSync<T>(root: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw storeFailure(root, cause)
  }
}

/** Maps a system or SQLite error to one that names the store; returns any other unchanged. */
export function storeFailure(root: string, given: unknown): unknown {
  const thrown = firstFailure(given)
  // Restoring a tree names the file; here the whole disk is meant.
  const cause = thrown instanceof BuildError && thrown.code === 'disk.unwritable' ? thrown.cause : thrown
  if (cause instanceof BuildError) return cause
  const reason = sqliteCode(cause) === undefined ? errorCode(cause) : reasonOf(root, cause)
  // In a store that exists, a missing file is a fault of slipway.
  const isOurs = reason === undefined || (reason === 'ENOENT' && existsSync(root))
  const failing = isOurs ? undefined : failures[reason]
  return failing === undefined ? thrown : caught(() => failing({ root, cause, reason: reason ?? '' }))
}

interface Refusal {
  readonly root: string
  readonly cause: unknown
  readonly reason: string
}

type Failing = (refusal: Refusal) => never

/** Describes the system's error codes; SQLite errors without a system code have names of their own. */
const failures: Readonly<Record<string, Failing>> = {
  ENOSPC: full,
  EDQUOT: full,
  EMFILE: ({ cause }) => tooManyFiles(cause),
  ENFILE: ({ cause }) => tooManyFiles(cause),
  ENAMETOOLONG: tooLong,
  busy: ({ root, cause }) =>
    fail('store.busy', `Another process has kept the database of the store at ${root} locked for a minute.`, {
      remedy: 'Wait until it has finished, then run this again.',
      cause,
      detail: { root },
    }),
  damaged: ({ root, cause }) =>
    fail('store.corrupt', `The database of the store at ${root} is damaged: ${messageOf(cause)}.`, {
      remedy: 'Check it with `nix-store --verify`, or remove the store and build again.',
      cause,
      detail: { root },
    }),
  ...Object.fromEntries(
    'ENOENT EACCES EPERM EROFS ENOTDIR EIO ELOOP EISDIR EEXIST ENOTSUP EOPNOTSUPP ENOLCK ENOSYS ESTALE EFBIG EMLINK ENXIO database'
      .split(' ')
      .map((code) => [code, unwritable]),
  ),
}

/** Fails if the disk of a directory of the store has no room left, which programs that write there report in words of their own. @throws BuildError store.disk-full */
export function refuseFull(root: string, directory: string = root): void {
  if (isFull(directory)) full({ root, cause: undefined, reason: 'ENOSPC' })
}

function full({ root, cause }: Refusal): never {
  return fail('store.disk-full', `No space is left for the store at ${root}.`, {
    remedy: 'Run `slipway gc`, make room on that disk, or put the store on a larger one with SLIPWAY_STORE.',
    cause,
    detail: { root },
  })
}

function unwritable({ root, cause }: Refusal): never {
  return fail('store.unwritable', `The store at ${root} cannot be written: ${messageOf(cause)}.`, {
    remedy: 'Set SLIPWAY_STORE to a directory of your own.',
    cause,
    detail: { root },
  })
}

function tooLong({ root, cause }: Refusal): never {
  return fail('store.unwritable', `The path of the store has ${Buffer.byteLength(root)} bytes, which is too long.`, {
    remedy: 'Set SLIPWAY_STORE to a directory with a shorter path.',
    cause,
    detail: { root },
  })
}

/** SQLite's limit on a path is 512 bytes, including the suffix that it adds to the name of a database. */
const longestRoot = 480

/** Finds out why SQLite failed: it does not pass on the system's error, so the operation is tried once more directly. */
function reasonOf(root: string, cause: unknown): string {
  const { busy, corrupt, full: noRoom, notADatabase, readOnly } = sqliteErrors
  const code = sqliteCode(cause)
  if (code === busy) return 'busy'
  if (code === corrupt || code === notADatabase) return 'damaged'
  if (code === noRoom) return 'ENOSPC'
  if (code === readOnly) return 'EROFS'
  if (Buffer.byteLength(root) > longestRoot) return 'ENAMETOOLONG'
  return refusedOpening(root) ?? (isFull(root) ? 'ENOSPC' : 'database')
}

/** More files than SQLite opens for one database. */
const filesOfDatabase = 6

function refusedOpening(root: string): string | undefined {
  const opened: number[] = []
  try {
    while (opened.length < filesOfDatabase) opened.push(openSync(root, 'r'))
    return undefined
  } catch (error) {
    return errorCode(error)
  } finally {
    for (const descriptor of opened) closeSync(descriptor)
  }
}

/** A database needs some pages of 4096 bytes beside it. */
const leastRoom = 65_536

function isFull(root: string): boolean {
  const { bavail, bsize, files, ffree } = statfsSync(root)
  return bavail * bsize < leastRoom || (files > 0 && ffree === 0)
}
