/**
 * Creates single objects on disk: always new ones, never through a link, with exact metadata whatever the umask.
 *
 * Each function fails with `disk.occupied` if a name is taken, and with `disk.unwritable` if the system refuses.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  futimesSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  open,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs'
import { errorCode, fail } from '../base/error.ts'
import type { Metadata } from './entry.ts'
import { showPlace } from './place.ts'
import { writeXattrs } from './xattrs.ts'

/** Which metadata is set, and how durably. */
export interface Manner {
  /** Whether to set owners (by number; requires root); otherwise everything belongs to the caller. */
  readonly owners?: boolean
  /** Whether to set extended attributes; otherwise they are omitted. */
  readonly xattrs?: boolean
  /** Whether to flush files and directories to disk. */
  readonly fsync?: boolean
}

type Place = string | Buffer

/** Creates a directory that its creator can write to, or accepts an existing real one. @returns whether it is new */
export function makeDirectory(place: Place): boolean {
  try {
    mkdirSync(place, 0o700)
    return true
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST' && lstatSync(place).isDirectory()) return false
    return unwritable(place, cause)
  }
}

/** Gives a directory its final metadata, once it is complete. */
export function completeDirectory(place: Place, metadata: Metadata | undefined, manner: Manner): void {
  const descriptor = attempt(place, () =>
    openSync(place, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW),
  )
  try {
    complete({ place, descriptor }, metadata, manner)
  } finally {
    closeSync(descriptor)
  }
}

const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

/** Creates an empty file and opens it. */
export function createFile(place: Place): number {
  return attempt(place, () => openSync(place, newFile, 0o600))
}

/** Does the same without blocking this thread: on some disks creating a file takes as long as filling it. */
export function createFileAside(place: Place, mode = 0o600): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  open(place, newFile, mode, (cause, descriptor) => (cause === null ? resolve(descriptor) : reject(cause)))
  return promise.catch((cause: unknown) => unwritable(place, cause))
}

/** Appends all of the bytes to an open file. */
export function append(place: Place, descriptor: number, bytes: Uint8Array): void {
  attempt(place, () => {
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
  })
}

/** Gives an open object its final metadata. The owner first: changing it clears setuid bits. */
export function complete(
  open: { readonly place: Place; readonly descriptor: number },
  metadata: Metadata | undefined,
  manner: Manner,
): void {
  const { place, descriptor } = open
  attempt(place, () => {
    if (metadata !== undefined) {
      if (manner.owners === true) fchownSync(descriptor, metadata.uid, metadata.gid)
      if (manner.xattrs === true) writeXattrs(descriptor, metadata.xattrs)
      fchmodSync(descriptor, metadata.mode)
      futimesSync(descriptor, metadata.mtime, metadata.mtime)
    }
    if (manner.fsync === true) fsyncSync(descriptor)
  })
}

/** Creates a symbolic link to a byte string. */
export function makeSymlink(
  place: Place,
  target: string,
  how: { readonly metadata: Metadata; readonly manner: Manner },
): void {
  const { mtime, uid, gid } = how.metadata
  attempt(place, () => {
    symlinkSync(Buffer.from(target, 'latin1'), place)
    if (how.manner.owners === true) lchownSync(place, uid, gid)
    lutimesSync(place, mtime, mtime)
  })
}

/** Creates a hard link to an object. */
export function makeHardlink(place: Place, target: Place): void {
  attempt(place, () => linkSync(target, place))
}

/** What a system answers that cannot link two names to one file: too many links, another disk, another owner, no hard links at all. */
const unlinkable: ReadonlySet<string | undefined> = new Set(['EMLINK', 'EXDEV', 'EPERM', 'EACCES', 'ENOTSUP', 'ENOSYS'])

/** Creates a hard link to an existing file where the system allows it. @returns whether it does */
export function shareFile(place: Place, existing: Place): boolean {
  try {
    linkSync(existing, place)
    return true
  } catch (cause) {
    return unlinkable.has(errorCode(cause)) ? false : unwritable(place, cause)
  }
}

function attempt<T>(place: Place, action: () => T): T {
  try {
    return action()
  } catch (cause) {
    return unwritable(place, cause)
  }
}

function unwritable(place: Place, cause: unknown): never {
  const detail = { file: place.toString() }
  const reason = errorCode(cause) ?? 'unknown reason'
  if (reason === 'EEXIST') {
    return fail('disk.occupied', `${showPlace(place)} already exists.`, {
      remedy:
        'Write to a new directory; if it is new, two names differ only in case and this file system cannot tell them apart.',
      cause,
      detail,
    })
  }
  return fail('disk.unwritable', `${showPlace(place)} cannot be written: ${reason}.`, {
    remedy: 'Make room there or allow writing, or choose another directory.',
    cause,
    detail,
  })
}
