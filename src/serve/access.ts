/** Who may ask: a password where one is set, and else no page of a browser that reached this machine by another name. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { isLoopback } from '../registry/name.ts'

/** A user and a password. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

/** What a request says of its sender. */
export interface Sender {
  /** Header `Authorization`. */
  readonly authorization?: string | undefined
  /** Header `Host`. */
  readonly host?: string | undefined
}

/** Status of the refusal, or undefined where a sender may ask. */
export function refusal({ authorization, host }: Sender, credentials: Credentials | undefined): 401 | 403 | undefined {
  if (credentials === undefined) return isLoopback(host ?? '') ? undefined : 403
  const [, given = ''] = /^Basic ([A-Za-z0-9+/=]+)$/.exec(authorization ?? '') ?? []
  const expected = Buffer.from(`${credentials.user}:${credentials.password}`, 'utf8').toString('base64')
  // Compared as digests, so that neither length nor content shows in the time it takes.
  return timingSafeEqual(hashOf(given), hashOf(expected)) ? undefined : 401
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
