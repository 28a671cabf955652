/**
 * Location of an entry on this machine's disk.
 *
 * Node encodes a string as UTF-8, so a name that is not UTF-8 must be passed as bytes; every other location is a string.
 */
import type { EntryPath } from './path.ts'

/** Location of an entry below `top` (a string, absolute). A string whenever a string can express it. */
export function placeOf(top: string, path: EntryPath): string | Buffer {
  if (path === '') return top
  if (!/[\x80-\xff]/.test(path)) return `${top}/${path}`
  const bytes = Buffer.from(path, 'latin1')
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? `${top}/${text}` : Buffer.concat([Buffer.from(`${top}/`), bytes])
}

/** Formats a location for people. */
export function showPlace(place: string | Buffer): string {
  return JSON.stringify(place.toString())
}
