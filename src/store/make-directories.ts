/**
 * Creates a directory and those above it that are missing. Node's recursive `mkdir` never returns where a directory exists and the system says
 * ENOENT all the same, as it does below /proc.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { errorCode } from '../base/error.ts'

/** Creates a directory unless it exists. @param mode - permissions of new directories, less the umask. @throws the system's error */
export function makeDirectories(directory: string, mode = 0o777): void {
  try {
    mkdirSync(directory, { mode })
  } catch (error) {
    const code = errorCode(error)
    if (code === 'EEXIST' && statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return
    if (code !== 'ENOENT' || existsSync(dirname(directory))) throw error
    makeDirectories(dirname(directory), mode)
    makeDirectories(directory, mode)
  }
}
