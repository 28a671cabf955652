/** Standard output as a destination of images. */
import { isatty } from 'node:tty'
import { wasClosed } from '../base/closed-descriptor.ts'
import { errorCode, fail, messageOf } from '../base/error.ts'

/** Tells whether a place is standard output, where nothing but the image is written then. @throws BuildError stream.terminal, stream.closed */
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

/** Refuses to write an archive to a terminal. @throws BuildError stream.terminal */
export function refuseTerminal(): void {
  if (!isatty(1)) return
  fail('stream.terminal', 'Standard output is a terminal, and an image is binary data.', {
    remedy: 'Pipe it, as in "| docker load", or write it to a file: "> image.tar".',
  })
}

/** Fails because standard output cannot be written. @throws BuildError stream.unwritable */
export function refuseOutput(cause: unknown): never {
  const isFull = errorCode(cause) === 'ENOSPC' || errorCode(cause) === 'EDQUOT'
  const reason = isFull ? 'no space left on the device' : messageOf(cause)
  return fail('stream.unwritable', `Standard output cannot be written: ${reason}.`, {
    remedy: isFull ? 'Free disk space, or write to another disk.' : 'Write to another place.',
    cause,
  })
}
