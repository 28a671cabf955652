/**
 * Trying again: which failures may pass, and how long to wait.
 *
 * Bounded and without chance: the pauses are a list, and its end is the end. A server's own `Retry-After` makes a pause longer, up to
 * a minute.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { BuildError } from '../base/error.ts'

/** Pauses in milliseconds between attempts: about eight seconds in all, what a mirror's restart takes. */
export const pauses: readonly number[] = [250, 500, 1000, 2000, 4000]

/** The longest pause that a server may ask for, in milliseconds. */
const longest = 60_000

/** A failure that may pass: the same request may succeed later. */
export class Passing extends Error {
  readonly failure: BuildError
  /** What the server asked for, in milliseconds. */
  readonly afterMilliseconds: number
  constructor(failure: BuildError, afterMilliseconds: number = 0) {
    super(failure.message)
    this.failure = failure
    this.afterMilliseconds = afterMilliseconds
  }
}

/** How attempts are paced and stopped. */
export interface Pacing {
  readonly pauses: readonly number[]
  readonly signal: AbortSignal
}

/** Works until it succeeds, fails for good, or the pauses are used up; then throws what failed. */
export async function retrying<T>(work: () => Promise<T>, pacing: Pacing): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (thrown) {
      if (!(thrown instanceof Passing)) throw thrown
      await pauseBefore(attempt, thrown, pacing)
    }
  }
}

/** Waits before another attempt. @throws BuildError the failure, when there is none left */
export async function pauseBefore(attempt: number, passing: Passing, { pauses, signal }: Pacing): Promise<void> {
  const pause = pauses[attempt]
  if (pause === undefined) throw passing.failure
  const milliseconds = Math.max(pause, Math.min(passing.afterMilliseconds, longest))
  signal.throwIfAborted()
  if (milliseconds > 0) await delay(milliseconds, undefined, { signal })
}

/** Whether an answer with this status may be another one later (RFC 9110 15.5.9, 15.6; RFC 6585 section 4). */
export function statusPasses(status: number): boolean {
  return status === 408 || status === 429 || status === 500 || (status >= 502 && status <= 504)
}

/** `Retry-After` in seconds, as milliseconds; a date in it counts as nothing, since there is no clock here (RFC 9110 10.2.3). */
export function retryAfter(header: string | undefined): number {
  return header !== undefined && /^\d{1,6}$/.test(header.trim()) ? Number(header) * 1000 : 0
}
