/** Failures that pass from one thread to another, which knows no classes of the first. */
import { BuildError, type Code, type Detail, errorCode, messageOf } from './error.ts'

/** A failure as plain data. */
export interface ThreadFailure {
  readonly code?: Code
  readonly message: string
  readonly detail: Detail
  /** Code of the system's error behind it, such as ENOSPC. */
  readonly reason?: string
}

/** Converts a failure to plain data. */
export function sentFailure(thrown: unknown): ThreadFailure {
  const reason = errorCode(thrown instanceof BuildError ? thrown.cause : thrown)
  const more = reason === undefined ? {} : { reason }
  if (thrown instanceof BuildError)
    return { code: thrown.code, message: thrown.message, detail: thrown.detail, ...more }
  return { message: messageOf(thrown), detail: {}, ...more }
}

/** Converts plain data to the failure that it was made from. Inverse of `sentFailure`. */
export function receivedFailure({ code, message, detail, reason }: ThreadFailure): Error {
  const cause = reason === undefined ? undefined : Object.assign(new Error(message), { code: reason })
  return code === undefined ? (cause ?? new Error(message)) : new BuildError(code, message, detail, cause)
}
