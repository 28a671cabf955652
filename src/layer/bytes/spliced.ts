/**
 * A layer of unpacked packages as ranges of their archives, which contain exactly its bytes: nothing is decoded or recreated.
 *
 * Possible for a default layer whose packages share only directories, and agree about them. Any other layer is made from entries, by the
 * rules of tree/merge.ts; if both are possible they give the same bytes.
 */
import { endSize } from '../../format/tar/write.ts'
import { isUnpacked } from '../../store/normaliser.ts'
import type { PackedParts, StoreReader } from '../../store/store.ts'
import type { TarPart } from '../../store/tar/index.ts'
import type { LayerRecipe, Spliced } from '../layer.ts'

/** Ranges that make up a layer; undefined if its bytes are not in files. The recipe's options must be the defaults. */
export function splicedLayer(store: StoreReader, { members }: LayerRecipe): Spliced | undefined {
  const packages: PackedParts[] = []
  for (const { path, as } of members) {
    const packed = isUnpacked(as) ? store.parts(path, as) : undefined
    if (packed === undefined) return undefined
    packages.push(packed)
  }
  const ranges = rangesOf(packages)
  if (ranges === undefined) return undefined
  const size = ranges.reduce((sum, range) => sum + range.size, 0)
  return { ranges, end: endSize(size, 'record') }
}

function byKey({ part: a }: Part, { part: b }: Part): number {
  return a.key < b.key ? -1 : Number(a.key > b.key)
}

interface Part {
  readonly part: TarPart
  readonly file: string
}

type Ranges = Spliced['ranges']

/** Joins adjacent members of an archive into ranges. Undefined if two members that are not equal directories have one path. */
function rangesOf(packages: readonly PackedParts[]): Ranges | undefined {
  const sorted = packages.flatMap(({ file, parts }) => parts.map((part) => ({ part, file }))).sort(byKey)
  const ranges: { readonly file: string; readonly offset: number; size: number }[] = []
  let previous: TarPart | undefined
  for (const { part, file } of sorted) {
    const other = previous?.key === part.key ? previous : undefined
    if (other !== undefined && !isShared(part, other)) return undefined
    previous = part
    if (other !== undefined) continue
    const last = ranges.at(-1)
    const size = part.end - part.start
    if (last?.file === file && last.offset + last.size === part.start) last.size += size
    else ranges.push({ file, offset: part.start, size })
  }
  return ranges
}

function isShared(a: TarPart, b: TarPart): boolean {
  return a.isDirectory && b.isDirectory && a.metadata === b.metadata
}
