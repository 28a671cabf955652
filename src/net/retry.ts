/**
 * Retries: which failures may be temporary, how long to wait, and how often one host is tried again.
 *
 * Bounded and deterministic: the pauses are a list, and its end is the end. All users of a `Network` share what they learn about a host:
 * its `Retry-After` (up to a minute) delays all of them, and its failures are counted together. Each attempt begins with `admission`.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { BuildError } from '../base/error.ts'
import type { Network } from './network.ts'

/** Pauses between attempts, in milliseconds: about eight seconds in total, as long as a server takes to restart. */
const defaultPauses: readonly number[] = [250, 500, 1000, 2000, 4000]

/** Longest pause that a server may request, in milliseconds. */
const longest = 60_000

/** Number of retries after silences: each has lasted a minute already. */
const mostSilences = 2

/** Number of retries that a host is allowed; each success gives one back. */
const mostFailures = 64

/** A temporary failure: the same request may succeed later. */
export class Passing extends Error {
  readonly failure: BuildError
  /** Pause that the server requested, in milliseconds. */
  readonly afterMilliseconds: number
  /** Whether the server kept an open connection, and sent nothing for too long. */
  readonly isSilence: boolean
  constructor(
    failure: BuildError,
    { afterMilliseconds = 0, isSilence = false }: Partial<Omit<Passing, 'failure'>> = {},
  ) {
    super(failure.message)
    this.failure = failure
    this.afterMilliseconds = afterMilliseconds
    this.isSilence = isSilence
  }
}

/** The host that attempts are made at, and how to cancel them. */
export interface Pacing {
  readonly url: URL
  readonly network: Network
  readonly signal: AbortSignal
}

/** Runs `work` until it succeeds, fails permanently, or the pauses are used up; then throws the failure. */
export async function retrying<T>(work: () => Promise<T>, pacing: Pacing): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      await admission(pacing)
      const result = await work()
      succeeded(pacing)
      return result
    } catch (thrown) {
      if (!(thrown instanceof Passing)) throw thrown
      await pauseBefore(attempt, thrown, pacing)
    }
  }
}

/** Waits before another attempt. @throws BuildError the failure, if no attempt is left */
export async function pauseBefore(attempt: number, passing: Passing, pacing: Pacing): Promise<void> {
  const { network, signal } = pacing
  const host = hostOf(pacing)
  const pause = (network.pauses ?? defaultPauses)[attempt]
  const isOver = pause === undefined || host.failures >= mostFailures || (passing.isSilence && attempt >= mostSilences)
  if (isOver) throw passing.failure
  host.failures++
  const asked = Math.min(passing.afterMilliseconds, longest)
  // Ends early if the work is stopped: a timer would keep the process running.
  if (asked > 0) host.held = Promise.all([host.held, delay(asked, undefined, { signal }).catch(() => {})])
  signal.throwIfAborted()
  if (pause > 0) await delay(pause, undefined, { signal })
}

/** Waits until the host's requested pause is over. */
export async function admission({ signal, ...pacing }: Pacing): Promise<void> {
  const { held } = hostOf({ signal, ...pacing })
  if (held === undefined) return
  const stopped = Promise.withResolvers<never>()
  const stop = (): void => stopped.reject(signal.reason)
  signal.addEventListener('abort', stop)
  try {
    signal.throwIfAborted()
    await Promise.race([held, stopped.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Gives the host an attempt back. */
export function succeeded(pacing: Pacing): void {
  const host = hostOf(pacing)
  host.failures = Math.max(0, host.failures - 1)
}

interface Host {
  failures: number
  /** Time at which the host may be tried again. */
  held: Promise<unknown> | undefined
}

const hosts = new WeakMap<Network, Map<string, Host>>()

function hostOf({ url, network }: Pacing): Host {
  const known = hosts.get(network) ?? new Map<string, Host>()
  hosts.set(network, known)
  const host = known.get(url.host) ?? { failures: 0, held: undefined }
  known.set(url.host, host)
  return host
}

/** Tells whether a response with this status may succeed later (RFC 9110 15.5.9, 15.6; RFC 6585 section 4). */
export function statusPasses(status: number): boolean {
  return status === 408 || status === 429 || status === 500 || (status >= 502 && status <= 504)
}

/**
 * Parses `Retry-After` as milliseconds (RFC 9110 10.2.3): a number of seconds, or a date.
 *
 * @param date - the response's own `Date`, from which a date counts: the clock of this machine may be wrong, and is not read.
 */
export function retryAfter(header: string = '', date: string = ''): number {
  const text = header.trim()
  if (/^\d+$/.test(text)) return Number(text) * 1000
  // What else Date.parse() takes for a date is not one of HTTP's three forms (RFC 9110 5.6.7).
  const pause = /^[A-Z][a-z]+,? .*\d\d:\d\d:\d\d/.test(text) ? Date.parse(text) - Date.parse(date) : 0
  return Number.isFinite(pause) ? Math.max(0, pause) : 0
}
