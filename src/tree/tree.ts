/**
 * The centre of slipway: a tree is entries in one canonical order, local, synchronous, iterable again and again.
 *
 * Order: `comparePaths`; every entry's directories come before it, but need not be there at all in a layer. A hard link's target comes
 * first. At one path there is one entry, but for an `opaque` right behind its directory. Every maker of files makes a `Tree`; tar, NAR,
 * disk, merge and diff take one.
 */
import type { Entry } from './entry.ts'

export interface Tree {
  entries(): Iterable<Entry>
}

/** A tree without entries. */
export const emptyTree: Tree = { entries: () => [] }

/** A tree from entries that are in order already. */
export function treeOf(entries: readonly Entry[]): Tree {
  return { entries: () => entries }
}
