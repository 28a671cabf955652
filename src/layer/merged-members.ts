/**
 * Several members laid at "/" in one layer, as one tree in canonical order.
 *
 * Which package may have which path is settled before. Here, at one path, the later member's entry stays, as it would in layers of their
 * own; of directories the first that says more than 0755 root:root does.
 */
import type { Entry } from '../tree/entry.ts'
import { inOrder } from '../tree/order.ts'
import type { EntryPath } from '../tree/path.ts'
import { filtered } from '../tree/transform.ts'
import type { Tree } from '../tree/tree.ts'
import { standsInTheWay } from './adjustments.ts'

/** The members' trees as one; held in memory while it is iterated. */
export function mergedMembers(trees: readonly Tree[]): Tree {
  const [only, ...others] = trees
  if (only === undefined || others.length === 0) return only ?? { entries: () => [] }
  return {
    entries: () => {
      const winners = winnersOf(trees)
      return inOrder(trees.flatMap((tree, member) => [...ownEntries(tree, member, winners)]))
    },
  }
}

interface Winner {
  readonly member: number
  readonly entry: Entry
}
type Winners = ReadonlyMap<EntryPath, Winner>

function winnersOf(trees: readonly Tree[]): Winners {
  const winners = new Map<EntryPath, Winner>()
  trees.forEach((tree, member) => {
    for (const entry of tree.entries()) {
      const before = winners.get(entry.path)
      if (entry.kind !== 'opaque' && (before === undefined || replaces(entry, before.entry)))
        winners.set(entry.path, { member, entry })
    }
  })
  return winners
}

function replaces(later: Entry, before: Entry): boolean {
  if (later.kind !== 'directory' || before.kind !== 'directory') return true
  return standsInTheWay(before.metadata) && !standsInTheWay(later.metadata)
}

/** What stays of one member. A directory that lost to another directory still leads to its files. */
function* ownEntries(tree: Tree, member: number, winners: Winners): Generator<Entry> {
  const wins = (entry: Entry): boolean => entry.kind === 'opaque' || winners.get(entry.path)?.member === member
  const leads = ({ kind, path }: Entry): boolean =>
    kind === 'directory' && winners.get(path)?.entry.kind === 'directory'
  for (const entry of filtered(tree, (each) => wins(each) || leads(each)).entries()) if (wins(entry)) yield entry
}
