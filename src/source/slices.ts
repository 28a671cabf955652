/**
 * Where the tree of a directory is cut into slices, so that a change of one file changes one slice: tars of about a mebibyte.
 *
 * The cuts follow from names and sizes alone, and mostly from names: a slice ends before an entry whose path hashes to a mark, so that behind
 * a file that came, went or grew the cuts are soon the same again. A large file is a slice of its own.
 */
import { crc32 } from 'node:zlib'
import { blockSize, paddingOf } from '../format/tar/member.ts'
import type { Entry } from '../tree/entry.ts'

/** When slices end; sizes in bytes. */
export interface SliceRule {
  /** A mark ends no smaller slice. */
  readonly least: number
  /** A slice of this size ends without a mark; a file of this size is large. */
  readonly most: number
  /** One path in so many is a mark. */
  readonly marks: number
}

/** Slices of 1 to 4 MiB, mostly little more than one: dozens of files of usual sizes. */
export const sliceRule: SliceRule = { least: 2 ** 20, most: 2 ** 22, marks: 8 }

/** Divides entries in canonical order into slices, none of them empty. */
export function* slicesOf(entries: Iterable<Entry>, { least, most, marks }: SliceRule): Generator<readonly Entry[]> {
  let slice: Entry[] = []
  let size = 0
  for (const entry of entries) {
    const own = sizeOf(entry)
    const isMark = size >= least && crc32(entry.path) % marks === 0
    if (slice.length > 0 && (isMark || size >= most || own >= most)) {
      yield slice
      slice = []
      size = 0
    }
    slice.push(entry)
    size += own
  }
  if (slice.length > 0) yield slice
}

function sizeOf(entry: Entry): number {
  const content = entry.kind === 'file' ? entry.content.size : 0
  return blockSize + content + paddingOf(content)
}
