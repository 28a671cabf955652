/**
 * Verifies OpenPGP signatures of cleartext messages.
 *
 * The rule: at least one good signature by a known, currently valid key, and no bad one. Signatures by unknown keys are ignored.
 * The library is loaded here only, when something must be verified (RFC 9580).
 */
import type { PublicKey, VerifyMessageResult } from 'openpgp'
import { messageOf } from '../base/error.ts'
import { parseClearsigned } from './clearsign.ts'

/** Result of verifying a signed file. */
export type Verification =
  | { readonly good: true; readonly text: string; readonly until: Date | undefined }
  | {
      readonly good: false
      readonly why: 'malformed' | 'unknown-keys' | 'bad-signature' | 'key-expired'
      /** The key or the part concerned. */
      readonly detail: string
    }

/**
 * Verifies a clearsigned file.
 *
 * @param keyring - public keys, binary or armoured.
 * @param now - time at which keys must be valid; signatures may be newer (the caller decides what that says about the clock).
 * @returns `until`: expiry time of the last good key.
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
  // The text that is used comes from our own strict parser, so both parsers must agree on it.
  if (typeof data !== 'string' || withoutLineEnds(data) !== withoutLineEnds(parsed.text))
    return { good: false, why: 'malformed', detail: 'is ambiguous: two parsers read it differently' }
  const judged = await Promise.all(signatures.map((signature) => judge(signature, keys, now)))
  return summary(judged, parsed.text)
}

/** Reads public keys, binary or armoured; keys of unsupported kinds are skipped. */
async function readKeyring(keyring: Uint8Array): Promise<readonly PublicKey[]> {
  const { readKeys } = await import('openpgp')
  const armoured = Buffer.from(keyring.subarray(0, 4096)).toString('latin1').includes('-----BEGIN PGP')
  return armoured ? readKeys({ armoredKeys: Buffer.from(keyring).toString('utf8') }) : readKeys({ binaryKeys: keyring })
}

/** Accepts signatures newer than this machine's clock: the caller reports a wrong clock separately. */
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
    // Checked first: a signature by an expired key is not bad, it proves nothing.
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
