/**
 * Outline of a store object: everything that it contributes to a layer's tar except the contents of its large files; computed once, when
 * the object is added.
 *
 * An outline lets an object be streamed without walking its directories, making headers, or opening its small files, which together take
 * longer than reading the bytes. It describes the default layer (owner root, mtime 1, absolute names); any other layer is made from the
 * tree.
 *
 * An outline is a cache: literal bytes of the tar, then records, then a trailer of 66 bytes (u64 size of the object's part of the tar, u64
 * length of the literal bytes, SHA-256 of the records and these two, magic). A record is 14 bytes (u48 literal bytes before a file's
 * content, u48 size of the content, u16 length of the name) and the file's name below the object; the name of the last record is empty.
 */
import { hash } from 'node:crypto'
import type { LocalContent } from '../../base/bytes.ts'
import { type Piece, tarPieces } from '../../format/tar/write.ts'
import { fileContent } from '../../tree/disk-file.ts'
import { type Entry, hasMetadata, plain } from '../../tree/entry.ts'
import { type EntryPath, entryPathOf, join, path } from '../../tree/path.ts'
import { placeOf } from '../../tree/place.ts'
import type { Tree } from '../../tree/tree.ts'
import { readFileEnd } from '../file-end.ts'
import { fileRange } from '../file-range.ts'
import type { StorePath } from '../store-path.ts'
import { type WholeFileOptions, writeCache } from '../whole-file.ts'
import { writeAll } from '../write-all.ts'

/** Contribution of an object to a default layer. */
export interface Outline {
  /** Size, in bytes. */
  readonly size: number
  pieces(): Iterable<Piece>
}

const magic = Buffer.from('slipway outline 2\n', 'latin1')
const digestSize = 32
const endSize = 16 + digestSize + magic.length
const recordHead = 14
/** Files up to this many bytes are included literally: most files are smaller, and together they take little space. */
const smallSize = 32_768

/** Writes the outline of an object. @param tree - its content, which need not be in its final place yet */
export function writeOutline(
  { path, tree }: { readonly path: StorePath; readonly tree: Tree },
  file: string,
  options: WholeFileOptions,
): void {
  const write = (descriptor: number): void => {
    const records: Uint8Array[] = []
    let [size, literals, before] = [0, 0, 0]
    const close = (content: number, name: string): void => {
      records.push(record(before, content, name))
      literals += before
      size += before + content
      before = 0
    }
    for (const piece of tarPieces(asInLayer(path, tree), { names: 'absolute', end: 'none' })) {
      if (piece instanceof Uint8Array) before += writeAll(descriptor, piece)
      else close(piece.size, piece.at.file)
    }
    close(0, '')
    writeAll(descriptor, ended(Buffer.concat(records), size, literals))
  }
  writeCache(file, write, options)
}

/**
 * Reads an outline; undefined if it is missing, of another version or damaged.
 *
 * @param top - location of the object.
 */
export function readOutline(file: string, top: string): Outline | undefined {
  const found = readEnd(file)
  if (found === undefined) return undefined
  const { size, records } = found
  return {
    size,
    *pieces() {
      let literal = 0
      for (let at = 0; at < records.length; ) {
        const before = records.readUIntBE(at, 6)
        const content = records.readUIntBE(at + 6, 6)
        const name = at + recordHead
        at = name + records.readUInt16BE(at + 12)
        if (before > 0) yield fileRange(file, literal, before)
        literal += before
        if (content > 0) yield inObject(top, entryPathOf(records.toString('latin1', name, at)), content)
      }
    },
  }
}

/** Entries with their locations: large content by its path below the object, small content to be copied. */
function* asInLayer(object: StorePath, tree: Tree): Generator<Entry> {
  const top = join(path('nix/store'), object)
  for (const entry of tree.entries()) {
    if (!hasMetadata(entry)) throw new Error(`unreachable: a store object has a ${entry.kind}`)
    const placed = { ...entry, path: join(top, entry.path), metadata: plain(entry.metadata.mode) }
    yield placed.kind === 'file' ? { ...placed, content: outlined(placed.content, entry.path) } : placed
  }
}

/** A name that is not UTF-8 cannot be a string, so the content of such a file is literal whatever its size. */
function outlined({ size, open, at }: LocalContent, name: EntryPath): LocalContent {
  return size <= smallSize || at === undefined ? { size, open } : { size, open, at: { file: name, offset: 0 } }
}

function inObject(top: string, name: EntryPath, size: number): Piece {
  const { at, ...content } = fileContent(placeOf(top, name), size)
  if (at === undefined) throw new Error('unreachable: an outline contains a file name that is not a string')
  return { ...content, at }
}

function record(before: number, content: number, name: string): Uint8Array {
  const bytes = Buffer.alloc(recordHead + name.length)
  bytes.writeUIntBE(before, 0, 6)
  bytes.writeUIntBE(content, 6, 6)
  bytes.writeUInt16BE(name.length, 12)
  bytes.write(name, recordHead, 'latin1')
  return bytes
}

function ended(records: Uint8Array, size: number, literals: number): Uint8Array {
  const sizes = Buffer.alloc(16)
  sizes.writeBigUInt64BE(BigInt(size))
  sizes.writeBigUInt64BE(BigInt(literals), 8)
  const body = Buffer.concat([records, sizes])
  return Buffer.concat([body, hash('sha256', body, 'buffer'), magic])
}

interface End {
  readonly size: number
  readonly records: Buffer
}

function readEnd(file: string): End | undefined {
  const end = readFileEnd(file, { size: endSize, start: literalsIn })
  if (end === undefined) return undefined
  const body = end.bytes.subarray(0, -digestSize - magic.length)
  const digest = end.bytes.subarray(body.length, -magic.length)
  if (!hash('sha256', body, 'buffer').equals(digest)) return undefined
  return { size: Number(body.readBigUInt64BE(body.length - 16)), records: body.subarray(0, -16) }
}

function literalsIn(trailer: Buffer): number | undefined {
  return trailer.subarray(-magic.length).equals(magic) ? Number(trailer.readBigUInt64BE(8)) : undefined
}
