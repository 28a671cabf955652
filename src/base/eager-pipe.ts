/**
 * A pipe whose reader is about as fast as we are: a full one is tried again a few times before this thread sleeps.
 *
 * Sleeping and being woken takes longer than the reader takes to make room, and a pipe that is never empty does not let the reader sleep
 * either: a quarter of the time (measured). Where that was in vain several times in a row the reader is the slower one, and trying would
 * only take its time: it is left off for longer and longer.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { errorCode } from './error.ts'

/** A pipe; disposing of it closes what was opened for it, not the descriptor that was given. */
export interface EagerPipe extends Disposable {
  /** Writes some of `size` bytes from `offset` on, waiting for room if it must, and says how many. */
  put(bytes: Uint8Array, offset: number, size: number): number
}

/** Some 30 µs. */
const tries = 8
/** So often in a row in vain, and trying is left off for so many writes. */
const mostVain = 4
const firstRest = 16
const longestRest = 1024

/** The pipe behind a descriptor, opened anew with flags of its own; undefined where the system does not do that: no /proc, another user's pipe. */
export function eagerPipe(descriptor: number): EagerPipe | undefined {
  const patient = openedAnew(descriptor, 0)
  if (patient === undefined) return undefined
  const eager = openedAnew(descriptor, constants.O_NONBLOCK) ?? patient
  let vain = 0
  let rest = 0
  let nextRest = firstRest
  const worthIt = (): void => {
    vain = 0
    nextRest = firstRest
  }
  const inVain = (): void => {
    if (++vain < mostVain) return
    rest = nextRest
    nextRest = Math.min(2 * nextRest, longestRest)
  }
  return {
    put(bytes, offset, size) {
      for (let tried = rest > 0 ? tries : 0; tried < tries; tried++) {
        try {
          const written = writeSync(eager, bytes, offset, size)
          if (tried > 0) worthIt()
          return written
        } catch (cause) {
          if (errorCode(cause) !== 'EAGAIN') throw cause
        }
      }
      if (rest > 0) rest--
      else inVain()
      return writeSync(patient, bytes, offset, size)
    },
    [Symbol.dispose]() {
      closeSync(patient)
      if (eager !== patient) closeSync(eager)
    },
  }
}

function openedAnew(descriptor: number, flags: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | flags)
  } catch {
    return undefined
  }
}
