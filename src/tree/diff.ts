/**
 * Computes the layer that turns one tree into another (OCI image specification, layer.md, "Determining Changes"): applied to `before` it
 * gives `after`.
 *
 * Both trees are as a container sees them: no whiteouts, all parents. One pass over both, which have the same order. A file with several
 * names is written with all of them if one of them is new, removed or changed, so that no link reaches into a lower layer.
 */
import { type Entry, hasMetadata } from './entry.ts'
import { sameEntry } from './equal.ts'
import { comparePaths, type EntryPath, isWithin, root } from './path.ts'
import { withoutHardlinks } from './transform.ts'
import { deferred, type Tree, treeOf } from './tree.ts'

/** What counts as a change. */
export interface DiffOptions {
  /** Whether a different time alone counts; not by default, since an image sets one time for all entries. */
  readonly times?: boolean
}

/** Returns the changes, with whiteouts for removed entries; unchanged parents are omitted. */
export function diff(before: Tree, after: Tree, options: DiffOptions = {}): Tree {
  return deferred(() => treeOf([...changes(before, after, options)]))
}

function* changes(before: Tree, after: Tree, options: DiffOptions): Generator<Entry> {
  const oldNames = namesOfLinked(before)
  const names = namesOfLinked(after)
  let hidden: EntryPath | undefined
  for (const [was, is] of pairs(withoutHardlinks(before), withoutHardlinks(after))) {
    if (was !== undefined && was.path !== root && is?.kind !== 'directory') {
      const isHidden = hidden !== undefined && isWithin(was.path, hidden)
      if (is === undefined && !isHidden) yield { kind: 'whiteout', path: was.path }
      if (!isHidden && was.kind === 'directory') hidden = was.path
    }
    if (is === undefined) continue
    const own = names.get(is.path)
    const sameNames = own?.join('\0') === oldNames.get(is.path)?.join('\0')
    if (was !== undefined && sameNames && sameEntry(was, is) && (options.times !== true || sameTime(was, is))) continue
    const [first = is.path] = own ?? []
    yield first === is.path ? is : { kind: 'hardlink', path: is.path, target: first }
  }
}

/** Pairs of entries at each path, in canonical order. */
function* pairs(before: Tree, after: Tree): Generator<readonly [Entry | undefined, Entry | undefined]> {
  const left = before.entries()[Symbol.iterator]()
  const right = after.entries()[Symbol.iterator]()
  let was = left.next()
  let is = right.next()
  while (was.done !== true || is.done !== true) {
    const order = was.done === true ? 1 : is.done === true ? -1 : comparePaths(was.value.path, is.value.path)
    yield [order <= 0 ? was.value : undefined, order >= 0 ? is.value : undefined]
    if (order <= 0) was = left.next()
    if (order >= 0) is = right.next()
  }
}

/** Maps each name of an object with several names to all its names, in order. */
function namesOfLinked(tree: Tree): ReadonlyMap<EntryPath, readonly EntryPath[]> {
  const names = new Map<EntryPath, EntryPath[]>()
  for (const entry of tree.entries()) {
    if (entry.kind !== 'hardlink') continue
    const all = names.get(entry.target) ?? [entry.target]
    all.push(entry.path)
    names.set(entry.target, all)
    names.set(entry.path, all)
  }
  return names
}

function sameTime(was: Entry, is: Entry): boolean {
  return hasMetadata(was) && hasMetadata(is) && was.metadata.mtime === is.metadata.mtime
}
