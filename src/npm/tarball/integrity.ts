/** Hashes in lock files (Subresource Integrity, section 3.5). */
import { type FileHash, parseFileHash } from '../../base/digest.ts'

/** Sizes of hashes that npm knows, in bytes. */
const sizes: ReadonlyMap<string, number> = new Map([
  ['sha1', 20],
  ['sha256', 32],
  ['sha384', 48],
  ['sha512', 64],
])

/** Returns the hashes of an integrity, such as "sha512-…", without options. */
export function hashesOf(integrity: string): readonly string[] {
  return integrity.split(/\s+/).map((each) => each.replace(/\?.*/s, ''))
}

/** Tells whether an integrity can be compared: it has a known hash, and none that is cut off. */
export function isIntegrity(text: string): boolean {
  const known = hashesOf(text).flatMap((hash) => {
    const [algorithm = '', base64 = ''] = hash.split(/-(.*)/s)
    const size = sizes.get(algorithm)
    return size === undefined ? [] : [{ base64, size, raw: Buffer.from(base64, 'base64') }]
  })
  return (
    known.length > 0 && known.every(({ base64, size, raw }) => raw.length === size && raw.toString('base64') === base64)
  )
}

/** Returns the SHA-512 of an integrity; undefined if it has none. */
export function hashIn(integrity: string | undefined): FileHash | undefined {
  const hash = hashesOf(integrity ?? '').find((each) => each.startsWith('sha512-'))
  return hash === undefined ? undefined : parseFileHash(hash)
}
