/**
 * Replacing placeholders by real store paths, in one pass from left to right.
 *
 * Replaced is the base name `<mark>-<name>`, found by its mark, so `basename()`, `%2F` and `\/` before it do no harm; the mark alone (a
 * default `imageTag`) becomes the hash part, but not behind `/nix/store/`, where its name was cut off. What is left of a placeholder
 * afterwards is an error with its place (placeholder-remains.ts).
 */
import { isPlainObject } from '../base/document.ts'
import { hashPart, type StorePath, storeDirectory } from '../store/store-path.ts'
import type { Package } from './package.ts'
import { isPackage, keyOf } from './placeholder.ts'
import { checkRemains } from './placeholder-remains.ts'
import { packageAt, placeholderPattern } from './placeholder-table.ts'

/** Returns the real path of a package that a string names. */
export type RealPath = (made: Package) => StorePath

/** Replaces all placeholders in a string. @throws BuildError placeholder.remains, naming `place` */
export function replaceIn(text: string, real: RealPath, place: string): string {
  const replaced = replaceKnown(text, real)
  checkRemains(replaced, place)
  return replaced
}

/** Replaces all placeholders in the strings of a value, keys included (sorted when one changed); packages and bytes stay unchanged. */
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

/** Returns the packages that a value names, as values or in strings, in order of appearance, each once. */
export function packagesIn(value: unknown, found: Set<Package> = new Set()): Set<Package> {
  if (typeof value === 'string') {
    for (const key of value.match(placeholderPattern) ?? []) {
      const made = packageAt(key)
      if (made !== undefined) found.add(made)
    }
  } else if (isPackage(value)) {
    const made = packageAt(keyOf(value))
    if (made !== undefined) found.add(made)
  } else if (Array.isArray(value)) {
    for (const inner of value) packagesIn(inner, found)
  } else if (isPlainObject(value)) {
    for (const [key, inner] of Object.entries(value)) packagesIn(inner, packagesIn(key, found))
  }
  return found
}

const inStore = `${storeDirectory}/`

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
    if (!named && text.startsWith(inStore, match.index - inStore.length)) continue
    result += text.slice(from, match.index) + (named ? path : hashPart(path))
    from = named ? end + 1 + made.name.length : end
  }
  return result + text.slice(from)
}
