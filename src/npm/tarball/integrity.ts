/** Hashes in lock files (Subresource Integrity, section 3.5). */
import { type FileHash, parseFileHash } from '../../base/digest.ts'

/** Returns the SHA-512 of an integrity; undefined if it has none. */
export function hashIn(integrity: string | undefined): FileHash | undefined {
  for (const each of (integrity ?? '').split(/\s+/)) {
    const [hash = ''] = each.split('?')
    if (hash.startsWith('sha512-')) return parseFileHash(hash)
  }
  return undefined
}
