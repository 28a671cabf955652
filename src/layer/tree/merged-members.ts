/**
 * Several members laid at "/" in one layer, as one tree in canonical order: the union of tree/merge.ts.
 *
 * What packages must not both have is dropped from one of them before; of what is left in two, such as equal files, the later member's
 * stays, as it would in layers of their own.
 */
import { mergeTrees } from '../../tree/merge.ts'
import { deferred, type Tree } from '../../tree/tree.ts'

/** The members' trees as one; held in memory once it was looked at. */
export function mergedMembers(trees: readonly Tree[]): Tree {
  const [only, ...others] = trees
  if (only !== undefined && others.length === 0) return only
  const ranked = trees.map((tree) => ({ tree, rank: 0, name: '' }))
  return deferred(() => mergeTrees(ranked, { within: () => 'last' }))
}
