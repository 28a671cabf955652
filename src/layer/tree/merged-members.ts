/**
 * Several members rooted at "/" in one layer, as one tree in canonical order: the union of tree/merge.ts.
 *
 * Conflicting files are removed from one of the packages beforehand; of what both still have, such as equal files, the later member's wins,
 * as it would in separate layers.
 */
import { mergeTrees } from '../../tree/merge.ts'
import { deferred, type Tree } from '../../tree/tree.ts'

/** Merges the members' trees into one; held in memory after first use. */
export function mergedMembers(trees: readonly Tree[]): Tree {
  const [only, ...others] = trees
  if (only !== undefined && others.length === 0) return only
  const ranked = trees.map((tree) => ({ tree, rank: 0, name: '' }))
  return deferred(() => mergeTrees(ranked, { within: () => 'last' }))
}
