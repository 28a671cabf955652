/**
 * `InRelease`: the signed file that authenticates everything else in a suite.
 *
 * Follows the Debian repository format. Signature, codename and dates are checked before any of it is used; expiry matters only when
 * locking, so an old lock builds indefinitely.
 */
import { type Digest, digestFromHex, digestOf } from '../../base/digest.ts'
import { fail } from '../../base/error.ts'
import { formatTime } from '../../base/time.ts'
import { parseClearsigned } from '../../format/clearsign.ts'
import { type Paragraph, parseParagraph } from '../../format/control.ts'
import type { Verification } from '../../format/openpgp.ts'
import type { Workshop } from '../../source/package.ts'
import type { LockedIndex } from '../lock/resolution.ts'
import type { DebianSet } from '../options.ts'
import { readKeyring } from './keyring.ts'

/** A verified release file. */
export interface Release {
  readonly digest: Digest
  /** RFC 3339. */
  readonly date: string
  /** Entry of a file below the suite's directory. */
  entry(file: string): { readonly sha256: Digest; readonly size: number } | undefined
}

/** How far a mirror's clock may be ahead of this machine's, in milliseconds. */
const tolerance = 3_600_000

/** Verifies an `InRelease`. `earlier` is the lock's record of the same suite. @throws BuildError debian.* */
export async function checkRelease(
  bytes: Uint8Array,
  about: { readonly suite: string; readonly set: DebianSet; readonly earlier: LockedIndex | undefined },
  shop: Workshop,
): Promise<Release> {
  const digest = digestOf(bytes)
  const { suite, earlier } = about
  const fields = parseParagraph(await verifiedText(bytes, about, shop))
  if (fields.get('codename') !== suite) refuseMismatch(suite, fields)
  const date = timeOf(fields, 'date', suite)
  const now = shop.now.getTime()
  if (date > now + tolerance) refuseFuture(suite, date, now)
  const until = fields.has('valid-until') ? timeOf(fields, 'valid-until', suite) : undefined
  if (until !== undefined && until < now) refuseExpired(suite, until)
  const written = formatTime(date / 1000)
  if (earlier !== undefined && written < earlier.date) refuseOlder(suite, written, earlier.date)
  return { digest, date: written, entry: (file) => entryOf(fields.get('sha256') ?? '', file) }
}

/** Returns a function that finds entries of an `InRelease` whose digest was verified when the lock was made. @throws BuildError debian.release-invalid */
export function entriesOf(bytes: Uint8Array, suite: string): Release['entry'] {
  const parsed = parseClearsigned(Buffer.from(bytes).toString('utf8'))
  if (typeof parsed === 'string') return refuseInvalid(suite, parsed)
  const list = parseParagraph(parsed.text).get('sha256') ?? ''
  return (file) => entryOf(list, file)
}

/** Returns the signed text; a successful verification with the same keyring is not repeated before a key expires. */
async function verifiedText(
  bytes: Uint8Array,
  { suite, set }: { readonly suite: string; readonly set: DebianSet },
  shop: Workshop,
): Promise<string> {
  const keyring = readKeyring(set, shop)
  const key = `${digestOf(bytes)} ${digestOf(keyring)}`
  const until = shop.store.memory.fact('openpgp-1', key)
  const parsed = parseClearsigned(Buffer.from(bytes).toString('utf8'))
  if (until !== undefined && shop.now.getTime() < Number(until) && typeof parsed !== 'string') return parsed.text
  const { verifyClearsigned } = await import('../../format/openpgp.ts')
  const found = await verifyClearsigned(bytes, keyring, shop.now)
  if (!found.good) return refuseSignature(suite, found)
  shop.store.memory.rememberFact('openpgp-1', key, String(found.until?.getTime() ?? Number.MAX_SAFE_INTEGER))
  return found.text
}

function entryOf(list: string, file: string): { readonly sha256: Digest; readonly size: number } | undefined {
  const line = list.split('\n').find((each) => each.endsWith(` ${file}`))
  const [, hex = '', size = ''] = /^ *([0-9a-f]{64}) +(\d{1,15}) /.exec(line ?? '') ?? []
  const sha256 = digestFromHex(hex)
  return sha256 === undefined ? undefined : { sha256, size: Number(size) }
}

/** Parses a date of RFC 5322 in UTC, in milliseconds. */
function timeOf(fields: Paragraph, field: string, suite: string): number {
  const text = fields.get(field) ?? ''
  const time = /(UTC|GMT|\+0000)$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? refuseInvalid(suite, `has no readable ${field} (${JSON.stringify(text)})`) : time
}

function refuseSignature(suite: string, found: Verification & { readonly good: false }): never {
  const detail = { suite, keys: found.detail }
  switch (found.why) {
    case 'malformed':
      return refuseInvalid(suite, found.detail)
    case 'bad-signature':
      return fail(
        'debian.signature-bad',
        `The InRelease of ${suite} was changed after it was signed (key ${found.detail}).`,
        {
          remedy: 'Use another mirror, and do not trust this one.',
          detail,
        },
      )
    case 'key-expired':
      return fail(
        'debian.key-expired',
        `The InRelease of ${suite} is signed by a key that is not currently valid (${found.detail}).`,
        {
          remedy:
            "Check this machine's clock; otherwise use a newer slipway, or pass `keyring`, a file of the archive's current keys.",
          detail,
        },
      )
    case 'unknown-keys':
      return fail(
        'debian.signature-untrusted',
        `No known key signed the InRelease of ${suite} (it names ${found.detail}).`,
        {
          remedy: "Pass `keyring`, a file of this archive's public keys, or use another mirror.",
          detail,
        },
      )
  }
}

function refuseInvalid(suite: string, what: string): never {
  return fail('debian.release-invalid', `The InRelease of ${suite} ${what}.`, {
    remedy: 'Use another mirror: this is not what the archive published.',
    detail: { suite },
  })
}

function refuseMismatch(suite: string, fields: Paragraph): never {
  const codename = fields.get('codename') ?? 'nothing'
  const moving = fields.get('suite') === suite
  return fail('debian.release-mismatch', `The mirror's InRelease of "${suite}" has the codename ${codename}.`, {
    remedy: moving ? `Write suite: "${codename}".` : 'Check the suite and the mirror: this is another release.',
    detail: { suite, codename },
  })
}

function refuseFuture(suite: string, date: number, now: number): never {
  const times = `${formatTime(date / 1000)}, but this machine's clock is at ${formatTime(Math.floor(now / 1000))}`
  return fail('debian.clock', `The InRelease of ${suite} is dated ${times}.`, {
    remedy: "Set this machine's clock.",
    detail: { suite },
  })
}

function refuseExpired(suite: string, until: number): never {
  return fail('debian.release-expired', `The InRelease of ${suite} was valid until ${formatTime(until / 1000)}.`, {
    remedy: "Use a mirror that is up to date, or check this machine's clock. A build with a lock needs no InRelease.",
    detail: { suite },
  })
}

function refuseOlder(suite: string, date: string, earlier: string): never {
  return fail(
    'debian.release-older',
    `The mirror's InRelease of ${suite} is dated ${date}; the lock was made from one dated ${earlier}.`,
    {
      remedy: 'Use an up-to-date mirror: this one is outdated, or replays an old state.',
      detail: { suite, date, earlier },
    },
  )
}
