/**
 * Entries → a tar archive in PAX form, byte for byte what Python 3.11's `tarfile` writes for the same members.
 *
 * Everything here is synchronous and touches no disk: content that lies in a file stays a piece of its own, for whoever reads files
 * straight into buffers of its own (`tarPieces`), or is opened like any other (`writeTar`). The size follows from the entries alone.
 * Whiteouts follow the OCI image specification, layer.md, "Whiteouts".
 */
import type { LocalContent } from '../../base/bytes.ts'
import { fail } from '../../base/error.ts'
import { type Entry, hasMetadata, type Metadata } from '../../tree/entry.ts'
import { type EntryPath, showBytes } from '../../tree/path.ts'
import { type Heading, headerSize, headingOf, writeHeading } from './encode.ts'
import { headerOf } from './entry.ts'
import { blockSize, type MemberHeader, paddingOf, type TarForm } from './member.ts'

/** Content that lies in a file, not yet read. */
export type FileContent = LocalContent & { readonly at: { readonly file: string; readonly offset: number } }

/** The next bytes of an archive, or a file's content that is the next bytes. */
export type Piece = Uint8Array | FileContent

/**
 * Writes entries as an archive; content that lies in a file is passed on unread.
 *
 * @param placed - told of each entry, in order, the offset in the archive where its content is or would be.
 */
export function tarPieces(
  entries: Iterable<Entry>,
  form: TarForm,
  placed: (contentOffset: number) => void = () => {},
): Iterable<Piece> {
  return coalesce(partsOf(entries, form, placed))
}

/** Writes entries as an archive. @throws BuildError content.changed - content is not as long as it said. */
export function writeTar(entries: Iterable<Entry>, form: TarForm): Iterable<Uint8Array> {
  return readPieces(tarPieces(entries, form))
}

/** The bytes of pieces. @throws BuildError content.changed - a file is not as long as planned. */
export function* readPieces(pieces: Iterable<Piece>): Generator<Uint8Array> {
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) yield piece
    else yield* whole(piece, piece.at.file)
  }
}

/** The size in bytes of the archive that `writeTar` makes; opens no content. */
export function tarSize(entries: Iterable<Entry>, form: TarForm): number {
  let total = 0
  for (const { header } of membersOf(entries, form)) {
    total += headerSize(header) + header.size + paddingOf(header.size)
  }
  return total + endSize(total, form.end)
}

/** How many bytes of zeros end an archive of so many bytes. */
export function endSize(written: number, end: TarForm['end']): number {
  if (end === 'none') return 0
  const least = 2 * blockSize
  return end === 'blocks' ? least : least + ((recordSize - ((written + least) % recordSize)) % recordSize)
}

// 20 blocks: POSIX.1-2017, pax, "-b blocksize", the default of ustar and pax.
const recordSize = 20 * blockSize

/** A piece, a header to be written, or so many zeros. */
type Part = Piece | Heading | number

function* partsOf(entries: Iterable<Entry>, form: TarForm, placed: (offset: number) => void): Generator<Part> {
  let total = 0
  for (const { header, content } of membersOf(entries, form)) {
    const heading = headingOf(header)
    placed(total + heading.size)
    yield heading
    if (content !== undefined && content.size > 0) {
      if (isInFile(content)) yield content
      else yield* whole(content, showBytes(header.name))
    }
    const padding = paddingOf(header.size)
    if (padding > 0) yield padding
    total += heading.size + header.size + padding
  }
  yield endSize(total, form.end)
}

function isInFile(content: LocalContent): content is FileContent {
  return content.at !== undefined
}

// Headers, padding and small contents travel together: one piece for many small members.
const pageSize = 65_536

function* coalesce(parts: Iterable<Part>): Generator<Piece> {
  let page = Buffer.alloc(pageSize)
  let start = 0
  let end = 0
  for (const part of parts) {
    const size = typeof part === 'number' ? part : part instanceof Uint8Array ? part.length : part.size
    const isLarge = size > pageSize / 4 || isContent(part)
    if (end > start && (isLarge || end + size > pageSize)) {
      yield page.subarray(start, end)
      start = end
    }
    if (isLarge) {
      yield alone(part)
      continue
    }
    if (end + size > pageSize) {
      page = Buffer.alloc(pageSize)
      start = end = 0
    }
    put(page, end, part)
    end += size
  }
  if (end > start) yield page.subarray(start, end)
}

function isContent(part: Part): part is FileContent {
  return typeof part === 'object' && 'open' in part
}

function put(page: Uint8Array, offset: number, part: Exclude<Part, FileContent>): void {
  if (part instanceof Uint8Array) page.set(part, offset)
  else if (typeof part === 'object') writeHeading(page, offset, part)
}

function alone(part: Part): Piece {
  if (part instanceof Uint8Array || isContent(part)) return part
  const bytes = Buffer.alloc(typeof part === 'number' ? part : part.size)
  put(bytes, 0, part)
  return bytes
}

function* whole(content: LocalContent, name: string): Generator<Uint8Array> {
  let size = 0
  for (const chunk of content.open()) {
    size += chunk.length
    if (size > content.size) break
    yield chunk
  }
  if (size === content.size) return
  fail('content.changed', `"${name}" has ${size > content.size ? 'more' : 'fewer'} than its ${content.size} bytes.`, {
    remedy: 'Build again, and change no file while it runs.',
  })
}

interface Member {
  readonly header: MemberHeader
  readonly content?: LocalContent
}

// A hard link's header repeats its target's metadata: whoever extracts it (Docker, for one) applies mode, owner and attributes again.
function* membersOf(entries: Iterable<Entry>, form: TarForm): Generator<Member> {
  const targets = createTargets()
  for (const entry of entries) {
    if (hasMetadata(entry) && entry.kind !== 'directory') targets.add(entry.path, entry.metadata)
    const header = headerOf(entry, form, targets.find)
    yield entry.kind === 'file' ? { header, content: entry.content } : { header }
  }
}

interface Targets {
  add(path: EntryPath, metadata: Metadata): void
  find(path: EntryPath): Metadata | undefined
}

// Hashing every path would cost a tenth of the whole; store objects have no hard link, so it is done at the first one.
function createTargets(): Targets {
  const added: [EntryPath, Metadata][] = []
  let found: Map<EntryPath, Metadata> | undefined
  return {
    add(path, metadata) {
      if (found === undefined) added.push([path, metadata])
      else found.set(path, metadata)
    },
    find(path) {
      found ??= new Map(added)
      return found.get(path)
    },
  }
}
