/** Trees looked into as if they were one. */
import type { Entry } from './entry.ts'
import { compareEntries } from './order.ts'
import { deferred, type Tree, treeOf } from './tree.ts'

/**
 * The union of trees, of which the first with an entry at a path has it; directories are not compared. For looking things up: what is
 * laid out is merged (merge.ts), which knows who may replace whom.
 */
export function union(trees: Iterable<Tree>): Tree {
  const all = [...trees]
  // Asking each of several hundred trees takes longer than sorting their entries once.
  return deferred(() => treeOf(firstOfEach(all)))
}

function firstOfEach(trees: readonly Tree[]): readonly Entry[] {
  const sorted = trees.flatMap((tree) => [...tree.entries()]).sort(compareEntries)
  return sorted.filter((entry, index) => {
    const before = sorted[index - 1]
    return before === undefined || compareEntries(before, entry) !== 0
  })
}
