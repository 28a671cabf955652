/**
 * Indexes a Debian `Packages` file: tens of megabytes are scanned once and then read one paragraph at a time.
 *
 * Follows the Debian repository format, "Packages" indices: paragraphs separated by empty lines. The file is scanned chunk by chunk while
 * it is being decompressed, with one cursor per field. The index is a string of sorted lines, about three megabytes for all of Debian,
 * queried by binary search, so opening one costs nothing.
 */

/** Names and positions. */
export interface PackagesIndex {
  /** Positions of a package's paragraphs. */
  placesOf(name: string): readonly Place[]
  /** Names of the packages that provide a name, which may be that of a real package as well. */
  providersOf(name: string): readonly string[]
  /** Packages marked `Essential: yes`, sorted. */
  readonly essential: readonly string[]
  /** All packages, sorted. */
  names(): readonly string[]
}

/** Position of a paragraph in its file, in bytes. */
export interface Place {
  readonly offset: number
  readonly size: number
}

/** Indexes a `Packages` file chunk by chunk. */
export interface PackagesIndexer {
  take(piece: Uint8Array): void
  /** Returns the index as a string for `openPackagesIndex`, after the last chunk. */
  finish(): string
}

/** Indexes a whole file; the result is for `openPackagesIndex`. */
export function indexPackages(pieces: Iterable<Uint8Array>): string {
  const indexer = packagesIndexer()
  for (const piece of pieces) indexer.take(piece)
  return indexer.finish()
}

/** Creates an indexer that is fed chunk by chunk. */
export function packagesIndexer(): PackagesIndexer {
  const found: Found = { places: new Map(), providers: new Map(), essential: new Set() }
  let offset = 0
  // The incomplete paragraph at the end. `latin1`: only ASCII fields matter, and one character is one byte.
  let rest = ''
  const take = (piece: Uint8Array): void => {
    const text = rest + Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1')
    const end = text.lastIndexOf(separator) + separator.length
    rest = end < separator.length ? text : text.slice(end)
    if (end < separator.length) return
    search(text.slice(0, end), offset, found)
    offset += end
  }
  const finish = (): string => {
    search(rest + separator, offset, found)
    const { places, providers, essential } = found
    return [lines(places), lines(providers), [...essential].sort().join('\n')].join('\n\n')
  }
  return { take, finish }
}

const separator = '\n\n'

/** Results so far; multiple values of a name are separated by spaces. */
interface Found {
  readonly places: Map<string, string>
  readonly providers: Map<string, string>
  readonly essential: Set<string>
}

/** Scans whole paragraphs, the first of which starts at byte `offset`. */
function search(text: string, offset: number, { places, providers, essential }: Found): void {
  const nameIn = cursor(text, 'Package: ')
  const providesIn = cursor(text, 'Provides: ')
  const essentialIn = cursor(text, 'Essential: yes')
  for (let start = 0; ; ) {
    const end = text.indexOf(separator, start)
    if (end < 0) return
    const name = nameIn(start, end)
    if (name !== undefined) {
      push(places, name, `${offset + start}+${end - start}`)
      for (const provided of providedNames(providesIn(start, end))) push(providers, provided, name)
      if (essentialIn(start, end) !== undefined) essential.add(name)
    }
    start = end + separator.length
  }
}

/** Opens an index; undefined when the string is not one. */
export function openPackagesIndex(text: string): PackagesIndex | undefined {
  const [places, providers, essential] = text.split('\n\n')
  if (places === undefined || providers === undefined || essential === undefined) return undefined
  return {
    placesOf: (name) => valuesOf(places, name).map(placeOf),
    providersOf: (name) => valuesOf(providers, name),
    essential: essential.split('\n').filter((name) => name !== ''),
    names: () => places.split('\n').map((line) => line.slice(0, line.indexOf(' '))),
  }
}

function placeOf(text: string): Place {
  const plus = text.indexOf('+')
  return { offset: Number(text.slice(0, plus)), size: Number(text.slice(plus + 1)) }
}

/** Extracts the names; versions and architectures are left to readers of the paragraph. */
function providedNames(field: string | undefined): readonly string[] {
  return field === undefined ? [] : [...field.matchAll(/(?:^|,)\s*([^\s(:,]+)/g)].map(([, name = '']) => name)
}

function lines(map: ReadonlyMap<string, string>): string {
  const sorted = [...map].sort(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([name, values]) => `${name} ${values}`).join('\n')
}

/** Looks up the value after a name in a string of sorted lines. */
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

/** Finds the first line of a field's value in ever later paragraphs; each character is examined once. */
function cursor(text: string, field: string): (start: number, end: number) => string | undefined {
  let at = lineStarting(text, field, 0)
  return (start, end) => {
    if (at < start) at = lineStarting(text, field, start)
    return at < end ? copied(text.slice(at + field.length, text.indexOf('\n', at)).trim()) : undefined
  }
}

/** Copies a string: a slice would keep the whole original alive. */
function copied(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

/** Offset of the next line with this prefix; infinity when there is none. */
function lineStarting(text: string, words: string, from: number): number {
  if (text.startsWith(words, from)) return from
  const found = text.indexOf(`\n${words}`, from)
  return found < 0 ? Number.POSITIVE_INFINITY : found + 1
}

function push(map: Map<string, string>, name: string, value: string): void {
  const values = map.get(name)
  map.set(name, values === undefined ? value : `${values} ${value}`)
}
