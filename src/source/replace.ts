/**
 * Replacing placeholders by real store paths, in one pass from left to right, and finding what is left of them.
 *
 * Replaced is the base name `<32>-<name>`, found by its 32 characters, so `basename()`, `%2F` and `\/` before it do no harm; the 32 alone
 * (a default `imageTag`) become the hash part. What a text still holds of a placeholder afterwards (cut off, in hex, in base64) would be a
 * path that nothing has: an error with its place.
 */
import { isPlainObject } from '../base/document.ts'
import { fail } from '../base/error.ts'
import { hashPart, type StorePath, storeDirectory } from '../store/store-path.ts'
import type { Package } from './package.ts'
import { isPackage, knownKeys, packageAt, placeholderPattern } from './placeholder.ts'

/** Gives the real path of a package that a text names. */
export type RealPath = (made: Package) => StorePath

/** Replaces all placeholders of a text. @throws BuildError placeholder.remains, naming `place` */
export function replaceIn(text: string, real: RealPath, place: string): string {
  const replaced = replaceKnown(text, real)
  checkRemains(replaced, place)
  return replaced
}

/** The same in every string of a value, keys too (sorted afterwards when one changed); packages and bytes stay as they are. */
export function replaceDeep<T>(value: T, real: RealPath, place: string): T
export function replaceDeep(value: unknown, real: RealPath, place: string): unknown {
  if (typeof value === 'string') return replaceIn(value, real, place)
  if (isPackage(value)) return value
  if (Array.isArray(value)) return value.map((inner: unknown, index) => replaceDeep(inner, real, `${place}[${index}]`))
  if (!isPlainObject(value)) return value
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [
    replaceIn(key, real, `a key of ${place}`),
    replaceDeep(inner, real, place === '' ? key : `${place}.${key}`),
  ])
  const changed = entries.some(([key]) => !(key in value))
  return Object.fromEntries(changed ? entries.sort(([a], [b]) => (a < b ? -1 : 1)) : entries)
}

/** The packages that a value names, as values or in strings, in order of appearance, each once. */
export function packagesIn(value: unknown, found: Set<Package> = new Set()): Set<Package> {
  if (typeof value === 'string') {
    for (const key of value.match(placeholderPattern) ?? []) {
      const made = packageAt(key)
      if (made !== undefined) found.add(made)
    }
  } else if (isPackage(value)) {
    const made = packageAt(value.path.slice(storeDirectory.length + 1, storeDirectory.length + 33))
    if (made !== undefined) found.add(made)
  } else if (Array.isArray(value)) {
    for (const inner of value) packagesIn(inner, found)
  } else if (isPlainObject(value)) {
    for (const [key, inner] of Object.entries(value)) packagesIn(inner, packagesIn(key, found))
  }
  return found
}

function replaceKnown(text: string, real: RealPath): string {
  if (!text.includes('slipway')) return text
  let result = ''
  let from = 0
  for (const match of text.matchAll(placeholderPattern)) {
    const made = packageAt(match[0])
    if (made === undefined || match.index < from) continue
    const path = real(made)
    const end = match.index + 32
    const named = text.startsWith(`-${made.name}`, end)
    result += text.slice(from, match.index) + (named ? path : hashPart(path))
    from = named ? end + 1 + made.name.length : end
  }
  return result + text.slice(from)
}

/** @throws BuildError placeholder.remains when a text holds a part of a placeholder, plain or encoded. */
function checkRemains(text: string, place: string): void {
  for (const plain of readings(text)) {
    const remain = remainIn(plain)
    if (remain === undefined) continue
    fail('placeholder.remains', `${place} holds "${remain}", a part of the placeholder of ${namesOf(remain)}.`, {
      remedy:
        'Use `${pkg}` whole: its real path is known only when the image is built, so it cannot be cut, measured or encoded before.',
      detail: { place },
    })
  }
}

const hexOfWord = Buffer.from('slipway').toString('hex')
/** "slipway" in base64, without the characters that its neighbours take part in, by its offset modulo 3. */
const base64OfWord = ['c2xpcHdhe', 'NsaXB3YX', 'zbGlwd2F5']

/** The text itself and what its hex and base64 parts decode to, where they can hold the word. */
function* readings(text: string): Generator<string> {
  if (text.includes('slipway')) yield text
  for (const run of text.match(/[0-9a-fA-F]{14,}/g) ?? []) {
    const at = run.toLowerCase().indexOf(hexOfWord)
    if (at >= 0) yield Buffer.from(run.slice(at), 'hex').toString('latin1')
  }
  if (!base64OfWord.some((word) => text.includes(word))) return
  for (const run of text.match(/[A-Za-z0-9+/_-]{9,}/g) ?? []) {
    for (let skip = 0; skip < 4; skip++) yield Buffer.from(run.slice(skip), 'base64').toString('latin1')
  }
}

/** A placeholder cut off behind its third character or later, or right behind "slipway" in the store. */
function remainIn(text: string): string | undefined {
  if (/\/nix\/store\/slipway(?![0-9a-z])/.test(text)) return 'slipway'
  for (const match of text.matchAll(/slipway[0-9abcdfghijklmnpqrsvwxyz]{3,25}/g)) {
    for (const key of knownKeys())
      if (key.startsWith(match[0].slice(0, 10)) && sharesCut(key, match[0])) return match[0]
  }
  return undefined
}

/** Whether what follows "slipway" is the beginning of this key, or the key whole. */
function sharesCut(key: string, found: string): boolean {
  return key.startsWith(found) || found.startsWith(key.slice(0, 12))
}

function namesOf(remain: string): string {
  const names = [...knownKeys()].filter((key) => key.startsWith(remain.slice(0, 12))).map((key) => packageAt(key)?.name)
  return names.length === 1 ? `the package "${names[0]}"` : 'a package'
}
