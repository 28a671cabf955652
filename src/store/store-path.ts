/**
 * Store paths: pure functions from names and hashes to `<32 base-32 characters>-<name>`.
 *
 * Follows the Nix manual, "Complete Store Path Calculation": path = base-32 of the SHA-256, folded to 20 bytes, of `<type>:sha256:<inner
 * hash in hex>:/nix/store:<name>`. The store directory in the fingerprint is always `/nix/store`, wherever the store is on disk.
 */
import { hash } from 'node:crypto'
import { algorithmOf, type Digest, digestOf, type FileHash, rawOf } from '../base/digest.ts'
import { canonicalJson } from '../base/document.ts'
import { fail } from '../base/error.ts'
import { formatNix32 } from '../base/nix32.ts'

declare const isStorePath: unique symbol

/** Base name of a store object, `<32 characters of base 32>-<name>`, without the directory /nix/store. */
export type StorePath = string & { readonly [isStorePath]: true }

/** Logical store directory: the prefix of store paths inside images and objects. */
export const storeDirectory = '/nix/store'

/** Characters allowed in a name (Nix manual, "Store path", name), at most 211, not starting with ".". */
const nameRule = /^[0-9A-Za-z+\-_?=][0-9A-Za-z+\-._?=]{0,210}$/
const storePathRule = /^[0-9abcdfghijklmnpqrsvwxyz]{32}-[0-9A-Za-z+\-_?=][0-9A-Za-z+\-._?=]{0,210}$/

/** The logical path of an object, `/nix/store/<base name>`. */
export function logical(path: StorePath): string {
  return `${storeDirectory}/${path}`
}

/** Parses a base name or a path below `/nix/store`; undefined if it is not a valid store path. */
export function parseStorePath(text: string): StorePath | undefined {
  const base = text.startsWith(`${storeDirectory}/`) ? text.slice(storeDirectory.length + 1) : text
  return storePathRule.test(base) ? storePath(base) : undefined
}

/** The 32 characters by which references are found. */
export function hashPart(path: StorePath): string {
  return path.slice(0, 32)
}

/** The part after the hash. */
export function namePart(path: StorePath): string {
  return path.slice(33)
}

/** Checks a name that the user chose. @throws BuildError argument.invalid */
export function checkName(name: string, place: string): string {
  if (nameRule.test(name)) return name
  return fail('argument.invalid', `${place}: ${JSON.stringify(name)} is not a valid name for a store path.`, {
    remedy: 'Use 1 to 211 of the characters 0-9 a-z A-Z + - . _ ? = and do not start with a full stop.',
    detail: { place },
  })
}

/** Makes a valid name from any file name: replaces each invalid character by "-" and truncates to 160 characters, so that a suffix fits. */
export function nameFrom(text: string): string {
  const name = text.slice(0, 160).replace(/[^0-9A-Za-z+._?=-]/g, '-')
  return name === '' || name.startsWith('.') ? `-${name}`.slice(0, 160) : name
}

/** Makes a path from its type, inner hash and name: the one formula behind all others. */
export function makeStorePath(type: string, inner: Digest, name: string): StorePath {
  const fingerprint = `${type}:${inner}:${storeDirectory}:${name}`
  return storePath(`${formatNix32(fold(hash('sha256', fingerprint, 'buffer')))}-${name}`)
}

/** Path of a string with references: `text:<references>` over the digest of the contents. */
export function textPath(name: string, contents: Digest, references: readonly StorePath[]): StorePath {
  return makeStorePath(withReferences('text', references), contents, name)
}

/** Path of a tree by its NAR hash (`nix-store --add`, `builtins.path`): `source:<references>`. */
export function sourcePath(name: string, narHash: Digest, references: readonly StorePath[] = []): StorePath {
  return makeStorePath(withReferences('source', references), narHash, name)
}

/** Path of a flat file by its hash (`nix-store --add-fixed sha256`, or `sha512`). */
export function fixedPath(name: string, hash: FileHash): StorePath {
  return makeStorePath('output:out', digestOf(`fixed:out:${hash}:`), name)
}

/** Path of a tree by the hash of its NAR (`nix-store --add-fixed --recursive`); without references, and for SHA-256 as `sourcePath`. */
export function fixedTreePath(name: string, hash: FileHash): StorePath {
  if (!hash.startsWith('sha512:')) return makeStorePath('source', `sha256:${hash.slice('sha256:'.length)}`, name)
  return makeStorePath('output:out', digestOf(`fixed:out:r:${hash}:`), name)
}

/** Path of a computed object: it follows from the recipe, not from the result. `recipe` must be JSON. */
export function recipePath(name: string, recipe: unknown): StorePath {
  return makeStorePath('output:out', digestOf(canonicalJson(recipe)), name)
}

/** Nix's content address of a string, `text:sha256:<base-32>`, and of the other two forms. */
export function contentAddress(form: 'text' | 'fixed' | 'fixed:r', hash: FileHash): string {
  return `${form}:${algorithmOf(hash)}:${formatNix32(rawOf(hash))}`
}

function withReferences(type: string, references: readonly StorePath[]): string {
  return [type, ...[...references].sort().map(logical)].join(':')
}

/** XORs the 32 bytes of a hash into 20 (Nix: `compressHash`). */
function fold(hash: Uint8Array): Uint8Array {
  const folded = new Uint8Array(20)
  hash.forEach((byte, index) => {
    folded[index % 20] = (folded[index % 20] ?? 0) ^ byte
  })
  return folded
}

// The only function that brands.
function storePath(text: string): StorePath {
  return text as StorePath
}
