/**
 * Lazy transformations of trees: nothing is read before the result is used, and looking up one path reads no others.
 *
 * All keep the canonical order. If the target of a hard link is filtered out, the link carries the object itself; further links follow it.
 */
import {
  type DirectoryEntry,
  type Entry,
  type HardlinkEntry,
  hasMetadata,
  type Metadata,
  type NodeEntry,
  plain,
} from './entry.ts'
import { inOrder } from './order.ts'
import { ancestors, type EntryPath, isWithin, join, parent, relative, root } from './path.ts'
import { deferred, type Tree, treeFrom, treeOf } from './tree.ts'

/** Numbers and names of an owner. */
export type Owner = Pick<Metadata, 'uid' | 'gid' | 'uname' | 'gname'>

/** Moves the root of a tree to `prefix`, a directory (0755) if the tree has no entry for its root; parents (0755) first. */
export function under(tree: Tree, prefix: EntryPath, options: { readonly parents?: boolean } = {}): Tree {
  if (prefix === root) return tree
  const above = options.parents === false ? [] : ancestors(prefix)
  return treeFrom({
    *below(top) {
      for (const directory of above) if (isWithin(directory, top)) yield standIn(directory)
      const within = isWithin(prefix, top) ? root : relative(top, prefix)
      if (within === undefined) return
      let rooted = within !== root
      for (const entry of tree.below(within)) {
        if (!rooted && entry.path !== root) yield standIn(prefix)
        rooted = true
        yield relocated(entry, (path) => join(prefix, path))
      }
      if (!rooted) yield standIn(prefix)
    },
  })
}

/** Keeps the entries that `keep` accepts, a pure function; everything below an excluded directory is excluded too. */
export function filtered(tree: Tree, keep: (entry: Entry) => boolean): Tree {
  const isOpen = (directory: EntryPath): boolean => {
    const entry = tree.get(directory)
    return entry?.kind !== 'directory' || keep(entry)
  }
  const isKept = (entry: Entry): boolean => keep(entry) && ancestors(entry.path).every(isOpen)
  const carrierOf = carriers(tree, isKept)
  return treeFrom({
    *below(top) {
      if (!ancestors(top).every(isOpen)) return
      let dropped: EntryPath | undefined
      for (const entry of tree.below(top)) {
        if (dropped !== undefined && isWithin(entry.path, dropped)) continue
        if (keep(entry)) yield entry.kind === 'hardlink' ? carried(tree, entry, carrierOf(entry.target)) : entry
        else dropped = entry.kind === 'directory' ? entry.path : undefined
      }
    },
    get(path) {
      const entry = first(tree, path)
      return entry !== undefined && isKept(entry) ? tree.get(path) : undefined
    },
  })
}

/** Moves every entry to another path; held in memory, since the order may change. @throws BuildError tree.duplicate */
export function renamed(tree: Tree, rename: (path: EntryPath) => EntryPath): Tree {
  return deferred(() => treeOf(inOrder(Iterator.from(tree.entries()).map((entry) => relocated(entry, rename)))))
}

/** Changes metadata where `change` returns some. */
export function adjusted(tree: Tree, change: (entry: NodeEntry) => Metadata): Tree {
  return treeFrom({
    *below(top) {
      for (const entry of tree.below(top)) yield hasMetadata(entry) ? { ...entry, metadata: change(entry) } : entry
    },
  })
}

/** Sets one owner for all entries. */
export function owned(tree: Tree, owner: Owner): Tree {
  const { uid, gid, uname, gname } = owner
  return adjusted(tree, (entry) => ({ ...entry.metadata, uid, gid, uname, gname }))
}

/** Sets `mtime` (Unix seconds) for all entries. */
export function dated(tree: Tree, mtime: number): Tree {
  return adjusted(tree, ({ metadata }) => (metadata.mtime === mtime ? metadata : { ...metadata, mtime }))
}

/** Normalises as a store does: directories and executables 0555, other files 0444, root:root, mtime 1, no extended attributes. */
export function asStoreObject(tree: Tree): Tree {
  return adjusted(tree, ({ kind, metadata }) => {
    if (kind === 'symlink') return plain(0o777)
    return plain(kind === 'directory' || (metadata.mode & 0o100) !== 0 ? 0o555 : 0o444)
  })
}

/** Expands hard links to files with the content of their target; keeps a link whose target is not in the tree. */
export function withoutHardlinks(tree: Tree): Tree {
  return treeFrom({
    *below(top) {
      for (const entry of tree.below(top)) yield entry.kind === 'hardlink' ? (tree.get(entry.path) ?? entry) : entry
    },
    get: tree.get,
  })
}

/** Adds all missing parent directories (0755, root:root, mtime 1), except the root. */
export function withParents(tree: Tree): Tree {
  return treeFrom({
    *below(top) {
      // Deepest existing directory: in canonical order, all known parents of the next entry are it or above it.
      let deepest: EntryPath = parent(top)
      for (const entry of tree.below(top)) {
        for (const above of ancestors(entry.path)) {
          if (isWithin(deepest, above)) continue
          deepest = above
          yield standIn(above)
        }
        if (entry.kind === 'directory') deepest = entry.path
        yield entry
      }
    },
  })
}

/** Removes the entry of the root. */
export function withoutRoot(tree: Tree): Tree {
  return treeFrom({
    *below(top) {
      for (const entry of tree.below(top)) if (entry.path !== root) yield entry
    },
    get: (path) => (path === root ? undefined : tree.get(path)),
  })
}

/** A directory without a description of its own. */
export function standIn(path: EntryPath): DirectoryEntry {
  return { kind: 'directory', path, metadata: plain(0o755) }
}

function relocated(entry: Entry, move: (path: EntryPath) => EntryPath): Entry {
  return entry.kind === 'hardlink'
    ? { ...entry, path: move(entry.path), target: move(entry.target) }
    : { ...entry, path: move(entry.path) }
}

/** Maps each excluded object to the first of its kept names, which carries it. Computed once, on demand. */
function carriers(tree: Tree, isKept: (entry: Entry) => boolean): (target: EntryPath) => EntryPath | undefined {
  const find = (): ReadonlyMap<EntryPath, EntryPath> => {
    const found = new Map<EntryPath, EntryPath>()
    for (const entry of tree.entries()) {
      if (entry.kind !== 'hardlink' || found.has(entry.target) || !isKept(entry)) continue
      const object = first(tree, entry.target)
      if (object !== undefined && !isKept(object)) found.set(entry.target, entry.path)
    }
    return found
  }
  let known: ReadonlyMap<EntryPath, EntryPath> | undefined
  return (target) => {
    known ??= find()
    return known.get(target)
  }
}

function carried(tree: Tree, link: HardlinkEntry, carrier: EntryPath | undefined): Entry {
  if (carrier === undefined) return link
  return carrier === link.path ? (tree.get(link.path) ?? link) : { ...link, target: carrier }
}

/** Entry at a path as `entries()` has it. */
function first(tree: Tree, path: EntryPath): Entry | undefined {
  for (const entry of tree.below(path)) return entry.path === path ? entry : undefined
  return undefined
}
