/** What the disk refuses where an image is written, said so that a person can act on it. */
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
        remedy: isFull ? 'Make room, or write to another disk.' : 'Write to another place.',
        cause,
        detail: { place },
      },
    )
  }
}
