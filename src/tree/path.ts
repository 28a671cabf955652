/**
 * File names as byte strings.
 *
 * A path is a relative name with one character per byte (latin1): names that are not UTF-8 survive, every file opens, and plain `<` is byte
 * order. `path` and `show` are the only places that convert to and from Unicode strings.
 */
import { fail } from '../base/error.ts'

declare const isPath: unique symbol

/** A relative path, one character per byte (latin1), no leading or trailing "/", no empty, "." or ".." part; "" is the root. */
export type EntryPath = string & { readonly [isPath]: true }

/** The root of a tree. */
export const root: EntryPath = entryPath('')

/** Maximum path length, in bytes, that Linux opens (PATH_MAX in limits.h, less the NUL): longer paths cannot exist in a container. */
export const longestPath = 4095

/** Parses a string: drops leading and trailing slashes and "." parts. Inverse of `show`. @throws BuildError path.invalid, path.too-long */
export function path(text: string): EntryPath {
  return entryPathOf(Buffer.from(text, 'utf8').toString('latin1'))
}

/** Parses a name that is one character per byte already (from an archive or a directory). @throws BuildError path.invalid, path.too-long */
export function entryPathOf(bytes: string): EntryPath {
  if (bytes.length <= longestPath && isNormal(bytes)) return entryPath(bytes)
  const parts = partsOf(bytes)
  return parts.includes('..') ? refuse(bytes) : checked(parts, bytes)
}

/**
 * Parses a name that may have ".." parts: each removes the part before it, and at the root has no effect. @throws BuildError path.invalid,
 * path.too-long
 */
export function cleaned(bytes: string): EntryPath {
  if (bytes.length <= longestPath && isNormal(bytes)) return entryPath(bytes)
  const kept: string[] = []
  for (const part of partsOf(bytes)) {
    if (part === '..') kept.pop()
    else kept.push(part)
  }
  return checked(kept, bytes)
}

/** Formats a path for people; bytes that are not UTF-8 become U+FFFD. */
export function show(path: EntryPath): string {
  return showBytes(path)
}

/** Formats a byte string for people. */
export function showBytes(bytes: string): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8')
}

/** Joins a directory and a name below it; `name` may have several parts. @throws BuildError path.too-long */
export function join(directory: EntryPath, name: string): EntryPath {
  const path = directory === '' ? name : name === '' ? directory : `${directory}/${name}`
  return path.length > longestPath ? tooLong(path) : entryPath(path)
}

/** Parent directory; the root is its own parent. */
export function parent(path: EntryPath): EntryPath {
  const slash = path.lastIndexOf('/')
  return entryPath(slash < 0 ? '' : path.slice(0, slash))
}

/** Last component. */
export function baseName(path: EntryPath): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** All ancestors, from the top, without the root itself. */
export function ancestors(path: EntryPath): EntryPath[] {
  const found: EntryPath[] = []
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1))
    found.push(entryPath(path.slice(0, slash)))
  return found
}

/** Tells whether `path` is `directory` or below it. */
export function isWithin(path: EntryPath, directory: EntryPath): boolean {
  return directory === '' || path === directory || (path.startsWith(directory) && path[directory.length] === '/')
}

/** A path relative to a directory that contains it; undefined if it is elsewhere. Inverse of `join`. */
export function relative(path: EntryPath, directory: EntryPath): EntryPath | undefined {
  if (directory === '') return path
  return isWithin(path, directory) ? entryPath(path.slice(directory.length + 1)) : undefined
}

/**
 * Canonical order: parents first, siblings by byte; the same as comparing part by part, or comparing with "/" as the smallest byte. "a" <
 * "a/x" < "a-b" < "a.txt".
 */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    return x === slash ? -1 : y === slash ? 1 : x - y
  }
  return a.length - b.length
}

const slash = 47

function partsOf(bytes: string): readonly string[] {
  // Longer than any path in use, whatever its parts are.
  if (bytes.length > 4 * longestPath) tooLong(bytes)
  return bytes.split('/').filter((part) => part !== '' && part !== '.')
}

function checked(parts: readonly string[], bytes: string): EntryPath {
  if (bytes.includes('\0')) refuse(bytes)
  const path = parts.join('/')
  return path.length > longestPath ? tooLong(path) : entryPath(path)
}

function refuse(bytes: string): never {
  return fail('path.invalid', `The path ${JSON.stringify(showBytes(bytes))} leaves its root.`, {
    remedy: 'Use a path without ".." parts and NUL bytes.',
  })
}

function tooLong(bytes: string): never {
  const start = JSON.stringify(showBytes(bytes.slice(0, 60)))
  return fail(
    'path.too-long',
    `The path that starts with ${start} has ${bytes.length} bytes; the limit is ${longestPath}.`,
    {
      remedy: 'Use a shorter path: Linux cannot open a longer one.',
      detail: { bytes: bytes.length, limit: longestPath },
    },
  )
}

function isNormal(bytes: string): boolean {
  return !/(^|\/)(\.{0,2})(\/|$)|\0/.test(bytes) || bytes === ''
}

function isAscii(bytes: string): boolean {
  return !/[\x7f-\xff]/.test(bytes)
}

// The only place that brands: everything above has checked or derived its argument.
function entryPath(bytes: string): EntryPath {
  return bytes as EntryPath
}
