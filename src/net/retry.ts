/**
 * Trying again: which failures may pass, how long to wait, and how often one host is asked again.
 *
 * Bounded and without chance: the pauses are a list, and its end is the end. All who share a `Network` share what they learn of a host:
 * its `Retry-After` (up to a minute) holds all of them, and its failures are counted together.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { BuildError } from '../base/error.ts'
import type { Network } from './network.ts'

/** Pauses in milliseconds between attempts: about eight seconds in all, as long as a server takes to restart. */
const defaultPauses: readonly number[] = [250, 500, 1000, 2000, 4000]

/** The longest pause that a server may ask for, in milliseconds. */
const longest = 60_000

/** Attempts after failures that a host is given; each success gives one back. */
const mostFailures = 64

/** A failure that may pass: the same request may succeed later. */
export class Passing extends Error {
  readonly failure: BuildError
  /** The pause that the server asked for, in milliseconds. */
  readonly afterMilliseconds: number
  constructor(failure: BuildError, afterMilliseconds: number = 0) {
    super(failure.message)
    this.failure = failure
    this.afterMilliseconds = afterMilliseconds
  }
}

/** Whom attempts are made at, and how they are stopped. */
export interface Pacing {
  readonly url: URL
  readonly network: Network
  readonly signal: AbortSignal
}

/** Works until it succeeds, fails for good, or the pauses are used up; then throws what failed. */
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

/** Waits before another attempt. @throws BuildError the failure, when there is none left */
export async function pauseBefore(attempt: number, passing: Passing, pacing: Pacing): Promise<void> {
  const { network, signal } = pacing
  const host = hostOf(pacing)
  const pause = (network.pauses ?? defaultPauses)[attempt]
  if (pause === undefined || host.failures >= mostFailures) throw passing.failure
  host.failures++
  const asked = Math.min(passing.afterMilliseconds, longest)
  if (asked > 0) host.held = Promise.all([host.held, delay(asked)])
  signal.throwIfAborted()
  if (pause > 0) await delay(pause, undefined, { signal })
  await admission(pacing)
}

/** Waits for as long as the host has asked anyone to wait. */
async function admission({ signal, ...pacing }: Pacing): Promise<void> {
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
  /** Until the host may be asked again. */
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

/** Whether an answer with this status may be another one later (RFC 9110 15.5.9, 15.6; RFC 6585 section 4). */
export function statusPasses(status: number): boolean {
  return status === 408 || status === 429 || status === 500 || (status >= 502 && status <= 504)
}

/** `Retry-After` in seconds, as milliseconds; a date in it counts as nothing, since there is no clock here (RFC 9110 10.2.3). */
export function retryAfter(header: string | undefined): number {
  return header !== undefined && /^\d{1,6}$/.test(header.trim()) ? Number(header) * 1000 : 0
}
