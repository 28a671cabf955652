/**
 * Parses cleartext-signed messages, strictly.
 *
 * Follows RFC 9580, section 7. Lenient readers skip lines before and after the armour, which a person (or another reader) could mistake
 * for signed text; here the file must contain the message and nothing else.
 */

/** A message in its parts. */
export interface Clearsigned {
  /** The signed text: dash escapes removed, lines joined by "\n", trailing whitespace stripped, no final newline. */
  readonly text: string
  /** The armoured signatures. */
  readonly signature: string
}

const begin = '-----BEGIN PGP SIGNED MESSAGE-----'
const beginSignature = '-----BEGIN PGP SIGNATURE-----'
const endSignature = '-----END PGP SIGNATURE-----'

/** Parses a signed file. Returns the reason as a string when the file is not a valid signed message. */
export function parseClearsigned(file: string): Clearsigned | string {
  const lines = file.replace(/\r\n/g, '\n').replace(/\n$/, '').split('\n')
  if (lines[0]?.trimEnd() !== begin) return 'does not begin with a signed message'
  if (lines.at(-1)?.trimEnd() !== endSignature) return 'does not end with a signature'
  const start = lines.indexOf('') + 1
  const middle = lines.indexOf(beginSignature)
  if (start === 0 || middle < start) return 'has no signature after its text'
  if (!lines.slice(1, start - 1).every((line) => /^Hash: [A-Za-z0-9, -]+$/.test(line)))
    return 'has an unknown armour header'
  const body = lines.slice(start, middle)
  const escaped = body.every((line) => !line.startsWith('-') || line.startsWith('- '))
  const armour = lines.slice(middle + 1, -1)
  if (!escaped || armour.some((line) => line.startsWith('-----'))) return 'holds more than one message'
  return {
    text: body.map((line) => (line.startsWith('- ') ? line.slice(2) : line).replace(/[ \t]+$/, '')).join('\n'),
    signature: lines.slice(middle).join('\n'),
  }
}
