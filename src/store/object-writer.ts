/**
 * Writes one object below a temporary name: files 0444 or 0555, directories 0555, everything changed at second 1, whatever the umask.
 *
 * Entries must come in canonical order and be checked (a NAR's reader and writer do): nothing may lie below a link. The root stays
 * writable for its owner until `seal`, because a directory that is not cannot be moved.
 */
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  futimesSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import { fail } from '../base/error.ts'
import { type EntryPath, isWithin, root, show } from '../tree/path.ts'
import { placeOf } from '../tree/place.ts'

/** Takes the entries of one object. */
export interface ObjectWriter {
  directory(path: EntryPath): void
  symlink(path: EntryPath, target: string): void
  file(path: EntryPath, executable: boolean): FileWriter
  /** All entries came. */
  end(): void
}

/** Takes the bytes of one file. */
export interface FileWriter {
  write(chunk: Uint8Array): void
  /** @param sync - waits until the bytes are on the disk. */
  end(options?: { readonly sync?: boolean }): void
  /** Closes what will not be finished. */
  abandon(): void
}

/** When everything in a store was last changed, in Unix seconds. */
const mtime = 1

/** A writer of an object at `top`, where nothing is yet. */
export function objectWriter(top: string): ObjectWriter {
  const open: EntryPath[] = []
  const leave = (next: EntryPath | undefined): void => {
    for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
      if (next !== undefined && isWithin(next, last)) return
      if (last !== root) seal(placeOf(top, last))
      open.pop()
    }
  }
  return {
    directory: (path) => {
      leave(path)
      create(path, () => mkdirSync(placeOf(top, path), 0o700))
      open.push(path)
    },
    symlink: (path, target) => {
      leave(path)
      const place = placeOf(top, path)
      create(path, () => symlinkSync(Buffer.from(target, 'latin1'), place))
      lutimesSync(place, mtime, mtime)
    },
    file: (path, executable) => {
      leave(path)
      return fileWriter(
        create(path, () => openSync(placeOf(top, path), 'wx', 0o600)),
        executable ? 0o555 : 0o444,
      )
    },
    end: () => leave(undefined),
  }
}

/** Gives what stands at a place its last mode and time. */
export function seal(place: string | Buffer): void {
  const stats = lstatSync(place)
  if (!stats.isDirectory()) return
  chmodSync(place, 0o555)
  utimesSync(place, mtime, mtime)
}

function fileWriter(descriptor: number, mode: number): FileWriter {
  return {
    write: (chunk) => {
      for (let done = 0; done < chunk.length; ) done += writeSync(descriptor, chunk, done)
    },
    end: (options) => {
      fchmodSync(descriptor, mode)
      futimesSync(descriptor, mtime, mtime)
      if (options?.sync === true) fsyncSync(descriptor)
      closeSync(descriptor)
    },
    abandon: () => closeSync(descriptor),
  }
}

/** On a file system that folds case two names may be one. */
function create<T>(path: EntryPath, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause
    return fail(
      'store.names-collide',
      `${JSON.stringify(show(path))} is the name of another file for the store's disk.`,
      {
        remedy: 'Put the store on a file system that tells upper from lower case.',
        cause,
        detail: { path: show(path) },
      },
    )
  }
}
