/**
 * Writes entries as a tar archive in PAX format, byte for byte what Python 3.11's `tarfile` writes for the same members.
 *
 * Synchronous, without touching the disk: the content of a file on disk stays a piece of its own, for engines that read files into their
 * own buffers (`tarPieces`), or is opened like any other (`writeTar`). The size follows from the entries alone.
 * Whiteouts follow the OCI image specification, layer.md, "Whiteouts".
 */
import type { LocalContent } from '../../base/bytes.ts'
import { fail } from '../../base/error.ts'
import { type Entry, hasMetadata, type Metadata } from '../../tree/entry.ts'
import { type EntryPath, showBytes } from '../../tree/path.ts'
import { type Heading, headerSize, headingOf, writeHeading } from './encode.ts'
import { headerOf } from './entry.ts'
import { blockSize, type MemberHeader, paddingOf, type TarForm } from './member.ts'

/** Content of a file on disk, not yet read. */
export type FileContent = LocalContent & { readonly at: { readonly file: string; readonly offset: number } }

/** The next bytes of an archive, or a file whose content comes next. */
export type Piece = Uint8Array | FileContent

/**
 * Writes entries as an archive; the content of files on disk is passed on unread.
 *
 * @param placed - called for each entry, in order, with the offset of its content in the archive.
 */
export function tarPieces(
  entries: Iterable<Entry>,
  form: TarForm,
  placed: (contentOffset: number) => void = () => {},
): Iterable<Piece> {
  return coalesce(partsOf(entries, form, placed))
}

/** Writes entries as an archive. @throws BuildError content.changed - content of another length than declared. */
export function writeTar(entries: Iterable<Entry>, form: TarForm): Iterable<Uint8Array> {
  return readPieces(tarPieces(entries, form))
}

/** Reads pieces as bytes. @throws BuildError content.changed - a file of another length than planned. */
export function* readPieces(pieces: Iterable<Piece>): Generator<Uint8Array> {
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) yield piece
    else yield* whole(piece, piece.at.file)
  }
}

/** Computes the size in bytes of `writeTar`'s archive without opening any content. */
export function tarSize(entries: Iterable<Entry>, form: TarForm): number {
  let total = 0
  for (const { header } of membersOf(entries, form)) {
    total += headerSize(header) + header.size + paddingOf(header.size)
  }
  return total + endSize(total, form.end)
}

/** Number of zero bytes that end an archive of `size` bytes. */
export function endSize(written: number, end: TarForm['end']): number {
  if (end === 'none') return 0
  const least = 2 * blockSize
  return end === 'blocks' ? least : least + ((recordSize - ((written + least) % recordSize)) % recordSize)
}

// 20 blocks: POSIX.1-2017, pax, "-b blocksize", the default of ustar and pax.
const recordSize = 20 * blockSize

/** A piece, a header to be written, or a number of zero bytes. */
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

// A hard link's header repeats its target's metadata: extractors such as Docker apply mode, owner and attributes again.
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

// Hashing every path would cost a tenth of the total time; store objects have no hard links, so it starts at the first one.
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
