/**
 * Normalised files of a packed archive, decompressed once and kept: the source of its package's own layer.
 *
 * One file, made by unpack.ts: the members of the package's default layer (relative names, parents present, mtime 1, everything else as the
 * normaliser provides it) as a tar, in their original order; a tar of the package's control files; the index of the members, which records
 * their order in the layer; a trailer of 27 bytes (u64 offset of the index, magic). It is a cache, which gets its name once it is complete.
 */
import { contentOf, gather } from '../../base/bytes.ts'
import { indexTar } from '../../format/tar/read.ts'
import { writeTar } from '../../format/tar/write.ts'
import { type FileEntry, plain } from '../../tree/entry.ts'
import { inOrder } from '../../tree/order.ts'
import { path } from '../../tree/path.ts'
import { treeFrom } from '../../tree/tree.ts'
import { readFileEnd } from '../file-end.ts'
import { fileRange } from '../file-range.ts'
import type { PackedParts } from '../store.ts'
import { parseTarIndex } from '../tar/index.ts'
import type { IndexedTar } from '../tar/tree.ts'

/** An unpacked package. */
export interface UnpackedPackage extends IndexedTar {
  /** Control files of the package, by name. */
  control(): ReadonlyMap<string, Uint8Array>
  /** Locations of the members of the package's default layer, in its order; undefined if unknown. */
  parts(): PackedParts | undefined
}

const magic = Buffer.from('slipway unpacked 1\n', 'latin1')
const trailerSize = 8 + magic.length

/** What follows the members. @param membersEnd - size of their tar */
export function formatUnpackedEnd(
  membersEnd: number,
  { control, index }: { readonly control: ReadonlyMap<string, Uint8Array>; readonly index: Uint8Array },
): Uint8Array {
  const files = formatControl(control)
  const start = Buffer.alloc(8)
  start.writeBigUInt64BE(BigInt(membersEnd + files.length))
  return Buffer.concat([files, index, start, magic])
}

/** Opens an unpacked form; undefined if it is missing or damaged. */
export function openUnpacked(file: string): UnpackedPackage | undefined {
  const end = readFileEnd(file, { size: trailerSize, start: indexStartIn })
  const index = end === undefined ? undefined : parseTarIndex(end.bytes.subarray(0, -trailerSize), file)
  if (end === undefined || index === undefined) return undefined
  const { tarSize, membersSize } = index
  const control = fileRange(file, tarSize, end.start - tarSize)
  return {
    ...{ tree: treeFrom(index), tarSize, membersSize },
    control: () => parseControl(gather(control.open())),
    parts: () => {
      const parts = index.parts()
      return parts === undefined ? undefined : { file, parts }
    },
  }
}

function indexStartIn(trailer: Buffer): number | undefined {
  return trailer.subarray(8).equals(magic) ? Number(trailer.readBigUInt64BE()) : undefined
}

function formatControl(control: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const entries = [...control].map(
    ([name, bytes]): FileEntry => ({
      ...{ kind: 'file', path: path(name), metadata: plain(0o644), content: contentOf(bytes) },
    }),
  )
  return gather(writeTar(inOrder(entries), { names: 'relative', end: 'blocks' }))
}

function parseControl(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  return new Map(
    [...indexTar([bytes])].map((member) => [
      member.path,
      bytes.subarray(member.contentOffset, member.contentOffset + member.size),
    ]),
  )
}
