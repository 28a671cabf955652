/** Standard output as the place of an image, and what is said where it takes nothing. */
import { isatty } from 'node:tty'
import { wasClosed } from '../base/closed-descriptor.ts'
import { errorCode, fail, messageOf } from '../base/error.ts'

/** Whether a place is standard output: then only the image is printed there. @throws BuildError stream.terminal, stream.closed */
export function goesToStandardOutput(place: string): boolean {
  if (!/^(?:(?:docker-archive|oci-archive):)?-(?::|$)/.test(place)) return false
  checkStandardOutput()
  return true
}

/** Checks that an image can be sent to standard output. @throws BuildError stream.terminal, stream.closed */
export function checkStandardOutput(): void {
  refuseTerminal()
  if (wasClosed(1)) {
    fail('stream.closed', 'Standard output is closed, so the image would be lost.', {
      remedy: 'Pipe it, as in "| docker load"; to discard it, write "> /dev/null".',
    })
  }
}

/** A terminal can show no archive. @throws BuildError stream.terminal */
export function refuseTerminal(): void {
  if (!isatty(1)) return
  fail('stream.terminal', 'An image is binary and standard output is a terminal.', {
    remedy: 'Pipe it, as in "| docker load", or write it to a file: "> image.tar".',
  })
}

/** Fails: standard output takes no more. @throws BuildError stream.unwritable */
export function refuseOutput(cause: unknown): never {
  const isFull = errorCode(cause) === 'ENOSPC' || errorCode(cause) === 'EDQUOT'
  const reason = isFull ? 'no space is left' : messageOf(cause)
  return fail('stream.unwritable', `Standard output cannot be written: ${reason}.`, {
    remedy: isFull ? 'Make room, or write to another disk.' : 'Write to another place.',
    cause,
  })
}
