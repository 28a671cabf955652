/** Access control: requires the password if one is set, and otherwise refuses browser pages that reach this machine under another name. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { isLoopback } from '../registry/name.ts'

/** A user and a password. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

/** Headers of a request that identify its sender. */
export interface Sender {
  /** Header `Authorization`. */
  readonly authorization?: string | undefined
  /** Header `Host`. */
  readonly host?: string | undefined
}

/** Returns the status of the refusal, or undefined if the request is allowed. */
export function refusal({ authorization, host }: Sender, credentials: Credentials | undefined): 401 | 403 | undefined {
  if (credentials === undefined) return isLoopback(host ?? '') ? undefined : 403
  const [, given = ''] = /^Basic ([A-Za-z0-9+/=]+)$/.exec(authorization ?? '') ?? []
  const expected = Buffer.from(`${credentials.user}:${credentials.password}`, 'utf8').toString('base64')
  // Compared as digests, so that timing reveals neither length nor content.
  return timingSafeEqual(hashOf(given), hashOf(expected)) ? undefined : 401
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
