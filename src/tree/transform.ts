/**
 * Trees made from trees, lazily: nothing is read before the result is iterated, and again each time it is.
 *
 * All keep the canonical order. A hard link whose target is left out carries the object itself; further links follow it.
 */
import { type DirectoryEntry, type Entry, hasMetadata, type Metadata, type NodeEntry, plain } from './entry.ts'
import { inOrder, movedTo } from './order.ts'
import { ancestors, type EntryPath, entryPathOf, isWithin, join, root } from './path.ts'
import type { Tree } from './tree.ts'

/** Numbers and names of an owner. */
export type Owner = Pick<Metadata, 'uid' | 'gid' | 'uname' | 'gname'>

/** The tree with its root at `prefix`, which is a directory (0755) where the tree says nothing of its root; parents (0755) first. */
export function under(tree: Tree, prefix: EntryPath, options: { readonly parents?: boolean } = {}): Tree {
  if (prefix === root) return tree
  return fromGenerator(function* () {
    if (options.parents !== false) for (const above of ancestors(prefix)) yield standIn(above)
    let rooted = false
    for (const entry of tree.entries()) {
      if (!rooted && entry.path !== root) yield standIn(prefix)
      rooted = true
      yield relocated(entry, (path) => join(prefix, path))
    }
    if (!rooted) yield standIn(prefix)
  })
}

/** The tree below `top`, with the entry at `top` as its root. */
export function below(tree: Tree, top: EntryPath): Tree {
  if (top === root) return tree
  const cut = top.length + 1
  return fromGenerator(function* () {
    for (const entry of chosen(tree, (each) => isWithin(each.path, top)))
      yield relocated(entry, (path) => entryPathOf(path.slice(cut)))
  })
}

/** The entries that `keep` answers for; what lies below a directory that is left out is left out too. */
export function filtered(tree: Tree, keep: (entry: Entry) => boolean): Tree {
  return fromGenerator(() => {
    let dropped: EntryPath | undefined
    return chosen(tree, (entry) => {
      if (dropped !== undefined && isWithin(entry.path, dropped)) return false
      const kept = keep(entry)
      dropped = kept || entry.kind !== 'directory' ? undefined : entry.path
      return kept
    })
  })
}

/** Every entry at another path; held in memory, since the order may change. @throws BuildError tree.duplicate */
export function renamed(tree: Tree, rename: (path: EntryPath) => EntryPath): Tree {
  return {
    entries: () => inOrder(Iterator.from(tree.entries()).map((entry) => relocated(entry, rename))),
  }
}

/** Other metadata where `change` answers with some. */
export function adjusted(tree: Tree, change: (entry: NodeEntry) => Metadata): Tree {
  return fromGenerator(function* () {
    for (const entry of tree.entries()) yield hasMetadata(entry) ? { ...entry, metadata: change(entry) } : entry
  })
}

/** All entries owned by one owner. */
export function owned(tree: Tree, owner: Owner): Tree {
  const { uid, gid, uname, gname } = owner
  return adjusted(tree, (entry) => ({ ...entry.metadata, uid, gid, uname, gname }))
}

/** No entry changed later than `mtime` (Unix seconds). */
export function clamped(tree: Tree, mtime: number): Tree {
  return adjusted(tree, ({ metadata }) => (metadata.mtime <= mtime ? metadata : { ...metadata, mtime }))
}

/** All entries changed at `mtime` (Unix seconds). */
export function dated(tree: Tree, mtime: number): Tree {
  return adjusted(tree, ({ metadata }) => (metadata.mtime === mtime ? metadata : { ...metadata, mtime }))
}

/** As a store holds it: directories and executables 0555, other files 0444, root:root, mtime 1, no extended attributes. */
export function asStoreObject(tree: Tree): Tree {
  return adjusted(tree, ({ kind, metadata }) => {
    if (kind === 'symlink') return plain(0o777)
    return plain(kind === 'directory' || (metadata.mode & 0o100) !== 0 ? 0o555 : 0o444)
  })
}

/** Hard links as files with the content of their target; a link whose target is not in the tree stays. */
export function withoutHardlinks(tree: Tree): Tree {
  return fromGenerator(function* () {
    const objects = new Map<EntryPath, NodeEntry>()
    for (const entry of tree.entries()) {
      const object = entry.kind === 'hardlink' ? objects.get(entry.target) : undefined
      const shown = object === undefined ? entry : movedTo(object, entry.path)
      if (hasMetadata(shown) && shown.kind !== 'directory') objects.set(shown.path, shown)
      yield shown
    }
  })
}

/** The tree with every directory present that its entries lie in (0755, root:root, mtime 1), but for the root. */
export function withParents(tree: Tree): Tree {
  return fromGenerator(function* () {
    // The deepest directory that is there: in canonical order all known parents of the next entry are it or above it.
    let deepest: EntryPath = root
    for (const entry of tree.entries()) {
      for (const above of ancestors(entry.path)) {
        if (isWithin(deepest, above)) continue
        deepest = above
        yield standIn(above)
      }
      if (entry.kind === 'directory') deepest = entry.path
      yield entry
    }
  })
}

/** A directory that nobody described. */
export function standIn(path: EntryPath): DirectoryEntry {
  return { kind: 'directory', path, metadata: plain(0o755) }
}

function relocated(entry: Entry, move: (path: EntryPath) => EntryPath): Entry {
  return entry.kind === 'hardlink'
    ? { ...entry, path: move(entry.path), target: move(entry.target) }
    : { ...entry, path: move(entry.path) }
}

function* chosen(tree: Tree, keep: (entry: Entry) => boolean): Generator<Entry> {
  const left = new Map<EntryPath, NodeEntry>()
  const carriers = new Map<EntryPath, EntryPath>()
  for (const entry of tree.entries()) {
    const object = entry.kind === 'hardlink' ? left.get(entry.target) : undefined
    if (!keep(entry)) {
      if (object !== undefined) left.set(entry.path, object)
      else if (hasMetadata(entry) && entry.kind !== 'directory') left.set(entry.path, entry)
    } else if (object === undefined) {
      yield entry
    } else {
      const carrier = carriers.get(object.path)
      if (carrier === undefined) carriers.set(object.path, entry.path)
      yield carrier === undefined
        ? movedTo(object, entry.path)
        : { kind: 'hardlink', path: entry.path, target: carrier }
    }
  }
}

function fromGenerator(entries: () => Iterable<Entry>): Tree {
  return { entries }
}
