/**
 * OpenPGP signatures of cleartext messages.
 *
 * The rule: at least one good signature by a known key that is valid now, and none that is bad. Signatures by unknown keys say nothing.
 * The library is loaded here only, when something must be verified (RFC 9580).
 */
import type { PublicKey, VerifyMessageResult } from 'openpgp'
import { messageOf } from '../base/error.ts'
import { parseClearsigned } from './clearsign.ts'

/** What was found out about a signed file. */
export type Verification =
  | { readonly good: true; readonly text: string; readonly until: Date | undefined }
  | {
      readonly good: false
      readonly why: 'malformed' | 'unknown-keys' | 'bad-signature' | 'key-expired'
      /** Which key or which part. */
      readonly detail: string
    }

/**
 * Verifies a clearsigned file.
 *
 * @param keyring - public keys, binary or armoured.
 * @param now - when keys must be valid; signatures may be younger (what a wrong clock means is for the caller to say).
 * @returns `until`: when the last of the good keys expires.
 */
export async function verifyClearsigned(file: Uint8Array, keyring: Uint8Array, now: Date): Promise<Verification> {
  const whole = Buffer.from(file).toString('utf8')
  const parsed = parseClearsigned(whole)
  if (typeof parsed === 'string') return { good: false, why: 'malformed', detail: parsed }
  const { readCleartextMessage, verify } = await import('openpgp')
  const keys = await readKeyring(keyring)
  const message = await readCleartextMessage({ cleartextMessage: whole }).catch(messageOf)
  if (typeof message === 'string') return { good: false, why: 'malformed', detail: message }
  const { data, signatures } = await verify({ message, verificationKeys: [...keys], date: farFuture })
  // What is used is what our own strict reader saw; both readers must have seen the same.
  if (typeof data !== 'string' || withoutLineEnds(data) !== withoutLineEnds(parsed.text))
    return { good: false, why: 'malformed', detail: 'can be read in two ways' }
  const judged = await Promise.all(signatures.map((signature) => judge(signature, keys, now)))
  return summary(judged, parsed.text)
}

/** Public keys, binary or armoured; keys of kinds that nothing here can read are passed over. */
async function readKeyring(keyring: Uint8Array): Promise<readonly PublicKey[]> {
  const { readKeys } = await import('openpgp')
  const armoured = Buffer.from(keyring.subarray(0, 4096)).toString('latin1').includes('-----BEGIN PGP')
  return armoured ? readKeys({ armoredKeys: Buffer.from(keyring).toString('utf8') }) : readKeys({ binaryKeys: keyring })
}

/** Signatures must not be refused for being younger than this machine's clock: that is told apart later. */
const farFuture: Date = new Date(8.64e15)

type Signature = VerifyMessageResult['signatures'][number]

type Judgement =
  | { readonly kind: 'good'; readonly until: Date | undefined }
  | { readonly kind: 'unknown' | 'bad'; readonly key: string }
  | { readonly kind: 'expired'; readonly key: string; readonly reason: string }

async function judge(signature: Signature, keys: readonly PublicKey[], now: Date): Promise<Judgement> {
  const key = signature.keyID.toHex().toUpperCase()
  const owner = keys.find((candidate) => candidate.getKeys(signature.keyID).length > 0)
  if (owner === undefined) return { kind: 'unknown', key }
  try {
    // First, because a signature by a key that is no longer valid is not a bad one: it says nothing.
    const signing = await owner.getSigningKey(signature.keyID, now)
    const until = earlier(await owner.getExpirationTime(), await signing.getExpirationTime())
    return (await isGood(signature)) ? { kind: 'good', until } : { kind: 'bad', key }
  } catch (cause) {
    return { kind: 'expired', key, reason: messageOf(cause) }
  }
}

async function isGood(signature: Signature): Promise<boolean> {
  return signature.verified.then(
    () => true,
    () => false,
  )
}

function summary(judged: readonly Judgement[], text: string): Verification {
  const bad = judged.find((each) => each.kind === 'bad')
  if (bad?.kind === 'bad') return { good: false, why: 'bad-signature', detail: bad.key }
  const good = judged.filter((each) => each.kind === 'good')
  if (good.length > 0) return { good: true, text, until: latest(good.map((each) => each.until)) }
  const expired = judged.find((each) => each.kind === 'expired')
  if (expired?.kind === 'expired')
    return { good: false, why: 'key-expired', detail: `${expired.key}: ${expired.reason}` }
  const unknown = judged.flatMap((each) => (each.kind === 'unknown' ? [each.key] : []))
  return { good: false, why: 'unknown-keys', detail: unknown.join(', ') || 'no signature' }
}

type Expiry = Date | number | null

function earlier(a: Expiry, b: Expiry): Date | undefined {
  const dates = [a, b].filter((each) => each instanceof Date)
  return dates.sort((x, y) => x.getTime() - y.getTime())[0]
}

function latest(dates: readonly (Date | undefined)[]): Date | undefined {
  return dates.reduce((a, b) => {
    if (a === undefined || b === undefined) return undefined
    return a.getTime() > b.getTime() ? a : b
  })
}

function withoutLineEnds(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(/\n+$/, '')
}
