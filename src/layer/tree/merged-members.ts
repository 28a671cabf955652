/**
 * Several members rooted at "/" in one layer, as one tree in canonical order: the union of tree/merge.ts.
 *
 * Conflicting files are removed from one of the packages beforehand; of what both still have, such as equal files, the later member's wins,
 * as it would in separate layers.
 */
import type { MergeRules } from '../../tree/choose.ts'
import { mergedEntries, mergeTrees } from '../../tree/merge.ts'
import { root } from '../../tree/path.ts'
import { deferred, type Tree, treeFrom } from '../../tree/tree.ts'

/** Merges the members' trees into one: anew for each pass, since a large layer would fill memory; look-ups hold it. */
export function mergedMembers(trees: readonly Tree[]): Tree {
  const [only, ...others] = trees
  if (only !== undefined && others.length === 0) return only
  const ranked = trees.map((tree) => ({ tree, rank: 0, name: '' }))
  const rules: MergeRules = { within: () => 'last' }
  const held = deferred(() => mergeTrees(ranked, rules))
  return treeFrom({
    below: (top) => (top === root ? mergedEntries(ranked, rules) : held.below(top)),
    get: held.get,
  })
}
