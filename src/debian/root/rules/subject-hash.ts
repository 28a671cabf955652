/**
 * Hash of a certificate's subject, by which OpenSSL finds an authority in a directory and `openssl rehash` names its links.
 *
 * The input of the hash is a canonical form of the name (x509_name_canon in OpenSSL's crypto/x509/x_name.c): every string as UTF8String,
 * ASCII letters in lower case, without leading, trailing and repeated spaces; the sets one after another, without the sequence around them.
 * The first four bytes of its SHA-1, read as a little-endian number, are the hash. DER: X.690, section 8.1; the certificate: RFC 5280,
 * section 4.1.
 */
import { hash } from 'node:crypto'

/** A value by its tag and the bytes of its contents. */
interface Value {
  readonly tag: number
  readonly contents: Buffer
}

const tags = { integer: 0x02, utf8: 0x0c, bmp: 0x1e, sequence: 0x30, set: 0x31, version: 0xa0 }
/**
 * Printable, T61, IA5 and Visible: one byte per character.
 */
const byteStrings: readonly number[] = [0x13, 0x14, 0x16, 0x1a]

/** Eight hexadecimal digits; undefined if the input is not a certificate. */
export function subjectHash(der: Uint8Array): string | undefined {
  const subject = subjectOf(Buffer.from(der))
  if (subject === undefined) return undefined
  const canonical = valuesIn(subject)?.map(canonicalSet)
  if (canonical === undefined) return undefined
  return hash('sha1', Buffer.concat(canonical), 'buffer').readUInt32LE(0).toString(16).padStart(8, '0')
}

/** Contents of the subject: the fifth field after the version, which is optional. */
function subjectOf(der: Buffer): Buffer | undefined {
  const [certificate] = valuesIn(der) ?? []
  const [signed] = (certificate?.tag === tags.sequence && valuesIn(certificate.contents)) || []
  const fields = (signed?.tag === tags.sequence && valuesIn(signed.contents)) || []
  const subject = fields[fields[0]?.tag === tags.version ? 5 : 4]
  return subject?.tag === tags.sequence ? subject.contents : undefined
}

/** One or several attributes; a set is written in the order of its members' bytes. */
function canonicalSet({ contents }: Value): Buffer {
  const attributes = (valuesIn(contents) ?? []).map((attribute) => {
    const [type, value] = valuesIn(attribute.contents) ?? []
    const both = [type, value].flatMap((each) => (each === undefined ? [] : [encoded(canonicalValue(each))]))
    return encoded({ tag: tags.sequence, contents: Buffer.concat(both) })
  })
  return encoded({ tag: tags.set, contents: Buffer.concat(attributes.sort(Buffer.compare)) })
}

function canonicalValue(value: Value): Value {
  const text = textOf(value)
  if (text === undefined) return value
  const folded = text
    .replace(/[ \t\n\v\f\r]+/g, ' ')
    .replace(/^ | $/g, '')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  return { tag: tags.utf8, contents: Buffer.from(folded, 'utf8') }
}

/** Characters of a string; undefined if it is not a string. (UniversalString, which is never used, is passed through.) */
function textOf({ tag, contents }: Value): string | undefined {
  if (tag === tags.utf8) return contents.toString('utf8')
  if (byteStrings.includes(tag)) return contents.toString('latin1')
  // Most significant byte first; bytes are copied, since swapping happens in place.
  if (tag === tags.bmp && contents.length % 2 === 0) return Buffer.from(contents).swap16().toString('utf16le')
  return undefined
}

/** Splits values; undefined if the bytes end within one. */
function valuesIn(bytes: Buffer): readonly Value[] | undefined {
  const values: Value[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = lengthAt(bytes, at + 1)
    if (size === undefined || size.end > bytes.length) return undefined
    values.push({ tag: bytes.readUInt8(at), contents: bytes.subarray(size.start, size.end) })
    at = size.end
  }
  return values
}

/** Start and end of the contents after a length (X.690, 8.1.3). */
function lengthAt(bytes: Buffer, at: number): { readonly start: number; readonly end: number } | undefined {
  const first = bytes[at]
  if (first === undefined) return undefined
  if (first < 0x80) return { start: at + 1, end: at + 1 + first }
  const start = at + 1 + (first & 0x7f)
  // A certificate's lengths fit into four bytes; the form without a length is not DER.
  if (first === 0x80 || first > 0x84 || start > bytes.length) return undefined
  return { start, end: start + bytes.readUIntBE(at + 1, first & 0x7f) }
}

function encoded({ tag, contents }: Value): Buffer {
  const { length } = contents
  const long = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...long]), contents])
}
