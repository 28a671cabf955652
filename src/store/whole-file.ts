/**
 * The one way in which files are written: under a temporary name on the same disk, then renamed. A reader sees the complete old file or the
 * complete new one; a killed process leaves the old one, and a temporary directory that the next run removes.
 */
import { closeSync, fchmodSync, fchownSync, fsyncSync, openSync, renameSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { errorCode } from '../base/error.ts'
import { flush } from '../base/pump.ts'
import { temporaryPlace } from './temporary.ts'
import { writeAll } from './write-all.ts'

/** How to write a file. */
export interface WholeFileOptions {
  /** Permissions, less the umask. Default: those of the replaced file, or 0o666. */
  readonly mode?: number
  /** A directory on the same disk. Default: the file's own. */
  readonly temporary?: string
}

/** Lets `write` fill a file through a descriptor; syncs it before it gets its name. @throws the system's error */
export async function writeWholeFile<T>(
  file: string,
  write: (descriptor: number) => Promise<T>,
  options: WholeFileOptions = {},
): Promise<T> {
  using unfinished = begun(file, options)
  const result = await write(unfinished.descriptor)
  await flush(unfinished.descriptor)
  unfinished.finish()
  return result
}

/** Writes bytes as `writeWholeFile` does, synchronously. @throws the system's error */
export function replaceFile(file: string, bytes: Uint8Array, options: WholeFileOptions = {}): void {
  using unfinished = begun(file, options)
  writeAll(unfinished.descriptor, bytes)
  fsyncSync(unfinished.descriptor)
  unfinished.finish()
}

/**
 * The same for a cache file that can detect its own damage, such as an index with its own digest: it is not synced to disk.
 *
 * @throws the system's error
 */
export function writeCache(file: string, write: (descriptor: number) => void, options: WholeFileOptions): void {
  using unfinished = begun(file, options)
  write(unfinished.descriptor)
  unfinished.finish()
}

interface Unfinished extends Disposable {
  readonly descriptor: number
  /** Gives the file its name. */
  finish(): void
}

function begun(file: string, { mode, temporary = dirname(file) }: WholeFileOptions): Unfinished {
  const before = statSync(file, { throwIfNoEntry: false })
  using parts = new DisposableStack()
  const { place: unfinished } = parts.use(temporaryPlace(temporary))
  const descriptor = parts.adopt(openSync(unfinished, 'wx', mode ?? 0o666), closeSync)
  if (before?.isFile() === true) becomeLike(descriptor, before, mode)
  const disposal = parts.move()
  return {
    descriptor,
    finish: () => renameSync(unfinished, file),
    [Symbol.dispose]: () => disposal.dispose(),
  }
}

/** Gives it the owner of the file that it replaces, if permitted, and its permissions, unless others are requested. */
function becomeLike(descriptor: number, { uid, gid, mode: known }: Stats, mode: number | undefined): void {
  try {
    fchownSync(descriptor, uid, gid)
  } catch (error) {
    if (errorCode(error) !== 'EPERM') throw error
  }
  fchmodSync(descriptor, mode ?? known & 0o7777)
}
