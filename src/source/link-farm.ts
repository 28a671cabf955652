/**
 * Link farms: real directories with links to files; the result of `buildEnv`, `symlinkJoin` and `contents`.
 *
 * An item's symlink to a directory of its own becomes that directory where another item has one at the same path (nixpkgs #102962: a
 * package with `sbin -> bin` must not hide what others have in `sbin`).
 */
import { fail } from '../base/error.ts'
import type { Entry } from '../tree/entry.ts'
import { plain } from '../tree/entry.ts'
import { leadsTo } from '../tree/links.ts'
import { ancestors, comparePaths, type EntryPath, join, relative, root, show } from '../tree/path.ts'
import { type Tree, treeOf } from '../tree/tree.ts'

/** Item that is linked into a farm. */
export interface FarmItem {
  /** For messages. */
  readonly name: string
  /** At a collision the lower number wins (Nix's `meta.priority`, default 5). */
  readonly priority: number
  readonly tree: Tree
  /** Returns the place of an entry in the farm; undefined leaves it out. */
  place(path: EntryPath): EntryPath | undefined
  /** Returns the target of the link. */
  target(path: EntryPath): string
}

/** Rule for two items of equal priority with one path: an error that names both, or the earlier item wins. */
export interface FarmRules {
  readonly collisions: 'error' | 'first'
  /** Which paths are linked at all; their parents are included. */
  readonly keep?: (path: EntryPath) => boolean
}

interface Leaf {
  readonly item: FarmItem
  readonly from: EntryPath
  readonly entry: Entry
}

/** Links all items into one tree. @throws BuildError environment.collision, environment.not-a-directory */
export function linkFarm(items: readonly FarmItem[], rules: FarmRules): Tree {
  const directories = new Set<EntryPath>([root])
  const leaves = new Map<EntryPath, Leaf>()
  for (const item of items) {
    for (const entry of item.tree.entries()) {
      if (entry.path === '' && entry.kind !== 'directory') notADirectory(item.name)
      const at = item.place(entry.path)
      if (at !== undefined) add({ item, from: entry.path, entry }, at)
    }
  }
  return farmOf(directories, leaves)

  function add(leaf: Leaf, at: EntryPath): void {
    if (leaf.entry.kind === 'directory') addDirectory(at, leaf.item)
    else if (rules.keep === undefined || rules.keep(at)) addLeaf(leaf, at)
  }

  function addDirectory(at: EntryPath, item: FarmItem): void {
    const leaf = leaves.get(at)
    if (leaf !== undefined) {
      if (!expand(leaf, at)) collide(leaf.item, item, at)
      leaves.delete(at)
    }
    if (rules.keep === undefined || rules.keep(at)) directories.add(at)
  }

  function addLeaf(leaf: Leaf, at: EntryPath): void {
    for (const above of ancestors(at)) addDirectory(above, leaf.item)
    const present = leaves.get(at)
    if (directories.has(at)) {
      if (!expand(leaf, at)) collide(leaf.item, leaf.item, at)
      return
    }
    if (present === undefined || leaf.item.priority < present.item.priority) leaves.set(at, leaf)
    else if (
      leaf.item.priority === present.item.priority &&
      rules.collisions === 'error' &&
      present.item.target(present.from) !== leaf.item.target(leaf.from)
    ) {
      collide(present.item, leaf.item, at)
    }
  }

  /** Replaces a link to a directory of its own item by what is in there; false when it is none. */
  function expand(leaf: Leaf, at: EntryPath): boolean {
    const directory = directoryBehind(leaf)
    if (directory === undefined) return false
    directories.add(at)
    leaves.delete(at)
    for (const entry of leaf.item.tree.below(directory)) {
      const name = relative(entry.path, directory)
      if (name !== undefined && name !== root) add({ item: leaf.item, from: entry.path, entry }, join(at, name))
    }
    return true
  }
}

/** Returns the directory of its own item that a link leads to, if any. */
function directoryBehind({ item, from, entry }: Leaf): EntryPath | undefined {
  if (entry.kind !== 'symlink') return undefined
  const target = entry.target.startsWith('/') ? insideOf(item, entry.target) : entry.target
  const inside = target === undefined ? undefined : leadsTo({ ...entry, path: from, target })
  return inside !== undefined && item.tree.get(inside)?.kind === 'directory' ? inside : undefined
}

/** Returns an absolute path relative to the item's own root; undefined if it is elsewhere. */
function insideOf(item: FarmItem, target: string): string | undefined {
  const own = item.target(root).replace(/\/$/, '')
  return target.startsWith(`${own}/`) ? target.slice(own.length) : undefined
}

function farmOf(directories: ReadonlySet<EntryPath>, leaves: ReadonlyMap<EntryPath, Leaf>): Tree {
  const entries: Entry[] = [...directories].map((path): Entry => ({ kind: 'directory', path, metadata: plain(0o755) }))
  for (const [path, leaf] of leaves) {
    entries.push({ kind: 'symlink', path, target: leaf.item.target(leaf.from), metadata: plain(0o777) })
  }
  return treeOf(entries.sort((a, b) => comparePaths(a.path, b.path)))
}

function collide(first: FarmItem, second: FarmItem, at: EntryPath): never {
  return fail('environment.collision', `${first.name} and ${second.name} both provide /${show(at)}.`, {
    remedy:
      'Leave one out, give one a lower `priority` number, narrow `pathsToLink`, or set `ignoreCollisions: true` to let the earlier one win.',
    detail: { path: show(at), first: first.name, second: second.name },
  })
}

/** Refuses a package that is a file, or a link to one. */
export function notADirectory(name: string): never {
  return fail('environment.not-a-directory', `${name} is a single file, and only directories can be joined.`, {
    remedy:
      'Put the file into a directory: `writeTextDir("etc/name", …)`, `writeScriptBin(…)`, or `path()` of the folder.',
    detail: { package: name },
  })
}
