/** The hashes that lock files state (Subresource Integrity, section 3.5). */
import { type FileHash, parseFileHash } from '../../base/digest.ts'

/** The SHA-512 of an integrity; undefined where it has none. */
export function hashIn(integrity: string | undefined): FileHash | undefined {
  for (const each of (integrity ?? '').split(/\s+/)) {
    const [hash = ''] = each.split('?')
    if (hash.startsWith('sha512-')) return parseFileHash(hash)
  }
  return undefined
}
