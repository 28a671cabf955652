/**
 * Writes a Java key store of trusted certificates in the JKS format, version 2, which every Java reads whatever its default.
 *
 * Follows the class comment of OpenJDK's `sun.security.provider.JavaKeyStore`: magic, version, count, entries (tag 2, alias, time, type,
 * encoding), then a SHA-1 over the password in UTF-16BE, the words "Mighty Aphrodite" and everything before it.
 */
import { hash } from 'node:crypto'

/** A trusted certificate. */
export interface CertificateEntry {
  readonly alias: string
  readonly der: Uint8Array
}

/** Password of every Java's own trust store. */
const password = 'changeit'
/** Creation time of all entries: second 1, in milliseconds. */
const added = 1000n

/** Serialises a key store; entries sorted by alias. */
export function formatKeystore(certificates: readonly CertificateEntry[]): Uint8Array {
  const sorted = [...certificates].sort((a, b) => (a.alias < b.alias ? -1 : 1))
  const body = Buffer.concat([u32(0xfeedfeed), u32(2), u32(sorted.length), ...sorted.flatMap(entryBytes)])
  const digested = Buffer.concat([utf16be(password), Buffer.from('Mighty Aphrodite', 'latin1'), body])
  return Buffer.concat([body, hash('sha1', digested, 'buffer')])
}

function entryBytes({ alias, der }: CertificateEntry): readonly Uint8Array[] {
  return [u32(2), text(alias), time(), text('X.509'), u32(der.length), der]
}

function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function time(): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(added)
  return bytes
}

// java.io.DataOutput.writeUTF; its modified UTF-8 differs only for NUL and characters outside the BMP, which no file name here has.
function text(value: string): Uint8Array {
  const bytes = Buffer.from(value, 'utf8')
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function utf16be(value: string): Uint8Array {
  return Buffer.from(value, 'utf16le').swap16()
}
