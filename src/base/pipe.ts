/**
 * A pipe, written to in whichever of two ways is faster here and now.
 *
 * Whole: a chunk in one write, which sleeps as often as the pipe is full: best where writer and reader share a processor. Eager: 8 KiB at
 * a time, so that the reader starts while the pipe is not yet full, and a full pipe is tried again a few times before this thread sleeps:
 * best where each has its own processor, since being woken takes longer than the reader takes to make room. Each is up to twice as fast
 * as the other (measured), and what else the machine does decides which: so both are timed, and again now and then.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { contestOf } from './contest.ts'
import { errorCode } from './error.ts'

/** A pipe; disposing of it closes what was opened for it, not the descriptor that was given. */
export interface Pipe extends Disposable {
  /** Writes all of it, waiting for room. */
  write(bytes: Uint8Array): void
}

const eagerWrite = 8192
/** Some 30 µs. */
const tries = 8
/** In bytes: the time that less takes says little. */
const worthTiming = 65_536

/**
 * The pipe behind a descriptor, opened anew with flags of its own; undefined where the system does not do that: no /proc, another user's
 * pipe.
 */
export function openPipe(descriptor: number): Pipe | undefined {
  const patient = openedAnew(descriptor, 0)
  if (patient === undefined) return undefined
  const impatient = openedAnew(descriptor, constants.O_NONBLOCK) ?? patient
  const whole = (bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length; ) done += writeSync(patient, bytes, done)
  }
  const eager = (bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length; ) {
      const size = Math.min(eagerWrite, bytes.length - done)
      done += trySome(impatient, bytes, done, size) ?? writeSync(patient, bytes, done, size)
    }
  }
  const ways = contestOf([whole, eager])
  return {
    write(bytes) {
      if (bytes.length < worthTiming) return whole(bytes)
      const way = ways.next()
      const start = performance.now()
      way(bytes)
      ways.took((performance.now() - start) / bytes.length)
    },
    [Symbol.dispose]() {
      closeSync(patient)
      if (impatient !== patient) closeSync(impatient)
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

/** Undefined when the pipe stays full. */
function trySome(descriptor: number, bytes: Uint8Array, offset: number, size: number): number | undefined {
  for (let left = tries; left > 0; left--) {
    try {
      return writeSync(descriptor, bytes, offset, size)
    } catch (cause) {
      if (errorCode(cause) !== 'EAGAIN') throw cause
    }
  }
  return undefined
}
