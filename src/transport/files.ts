/** Files written whole: under a temporary name beside their place, then renamed; what the disk refuses, said for people. */
import { renameSync, writeFileSync } from 'node:fs'
import { BuildError, errorCode, fail, messageOf } from '../base/error.ts'

/** Writes a file so that a reader sees the old one or the new one, whole. */
export function replaceFile(file: string, bytes: Uint8Array): void {
  const temporary = `${file}.${process.pid}.tmp`
  writeFileSync(temporary, bytes)
  renameSync(temporary, file)
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
