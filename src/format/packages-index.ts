/**
 * Where in a Debian `Packages` file each package stands: tens of megabytes are searched once, and read a paragraph at a time.
 *
 * Follows the Debian repository format, "Packages" indices: paragraphs parted by empty lines. The file is taken in pieces, while it is
 * still being unpacked, with a cursor for each field that is looked for. The index is itself a text of sorted lines, some three megabytes
 * for all of Debian, that is kept as it is and asked by binary search: opening one costs nothing.
 */

/** Names and places only. */
export interface PackagesIndex {
  /** Where the paragraphs of a package stand. */
  placesOf(name: string): readonly Place[]
  /** Who provides a name, which may or may not be a package's too. */
  providersOf(name: string): readonly string[]
  /** Packages marked `Essential: yes`, sorted. */
  readonly essential: readonly string[]
  /** All packages, sorted. */
  names(): readonly string[]
}

/** A paragraph in its file, in bytes. */
export interface Place {
  readonly offset: number
  readonly size: number
}

/** Searches a `Packages` file piece by piece. */
export interface PackagesIndexer {
  take(piece: Uint8Array): void
  /** Once all was taken: the text for `openPackagesIndex`. */
  finish(): string
}

/** The text for `openPackagesIndex` of a whole file. */
export function indexPackages(pieces: Iterable<Uint8Array>): string {
  const indexer = packagesIndexer()
  for (const piece of pieces) indexer.take(piece)
  return indexer.finish()
}

/** An indexer of a file that is still to come. */
export function packagesIndexer(): PackagesIndexer {
  const found: Found = { places: new Map(), providers: new Map(), essential: new Set() }
  let offset = 0
  // What follows the last whole paragraph. `latin1`, since only ASCII fields matter, and a character is a byte.
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

/** What was found so far; the values of a name with blanks between them. */
interface Found {
  readonly places: Map<string, string>
  readonly providers: Map<string, string>
  readonly essential: Set<string>
}

/** Searches whole paragraphs, of which the first stands at `offset`. */
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

/** An index from its text; undefined for another text. */
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

/** Names alone: versions and architectures are for whoever reads the paragraph. */
function providedNames(field: string | undefined): readonly string[] {
  return field === undefined ? [] : [...field.matchAll(/(?:^|,)\s*([^\s(:,]+)/g)].map(([, name = '']) => name)
}

function lines(map: ReadonlyMap<string, string>): string {
  const sorted = [...map].sort(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([name, values]) => `${name} ${values}`).join('\n')
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

/** The value of a field in ever later paragraphs, its first line only; each character is looked at once. */
function cursor(text: string, field: string): (start: number, end: number) => string | undefined {
  let at = lineStarting(text, field, 0)
  return (start, end) => {
    if (at < start) at = lineStarting(text, field, start)
    return at < end ? copied(text.slice(at + field.length, text.indexOf('\n', at)).trim()) : undefined
  }
}

/** The same text on its own: a slice would keep all that it was cut from. */
function copied(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

/** Where the next line that starts so does start; infinity when there is none. */
function lineStarting(text: string, words: string, from: number): number {
  if (text.startsWith(words, from)) return from
  const found = text.indexOf(`\n${words}`, from)
  return found < 0 ? Number.POSITIVE_INFINITY : found + 1
}

function push(map: Map<string, string>, name: string, value: string): void {
  const values = map.get(name)
  map.set(name, values === undefined ? value : `${values} ${value}`)
}
