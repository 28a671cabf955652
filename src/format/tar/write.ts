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
import { headerBytes, headerSize } from './encode.ts'
import { headerOf } from './entry.ts'
import { blockSize, type MemberHeader, paddingOf, type TarForm } from './member.ts'

/** Content that lies in a file, not yet read. */
export type FileContent = LocalContent & { readonly at: { readonly file: string; readonly offset: number } }

/** The next bytes of an archive, or a file's content that is the next bytes. */
export type Piece = Uint8Array | FileContent

/** Writes entries as an archive; content that lies in a file is passed on unread. */
export function tarPieces(entries: Iterable<Entry>, form: TarForm): Iterable<Piece> {
  return coalesce(piecesOf(entries, form))
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
  const least = 2 * blockSize
  return end === 'blocks' ? least : least + ((recordSize - ((written + least) % recordSize)) % recordSize)
}

// 20 blocks: POSIX.1-2017, pax, "-b blocksize", the default of ustar and pax.
const recordSize = 20 * blockSize
const zeros = Buffer.alloc(recordSize)

function* piecesOf(entries: Iterable<Entry>, form: TarForm): Generator<Piece> {
  let total = 0
  for (const { header, content } of membersOf(entries, form)) {
    const blocks = headerBytes(header)
    yield blocks
    if (content !== undefined && content.size > 0) {
      if (isInFile(content)) yield content
      else yield* whole(content, showBytes(header.name))
    }
    const padding = paddingOf(header.size)
    if (padding > 0) yield zeros.subarray(0, padding)
    total += blocks.length + header.size + padding
  }
  for (let rest = endSize(total, form.end); rest > 0; rest -= zeros.length) yield zeros.subarray(0, rest)
}

function isInFile(content: LocalContent): content is FileContent {
  return content.at !== undefined
}

// Headers, padding and small contents travel together: one piece for many small members.
const pageSize = 65_536

function* coalesce(pieces: Iterable<Piece>): Generator<Piece> {
  let page = Buffer.allocUnsafe(pageSize)
  let start = 0
  let end = 0
  for (const piece of pieces) {
    const isSmall = piece instanceof Uint8Array && piece.length <= pageSize / 4
    if (end > start && (!isSmall || end + piece.length > pageSize)) {
      yield page.subarray(start, end)
      start = end
    }
    if (!isSmall) {
      yield piece
      continue
    }
    if (end + piece.length > pageSize) {
      page = Buffer.allocUnsafe(pageSize)
      start = end = 0
    }
    page.set(piece, end)
    end += piece.length
  }
  if (end > start) yield page.subarray(start, end)
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
  const seen = new Map<EntryPath, Metadata>()
  for (const entry of entries) {
    if (hasMetadata(entry) && entry.kind !== 'directory') seen.set(entry.path, entry.metadata)
    const header = headerOf(entry, form, (target) => seen.get(target))
    yield entry.kind === 'file' ? { header, content: entry.content } : { header }
  }
}
