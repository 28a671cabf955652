/**
 * The outline of a store object: all that it gives to a layer's tar but the contents of its files, made once, when the object is added.
 *
 * With it an object is streamed without walking its folders and without making headers, which takes longer than reading the files. It is
 * of the default layer (owner root, mtime 1, absolute names); any other is made from the tree. An outline is cache: a line that names the
 * format, the size of the object's part of the tar, then frames. A frame is its length and a zstd frame of records; a record is the bytes
 * before a file's content, and the file: its name below the object and its size. The last record names no file.
 */
import { readFileSync } from 'node:fs'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { LocalContent } from '../base/bytes.ts'
import { errorCode, fail } from '../base/error.ts'
import { type FileContent, type Piece, tarPieces } from '../format/tar/write.ts'
import { fileContent } from '../tree/disk-file.ts'
import { type Entry, hasMetadata, plain } from '../tree/entry.ts'
import { type EntryPath, entryPathOf, join, path } from '../tree/path.ts'
import { placeOf } from '../tree/place.ts'
import type { Tree } from '../tree/tree.ts'
import type { StorePath } from './store-path.ts'

/** What an object gives to a default layer. */
export interface Outline {
  /** Bytes. */
  readonly size: number
  pieces(): Iterable<Piece>
}

const magic = Buffer.from('slipway-outline-1\n', 'latin1')
/** Raw bytes of a frame: large enough to compress well, small enough to be held. */
const frameSize = 1_048_576
/** Of a record: 4 bytes for the length of its bytes, 2 for that of the name, 6 for the file's size. */
const recordHead = 12

/** The outline of the object whose tree this is, as a file's bytes. */
export function formatOutline(object: StorePath, tree: Tree): Uint8Array {
  const frames: Uint8Array[] = []
  let size = 0
  let records: Uint8Array[] = []
  let raw = 0
  const close = (): void => {
    if (raw > 0) frames.push(...framed(Buffer.concat(records, raw)))
    records = []
    raw = 0
  }
  for (const { before, name, content } of recordsOf(object, tree)) {
    const head = Buffer.alloc(recordHead)
    head.writeUInt32BE(before.length)
    head.writeUInt16BE(name.length, 4)
    head.writeUIntBE(content, 6, 6)
    records.push(head, before, name)
    raw += recordHead + before.length + name.length
    size += before.length + content
    if (raw >= frameSize) close()
  }
  close()
  return Buffer.concat([magic, sizeBytes(size), ...frames])
}

/**
 * Reads an outline; undefined when there is none, or none of this version.
 *
 * @param top - where the object lies.
 */
export function readOutline(file: string, top: string): Outline | undefined {
  const bytes = readIfThere(file)
  const start = magic.length + 8
  if (bytes === undefined || bytes.length < start || !bytes.subarray(0, magic.length).equals(magic)) return undefined
  return {
    size: Number(bytes.readBigUInt64BE(magic.length)),
    *pieces() {
      for (let at = start; at < bytes.length; ) {
        const end = at + 4 + (at + 4 <= bytes.length ? bytes.readUInt32BE(at) : damaged(file))
        yield* piecesOf(unpacked(bytes.subarray(at + 4, end), file), top)
        at = end
      }
    },
  }
}

interface OutlineRecord {
  readonly before: Uint8Array
  readonly name: Uint8Array
  /** The size of the file's content. */
  readonly content: number
}

function* recordsOf(object: StorePath, tree: Tree): Generator<OutlineRecord> {
  let before: Uint8Array[] = []
  for (const piece of tarPieces(asInLayer(object, tree), { names: 'absolute', end: 'none' })) {
    if (piece instanceof Uint8Array) {
      before.push(piece)
      continue
    }
    yield { before: Buffer.concat(before), name: Buffer.from(piece.at.file, 'latin1'), content: piece.size }
    before = []
  }
  yield { before: Buffer.concat(before), name: new Uint8Array(0), content: 0 }
}

/** The entries at their place; each file's content says where it is below the object. */
function* asInLayer(object: StorePath, tree: Tree): Generator<Entry> {
  const top = join(path('nix/store'), object)
  for (const entry of tree.entries()) {
    if (!hasMetadata(entry)) throw new Error(`unreachable: a store object has a ${entry.kind}`)
    const placed = { ...entry, path: join(top, entry.path), metadata: plain(entry.metadata.mode) }
    yield placed.kind === 'file' ? { ...placed, content: named(placed.content, entry.path) } : placed
  }
}

function named(content: LocalContent, name: EntryPath): LocalContent {
  return { ...content, at: { file: name, offset: 0 } }
}

function* piecesOf(raw: Buffer, top: string): Generator<Piece> {
  for (let at = 0; at < raw.length; ) {
    const before = at + recordHead
    const name = before + raw.readUInt32BE(at)
    const end = name + raw.readUInt16BE(at + 4)
    const size = raw.readUIntBE(at + 6, 6)
    if (name > before) yield raw.subarray(before, name)
    if (size > 0) yield* contentAt(placeOf(top, entryPathOf(raw.toString('latin1', name, end))), size)
    at = end
  }
}

/** A name that is not UTF-8 is no text that names a file: it is read here. */
function* contentAt(place: string | Buffer, size: number): Generator<Piece> {
  const content = fileContent(place, size)
  if (isInFile(content)) yield content
  else yield* content.open()
}

function isInFile(content: LocalContent): content is FileContent {
  return content.at !== undefined
}

function framed(raw: Uint8Array): readonly Uint8Array[] {
  const frame = zstdCompressSync(raw, { params: { [constants.ZSTD_c_checksumFlag]: 1 } })
  const length = Buffer.alloc(4)
  length.writeUInt32BE(frame.length)
  return [length, frame]
}

function unpacked(frame: Uint8Array, file: string): Buffer {
  try {
    return zstdDecompressSync(frame)
  } catch (cause) {
    return damaged(file, cause)
  }
}

function damaged(file: string, cause?: unknown): never {
  return fail('store.corrupt', `${file} is damaged.`, {
    remedy: 'Delete it: it only saves time.',
    cause,
    detail: { file },
  })
}

function sizeBytes(size: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(size))
  return bytes
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
