/** Look-ups in several trees as if they were one. */
import type { Entry } from './entry.ts'
import { compareEntries } from './order.ts'
import { deferred, type Tree, treeFrom, treeOf } from './tree.ts'

/**
 * Union of trees, where the first tree with an entry at a path wins; directories are not compared. For look-ups only: output is merged
 * (merge.ts), which knows who may replace whom.
 */
export function union(trees: Iterable<Tree>): Tree {
  const all = [...trees]
  // Querying each of several hundred trees takes longer than sorting their entries once.
  return deferred(() => treeOf(firstOfEach(all)))
}

/** Union of two trees, queried one after the other: for a few entries over many. */
export function before(upper: Tree, lower: Tree): Tree {
  return treeFrom({
    *below(top) {
      const [first, second] = [upper.below(top)[Symbol.iterator](), lower.below(top)[Symbol.iterator]()]
      let [a, b] = [first.next(), second.next()]
      while (a.done !== true || b.done !== true) {
        const order = a.done === true ? 1 : b.done === true ? -1 : compareEntries(a.value, b.value)
        yield order <= 0 ? a.value : b.value
        if (order <= 0) a = first.next()
        if (order >= 0) b = second.next()
      }
    },
    get: (path) => upper.get(path) ?? lower.get(path),
  })
}

function firstOfEach(trees: readonly Tree[]): readonly Entry[] {
  const sorted = trees.flatMap((tree) => [...tree.entries()]).sort(compareEntries)
  return sorted.filter((entry, index) => {
    const before = sorted[index - 1]
    return before === undefined || compareEntries(before, entry) !== 0
  })
}
