/**
 * Where an entry lies on this machine's disk.
 *
 * Node takes a string as UTF-8, so a name that is not UTF-8 must be given as bytes; every other place is a string.
 */
import type { EntryPath } from './path.ts'

/** The place of an entry below `top` (text, absolute). A string wherever a string can name it. */
export function placeOf(top: string, path: EntryPath): string | Buffer {
  if (path === '') return top
  if (!/[\x80-\xff]/.test(path)) return `${top}/${path}`
  const bytes = Buffer.from(path, 'latin1')
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? `${top}/${text}` : Buffer.concat([Buffer.from(`${top}/`), bytes])
}

/** A place as text for people. */
export function showPlace(place: string | Buffer): string {
  return JSON.stringify(place.toString())
}
