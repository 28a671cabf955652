/** Reads files that a user names, or that programs leave in known places. */
import { readFileSync, statSync } from 'node:fs'
import { errorCode } from '../base/error.ts'

/** Reads a file, but never waits for a pipe or a device. @throws the system's error, or one that says what it is */
export function readRegularFile(file: string): Buffer {
  if (!statSync(file).isFile()) throw new Error('it is not a regular file')
  return readFileSync(file)
}

/** Tells whether reading failed because the file does not exist, or not for this user. */
export function isMissing(cause: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EACCES'].includes(errorCode(cause) ?? '')
}
