/** Reads and atomically writes files of the user's project, such as the lock. */
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { BuildError, errorCode, fail, messageOf } from '../base/error.ts'
import { pump } from '../base/pump.ts'
import { realPath } from '../base/real-path.ts'
import { makeDirectories } from '../store/make-directories.ts'
import { writeOutput } from '../transport/output.ts'

/** Returns the bytes of a file; undefined if it does not exist. @throws BuildError project.unreadable */
export function readProjectFile(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file)
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined
    return fail('project.unreadable', `${file} cannot be read: ${messageOf(cause)}.`, {
      remedy: 'Check its permissions.',
      cause,
    })
  }
}

/** Writes a file atomically (temporary file, fsync, rename), creating its directory if need be. @throws BuildError project.unwritable */
export async function writeProjectFile(file: string, bytes: Uint8Array): Promise<void> {
  try {
    makeDirectories(dirname(realPath(file)))
    await writeOutput(file, async (descriptor) => {
      await pump([bytes], descriptor)
    })
  } catch (cause) {
    const reason = cause instanceof BuildError ? cause.cause : cause
    if (reason === undefined) throw new BuildError('project.unwritable', messageOf(cause), { file }, cause)
    fail('project.unwritable', `${file} cannot be written: ${messageOf(reason)}.`, {
      remedy: 'Check the folder and its permissions.',
      cause,
    })
  }
}
