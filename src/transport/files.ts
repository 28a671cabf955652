/** Turns failures of the disk while images are written into errors with a code and a remedy. */
import { BuildError, errorCode, fail, messageOf } from '../base/error.ts'

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
        remedy: isFull ? 'Free disk space, or write to another disk.' : 'Write to another place.',
        cause,
        detail: { place },
      },
    )
  }
}
