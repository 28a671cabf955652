/** Trees looked into as if they were one. */
import type { Entry } from './entry.ts'
import { compareEntries } from './order.ts'
import { deferred, type Tree, treeFrom, treeOf } from './tree.ts'

/**
 * The union of trees, of which the first with an entry at a path has it; directories are not compared. For looking things up: what is
 * laid out is merged (merge.ts), which knows who may replace whom.
 */
export function union(trees: Iterable<Tree>): Tree {
  const all = [...trees]
  // Asking each of several hundred trees takes longer than sorting their entries once.
  return deferred(() => treeOf(firstOfEach(all)))
}

/** The same of two trees, asked one after the other: for a few entries before many. */
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
