/**
 * Creates a directory and those above it that are missing. Node's recursive `mkdir` never returns where a directory exists and the system says
 * ENOENT all the same, as it does below /proc.
 */
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { errorCode } from '../base/error.ts'

/** Creates a directory unless it exists. @param mode - permissions of new directories, less the umask. @throws the system's error */
export function makeDirectories(directory: string, mode = 0o777): void {
  if (refusal(directory, mode) === undefined) return
  // Other processes may create the same directories meanwhile.
  makeDirectories(dirname(directory), mode)
  const error = refusal(directory, mode)
  if (error !== undefined) throw error
}

/** Creates one directory; returns an error only if the directory above it seems to be missing. @throws the system's error */
function refusal(directory: string, mode: number): unknown {
  try {
    mkdirSync(directory, { mode })
    return undefined
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return error
    if (errorCode(error) === 'EEXIST' && statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true)
      return undefined
    throw error
  }
}
