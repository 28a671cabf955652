/**
 * Where in a Debian `Packages` file each package stands: tens of megabytes are searched once, and read a paragraph at a time.
 *
 * Follows the Debian repository format, "Packages" indices: paragraphs parted by empty lines. One pass over the bytes with a cursor for
 * each field that is looked for, so nothing is decoded that is not asked for. The index is itself a text of sorted lines, some three
 * megabytes for all of Debian, that is kept as it is and asked by binary search: opening one costs nothing.
 */
import { parseRelations } from './control.ts'

/** Names and places only; paragraphs are read by `paragraphAt`. */
export interface PackagesIndex {
  /** Where the paragraphs of a package start, in bytes. */
  offsetsOf(name: string): readonly number[]
  /** Who provides a name, which may or may not be a package's too. */
  providersOf(name: string): readonly string[]
  /** Packages marked `Essential: yes`, sorted. */
  readonly essential: readonly string[]
  /** All packages, sorted. */
  names(): readonly string[]
}

/** Searches a `Packages` file; the text is for `openPackagesIndex`. */
export function indexPackages(file: Uint8Array): string {
  const bytes = bufferOf(file)
  const nameIn = cursor(bytes, 'Package: ')
  const providesIn = cursor(bytes, 'Provides: ')
  const essentialIn = cursor(bytes, 'Essential: yes')
  const offsets = new Map<string, number[]>()
  const providers = new Map<string, string[]>()
  const essential = new Set<string>()
  for (let start = 0; start < bytes.length; ) {
    const end = endOfParagraph(bytes, start)
    const name = nameIn(start, end)
    if (name !== undefined) {
      push(offsets, name, start)
      for (const provided of providedNames(providesIn(start, end))) push(providers, provided, name)
      if (essentialIn(start, end) !== undefined) essential.add(name)
    }
    start = end + 2
  }
  return [lines(offsets), lines(providers), [...essential].sort().join('\n')].join('\n\n')
}

/** An index from its text; undefined for another text. */
export function openPackagesIndex(text: string): PackagesIndex | undefined {
  const [offsets, providers, essential] = text.split('\n\n')
  if (offsets === undefined || providers === undefined || essential === undefined) return undefined
  return {
    offsetsOf: (name) => valuesOf(offsets, name).map(Number),
    providersOf: (name) => valuesOf(providers, name),
    essential: essential.split('\n').filter((name) => name !== ''),
    names: () => offsets.split('\n').map((line) => line.slice(0, line.indexOf(' '))),
  }
}

/** The text of the paragraph that starts at an offset; `latin1`, since only ASCII fields matter to resolution. */
export function paragraphAt(file: Uint8Array, offset: number): string {
  const bytes = bufferOf(file)
  return bytes.toString('latin1', offset, endOfParagraph(bytes, offset))
}

function providedNames(field: string | undefined): readonly string[] {
  return field === undefined ? [] : parseRelations(field).flatMap((group) => group.map((relation) => relation.name))
}

function lines(map: ReadonlyMap<string, readonly (string | number)[]>): string {
  const sorted = [...map].sort(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([name, values]) => `${name} ${values.join(' ')}`).join('\n')
}

/** What stands after a name in a text of sorted lines. */
function valuesOf(text: string, name: string): readonly string[] {
  let low = 0
  let high = text.length
  while (low < high) {
    const start = text.lastIndexOf('\n', ((low + high) >> 1) - 1) + 1
    const found = text.slice(start, text.indexOf(' ', start))
    const end = lineEnd(text, start)
    if (found === name) return text.slice(start + found.length + 1, end).split(' ')
    if (found < name) low = end + 1
    else high = start
  }
  return []
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start)
  return end < 0 ? text.length : end
}

/** The value of a field in ever later paragraphs, its first line only; each byte is looked at once. */
function cursor(bytes: Buffer, field: string): (start: number, end: number) => string | undefined {
  let at = lineStarting(bytes, field, 0)
  return (start, end) => {
    if (at < start) at = lineStarting(bytes, field, start)
    if (at >= end) return undefined
    const line = bytes.indexOf(10, at)
    return bytes.toString('latin1', at + field.length, line < 0 ? end : Math.min(line, end)).trim()
  }
}

/** Where the next line that starts so does start; infinity when there is none. */
function lineStarting(bytes: Buffer, text: string, from: number): number {
  if (from === 0 && bytes.toString('latin1', 0, text.length) === text) return 0
  const found = bytes.indexOf(`\n${text}`, Math.max(0, from - 1), 'latin1')
  return found < 0 ? Number.POSITIVE_INFINITY : found + 1
}

function endOfParagraph(bytes: Buffer, start: number): number {
  const end = bytes.indexOf('\n\n', start)
  return end < 0 ? bytes.length : end
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function push<T>(map: Map<string, T[]>, name: string, value: T): void {
  const list = map.get(name)
  if (list === undefined) map.set(name, [value])
  else list.push(value)
}
