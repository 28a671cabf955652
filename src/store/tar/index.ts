/**
 * Index of a tar archive: its entries in canonical order and the locations of their contents, as a compact binary file.
 *
 * 56 bytes of header (magic, SHA-256 of everything after it), then little-endian numbers: f64 size of the archive, f64 size of its members
 * without the archive's end, u32 number of records, u32 length of the names; 32 bytes per record (u8 kind, u24 blocks of its header if
 * known, u32 metadata, f64 offset after the header or major, f64 size or minor, u32 end of its path, u32 end of its target in the names);
 * the names, one byte per character; the distinct metadata as JSON. An index is a cache: a reader that finds it missing or damaged makes it
 * again.
 */
import { hash } from 'node:crypto'
import { blockSize, paddingOf } from '../../format/tar/member.ts'
import type { Entry, Metadata } from '../../tree/entry.ts'
import { hasMetadata, plain } from '../../tree/entry.ts'
import { type EntryPath, entryPathOf, isWithin } from '../../tree/path.ts'
import { firstFrom } from '../../tree/tree.ts'
import { fileRange } from '../file-range.ts'

/** Contents of an index, sizes in bytes. */
export interface TarSizes {
  readonly tarSize: number
  /** Size of its entries, without the blocks of zeros that end the archive. */
  readonly membersSize: number
}

/** Location of a member: all its bytes, header and padding included, are from `start` to `end`; its content would start at `content`. */
export interface MemberPlace {
  readonly start: number
  readonly content: number
  readonly end: number
}

/** A new version for each change of the archives' layout or the index's format. */
export const tarIndexVersion = 3
const magic = Buffer.from(`slipway index ${tarIndexVersion}\n`, 'latin1')
const bodyStart = magic.length + 32
const fixedSize = 24
const recordSize = 32
const kinds = ['directory', 'file', 'symlink', 'char', 'block', 'fifo', 'hardlink', 'whiteout', 'opaque'] as const

/**
 * Formats an index. Inverse of `parseTarIndex`.
 *
 * @param places - locations of the entries' members, if each has its own; otherwise the content of files must be located in the archive
 *   (`at`).
 */
export function formatTarIndex(
  entries: readonly Entry[],
  { tarSize, membersSize }: TarSizes,
  places?: readonly MemberPlace[],
): Uint8Array {
  const palette = paletteOf()
  const records = Buffer.alloc(entries.length * recordSize)
  const names: string[] = []
  let end = 0
  entries.forEach((entry, index) => {
    const at = index * recordSize
    const place = places?.[index]
    const [first, second] = numbersOf(entry, place)
    const blocks = place === undefined ? 0 : (place.content - place.start) / blockSize
    const target = entry.kind === 'symlink' || entry.kind === 'hardlink' ? entry.target : ''
    names.push(entry.path, target)
    records.writeUInt8(kinds.indexOf(entry.kind === 'device' ? entry.device : entry.kind), at)
    records.writeUIntLE(blocks, at + 1, 3)
    records.writeUInt32LE(hasMetadata(entry) ? palette.add(entry.metadata) : 0, at + 4)
    records.writeDoubleLE(first, at + 8)
    records.writeDoubleLE(second, at + 16)
    end += entry.path.length
    records.writeUInt32LE(end, at + 24)
    end += target.length
    records.writeUInt32LE(end, at + 28)
  })
  const fixed = Buffer.alloc(fixedSize)
  fixed.writeDoubleLE(tarSize, 0)
  fixed.writeDoubleLE(membersSize, 8)
  fixed.writeUInt32LE(entries.length, 16)
  fixed.writeUInt32LE(end, 20)
  const body = Buffer.concat([fixed, records, Buffer.from(names.join(''), 'latin1'), palette.bytes()])
  return Buffer.concat([magic, hash('sha256', body, 'buffer'), body])
}

/** Member of an entry. */
export interface TarPart extends Pick<MemberPlace, 'start' | 'end'> {
  /** Path with NUL in place of "/": these strings sort in canonical order. */
  readonly key: string
  readonly isDirectory: boolean
  /** Mode, owner, time and attributes as a string: equal strings mean equal metadata. */
  readonly metadata: string
}

/** A parsed index: sizes at once, entries on demand. */
export interface TarIndex extends TarSizes {
  /** Entries at a path and below it, found by binary search. */
  below(top: EntryPath): Generator<Entry>
  /** Members of the entries, in the same order; undefined if the index does not have their locations. */
  parts(): readonly TarPart[] | undefined
}

/**
 * Parses an index.
 *
 * @param tar - file of the archive, from which contents are read.
 * @returns undefined if the bytes are not a complete index of this version.
 */
export function parseTarIndex(index: Buffer, tar: string): TarIndex | undefined {
  const body = index.subarray(bodyStart)
  const isWhole =
    body.length >= fixedSize &&
    index.subarray(0, magic.length).equals(magic) &&
    hash('sha256', body, 'buffer').equals(index.subarray(magic.length, bodyStart))
  if (!isWhole) return undefined
  let palette: readonly Metadata[] | undefined
  return {
    tarSize: body.readDoubleLE(0),
    membersSize: body.readDoubleLE(8),
    below: (top) => {
      palette ??= paletteIn(body)
      return entriesOf({ body, tar, palette }, top)
    },
    parts: () => partsOf(body),
  }
}

/** The record of a device contains its numbers instead. */
function partsOf(body: Buffer): readonly TarPart[] | undefined {
  const namesStart = fixedSize + body.readUInt32LE(16) * recordSize
  const namesEnd = namesStart + body.readUInt32LE(20)
  const items: readonly unknown[] = JSON.parse(body.toString('utf8', namesEnd))
  const palette = items.map((item) => JSON.stringify(item))
  const names = body.toString('latin1', namesStart, namesEnd).replaceAll('/', '\0')
  const parts: TarPart[] = []
  let name = 0
  for (let at = fixedSize; at < namesStart; at += recordSize) {
    const kind = kinds[body.readUInt8(at)]
    const blocks = body.readUIntLE(at + 1, 3)
    if (kind === 'char' || kind === 'block' || blocks === 0) return undefined
    const content = body.readDoubleLE(at + 8)
    const start = content - blocks * blockSize
    const size = kind === 'file' ? body.readDoubleLE(at + 16) : 0
    const end = content + size + paddingOf(size)
    const key = names.slice(name, body.readUInt32LE(at + 24))
    const metadata = palette[body.readUInt32LE(at + 4)] ?? ''
    parts.push({ key, isDirectory: kind === 'directory', metadata, start, end })
    name = body.readUInt32LE(at + 28)
  }
  return parts
}

interface Records {
  readonly body: Buffer
  readonly tar: string
  readonly palette: readonly Metadata[]
}

function* entriesOf({ body, tar, palette }: Records, top: EntryPath): Generator<Entry> {
  const count = body.readUInt32LE(16)
  const namesStart = fixedSize + count * recordSize
  const startOf = (index: number): number =>
    index === 0 ? namesStart : namesStart + body.readUInt32LE(fixedSize + index * recordSize - 4)
  const endOf = (index: number): number => namesStart + body.readUInt32LE(fixedSize + index * recordSize + 24)
  const first = firstFrom(top, count, (index) => body.toString('latin1', startOf(index), endOf(index)))
  let start = startOf(first)
  for (let at = fixedSize + first * recordSize; at < namesStart; at += recordSize) {
    const pathEnd = namesStart + body.readUInt32LE(at + 24)
    const end = namesStart + body.readUInt32LE(at + 28)
    const path = entryPathOf(body.toString('latin1', start, pathEnd))
    if (!isWithin(path, top)) return
    const target = body.toString('latin1', pathEnd, end)
    const metadata = palette[body.readUInt32LE(at + 4)] ?? plain(0)
    const first = body.readDoubleLE(at + 8)
    const second = body.readDoubleLE(at + 16)
    start = end
    const kind = kinds[body.readUInt8(at)] ?? 'opaque'
    if (kind === 'file') yield { kind, path, metadata, content: fileRange(tar, first, second) }
    else if (kind === 'directory' || kind === 'fifo') yield { kind, path, metadata }
    else if (kind === 'symlink') yield { kind, path, metadata, target }
    else if (kind === 'hardlink') yield { kind, path, target: entryPathOf(target) }
    else if (kind === 'whiteout' || kind === 'opaque') yield { kind, path }
    else yield { kind: 'device', device: kind, path, metadata, major: first, minor: second }
  }
}

function numbersOf(entry: Entry, place: MemberPlace | undefined): readonly [number, number] {
  if (entry.kind === 'device') return [entry.major, entry.minor]
  if (entry.kind !== 'file') return [place?.content ?? 0, 0]
  return [place?.content ?? entry.content.at?.offset ?? 0, entry.content.size]
}

interface Palette {
  /** Number of a metadata value. */
  add(metadata: Metadata): number
  bytes(): Uint8Array
}

function paletteOf(): Palette {
  const numbers = new Map<string, number>()
  return {
    add(metadata) {
      const { mode, uid, gid, uname, gname, mtime } = metadata
      const xattrs = [...metadata.xattrs].map(([name, value]) => [name, Buffer.from(value).toString('base64')])
      const text = JSON.stringify([mode, uid, gid, uname, gname, mtime, xattrs])
      const known = numbers.get(text)
      if (known !== undefined) return known
      numbers.set(text, numbers.size)
      return numbers.size - 1
    },
    bytes: () => Buffer.from(`[${[...numbers.keys()].join(',')}]`, 'utf8'),
  }
}

type PaletteItem = readonly [number, number, number, string, string, number, readonly (readonly [string, string])[]]

function paletteIn(body: Buffer): readonly Metadata[] {
  const start = fixedSize + body.readUInt32LE(16) * recordSize + body.readUInt32LE(20)
  // The digest was checked, so these are bytes that `bytes` wrote.
  const items: readonly PaletteItem[] = JSON.parse(body.toString('utf8', start))
  return items.map(([mode, uid, gid, uname, gname, mtime, xattrs]) => ({
    ...{ mode, uid, gid, uname, gname, mtime },
    xattrs: new Map(xattrs.map(([name, value]) => [name, Buffer.from(value, 'base64')])),
  }))
}
