/**
 * Digests: `sha256:<64 hex>` everywhere inside; SRI (`sha256-<base64>`) and Nix's base-32 only at the edges.
 *
 * Follows the OCI image specification's "Digests" section (only the registered algorithm sha256 is made; others are refused where met).
 */
import { createHash, hash, timingSafeEqual } from 'node:crypto'
import { formatNix32, parseNix32 } from './nix32.ts'

export type Digest = `sha256:${string}`

/** The digest of bytes held in memory (a string counts as UTF-8). */
export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${hash('sha256', bytes, 'hex')}`
}

/** The digest of bytes in order. */
export function digestOfAll(bytes: Iterable<Uint8Array>): Digest {
  const hasher = createHash('sha256')
  for (const chunk of bytes) hasher.update(chunk)
  return `sha256:${hasher.digest('hex')}`
}

/** Whether a text is a sha256 digest in its one accepted spelling. */
export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text)
}

/** The digest with this 64-digit hex text; undefined when it is none. */
export function digestFromHex(hex: string): Digest | undefined {
  const text = `sha256:${hex}`
  return isDigest(text) ? text : undefined
}

/** The 64 hex digits. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length)
}

/** The 32 raw bytes. */
function rawOf(digest: Digest): Uint8Array {
  return Buffer.from(hexOf(digest), 'hex')
}

/** Compares in constant time. */
export function sameDigest(a: Digest, b: Digest): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}

/** A digest as SRI. Inverse of `parseHash` for that form. */
export function formatSri(digest: Digest): string {
  return `sha256-${Buffer.from(rawOf(digest)).toString('base64')}`
}

/** A digest as Nix writes it in its database and in narinfos: `sha256:<52 base-32>`. */
export function formatNixHash(digest: Digest): string {
  return `sha256:${formatNix32(rawOf(digest))}`
}

/**
 * Reads any spelling people use for a SHA-256: SRI, `sha256:hex`, bare hex (64), Nix's base-32 (52), each with or without `sha256:`.
 *
 * @returns undefined when the text is none of them.
 */
export function parseHash(text: string): Digest | undefined {
  const sri = /^sha256-([A-Za-z0-9+/]{43}=)$/.exec(text)
  if (sri?.[1] !== undefined) return digestFromHex(Buffer.from(sri[1], 'base64').toString('hex'))
  const bare = text.startsWith('sha256:') ? text.slice(7) : text
  if (/^[0-9a-fA-F]{64}$/.test(bare)) return digestFromHex(bare.toLowerCase())
  if (bare.length !== 52) return undefined
  const raw = parseNix32(bare)
  return raw === undefined ? undefined : digestFromHex(Buffer.from(raw).toString('hex'))
}
