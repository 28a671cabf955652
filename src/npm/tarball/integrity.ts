/** Hashes in lock files (Subresource Integrity, section 3.5). */
import { type FileHash, parseFileHash } from '../../base/digest.ts'

/** Sizes of hashes that npm knows, in bytes. */
const sizes: ReadonlyMap<string, number> = new Map([
  ['sha1', 20],
  ['sha256', 32],
  ['sha384', 48],
  ['sha512', 64],
])

/** Tells whether an integrity can be compared: it has a known hash, and none that is cut off. */
export function isIntegrity(text: string): boolean {
  const known = text.split(/\s+/).flatMap((each) => {
    const [algorithm = '', base64 = ''] = (each.split('?')[0] ?? '').split(/-(.*)/s)
    const size = sizes.get(algorithm)
    return size === undefined ? [] : [{ base64, size, raw: Buffer.from(base64, 'base64') }]
  })
  return (
    known.length > 0 && known.every(({ base64, size, raw }) => raw.length === size && raw.toString('base64') === base64)
  )
}

/** Returns the SHA-512 of an integrity; undefined if it has none. */
export function hashIn(integrity: string | undefined): FileHash | undefined {
  for (const each of (integrity ?? '').split(/\s+/)) {
    const [hash = ''] = each.split('?')
    if (hash.startsWith('sha512-')) return parseFileHash(hash)
  }
  return undefined
}
