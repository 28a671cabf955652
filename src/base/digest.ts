/**
 * Digests: `sha256:<64 hex>` everywhere inside; SRI (`sha256-<base64>`) and Nix's base-32 only at the edges.
 *
 * Follows the OCI image specification's "Digests" section (slipway computes only the registered algorithm sha256 and refuses others where
 * it meets them). Content published by others may be pinned by a SHA-512 instead: a `FileHash`, which slipway compares and prints but never
 * writes into an image.
 */
import { createHash, hash, timingSafeEqual } from 'node:crypto'
import { formatNix32, parseNix32 } from './nix32.ts'

/** Digest of bytes: "sha256:" and 64 hex digits (OCI image specification, descriptor.md, "Digests"). */
export type Digest = `sha256:${string}`

/** Hash that pins a download: a SHA-256, or a SHA-512 as registries and Nix expressions give it, `sha512:<128 hex>`. */
export type FileHash = Digest | `sha512:${string}`

/** Algorithms of file hashes, with their sizes in bytes. */
const algorithms = { sha256: 32, sha512: 64 } as const

/** Algorithm of a file hash, by its name in node:crypto. */
export function algorithmOf(hash: FileHash): 'sha256' | 'sha512' {
  return hash.startsWith('sha512:') ? 'sha512' : 'sha256'
}

/** Computes the digest of bytes held in memory (a string is encoded as UTF-8). */
export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${hash('sha256', bytes, 'hex')}`
}

/** Computes the digest of ordered bytes. */
export function digestOfAll(bytes: Iterable<Uint8Array>): Digest {
  const hasher = createHash('sha256')
  for (const chunk of bytes) hasher.update(chunk)
  return `sha256:${hasher.digest('hex')}`
}

/** Tells whether a string is a sha256 digest in its one accepted spelling. */
export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text)
}

/** Makes a digest of 64 hex digits; undefined for any other string. */
export function digestFromHex(hex: string): Digest | undefined {
  const text = `sha256:${hex}`
  return isDigest(text) ? text : undefined
}

/** Returns the 64 hex digits. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length)
}

/** Returns the raw bytes: 32, or 64 for a SHA-512. */
export function rawOf(hash: FileHash): Uint8Array {
  return Buffer.from(hash.slice(hash.indexOf(':') + 1), 'hex')
}

/** Compares two hashes in constant time. */
export function sameDigest(a: FileHash, b: FileHash): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}

/** Formats a hash as SRI. Inverse of `parseFileHash` for that form. */
export function formatSri(hash: FileHash): string {
  return `${algorithmOf(hash)}-${Buffer.from(rawOf(hash)).toString('base64')}`
}

/** Formats a digest as Nix writes it in its database and in narinfos: `sha256:<52 base-32>`. */
export function formatNixHash(digest: Digest): string {
  return `sha256:${formatNix32(rawOf(digest))}`
}

/**
 * Parses any common spelling of a SHA-256: SRI, or 64 digits in hex, 52 in Nix's base-32 or 44 in base-64, with or without `sha256:`.
 *
 * @returns undefined if the string is none of these.
 */
export function parseHash(text: string): Digest | undefined {
  const hex = hexFrom(text, 'sha256')
  return hex === undefined ? undefined : `sha256:${hex}`
}

/** Parses any spelling of a SHA-256 or a SHA-512; without a prefix the length decides. */
export function parseFileHash(text: string): FileHash | undefined {
  const hex = hexFrom(text, 'sha512')
  return hex === undefined ? parseHash(text) : `sha512:${hex}`
}

function hexFrom(text: string, algorithm: keyof typeof algorithms): string | undefined {
  const size = algorithms[algorithm]
  const raw = rawFrom(text, algorithm, size)
  return raw?.length === size ? Buffer.from(raw).toString('hex') : undefined
}

function rawFrom(text: string, algorithm: string, size: number): Uint8Array | undefined {
  if (text.startsWith(`${algorithm}-`)) return parseBase64(text.slice(algorithm.length + 1))
  const bare = text.startsWith(`${algorithm}:`) ? text.slice(algorithm.length + 1) : text
  if (bare.length === 2 * size) return /^[0-9a-fA-F]+$/.test(bare) ? Buffer.from(bare, 'hex') : undefined
  return bare.length === Math.ceil((size * 8) / 5) ? parseNix32(bare) : parseBase64(bare)
}

function parseBase64(text: string): Uint8Array | undefined {
  const raw = Buffer.from(text, 'base64')
  return raw.toString('base64') === text ? raw : undefined
}
