/** Files written whole: under a temporary name beside their place, on the disk, then renamed; what the disk refuses, said for people. */
import { closeSync, mkdtempSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { BuildError, errorCode, fail, messageOf } from '../base/error.ts'
import { flush } from '../base/pump.ts'

/** Writes a file so that a reader sees the old one or the new one, whole. */
export function replaceFile(file: string, bytes: Uint8Array): void {
  const temporary = `${file}.${process.pid}.tmp`
  writeFileSync(temporary, bytes, { flush: true })
  renameSync(temporary, file)
}

/** A file that `write` fills through a descriptor: there whole when it is done, else not at all. @throws BuildError archive.unwritable */
export async function writeWholeFile<T>(file: string, write: (output: number) => Promise<T>): Promise<T> {
  return writable(file, () => writeBeside(file, write))
}

/** The same, for files whose place is known to be writable. */
export async function writeBeside<T>(file: string, write: (output: number) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(dirname(file), '.slipway-'))
  try {
    const temporary = join(folder, basename(file))
    const output = openSync(temporary, 'wx')
    try {
      const result = await write(output)
      await flush(output)
      renameSync(temporary, file)
      return result
    } finally {
      closeSync(output)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Does work that writes at `place`. @throws BuildError archive.unwritable */
export async function writable<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const code = errorCode(cause)
    if (cause instanceof BuildError || code === undefined || !/^E[A-Z]+$/.test(code)) throw cause
    const isFull = code === 'ENOSPC' || code === 'EDQUOT'
    return fail(
      'archive.unwritable',
      `${place} cannot be written: ${isFull ? 'no space is left' : messageOf(cause)}.`,
      {
        remedy: isFull ? 'Make room, or write to another disk.' : 'Write to another place.',
        cause,
        detail: { place },
      },
    )
  }
}
