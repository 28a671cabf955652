/**
 * The central type of slipway: a tree is entries in one canonical order, local, synchronous, immutable, and iterable any number of times.
 *
 * Order: `comparePaths`; the directories of an entry come before it, but a layer may omit them. A hard link's target comes first. Each path
 * has one entry, except an `opaque` right after its directory. Every producer of files makes a `Tree`; tar, NAR, disk, merge and diff
 * consume one.
 *
 * A look-up of one path is as cheap as the tree can make it: one lstat, one search in an index, one query to each tree below.
 */
import type { LocalContent } from '../base/bytes.ts'
import { type Entry, hasMetadata } from './entry.ts'
import { contentOfEntry, readContent, resolveIn } from './look-up.ts'
import { movedTo } from './order.ts'
import { comparePaths, type EntryPath, isWithin, root } from './path.ts'

export interface Tree {
  entries(): Iterable<Entry>
  /** Entries at a path and below it, in the order of `entries()`. */
  below(top: EntryPath): Iterable<Entry>
  /** Entry at a path; does not follow symbolic links. A hard link yields the object itself, if this tree has it. */
  get(path: EntryPath): Entry | undefined
  /**
   * Entry that a path resolves to when symbolic links are followed inside the tree, as by a program whose root is the tree; undefined if
   * nothing exists there or links form a cycle. Directories that a layer omits are assumed to exist.
   */
  resolve(path: EntryPath): Entry | undefined
  /** Content of the file that a path resolves to; undefined if it resolves to something else. */
  content(path: EntryPath): LocalContent | undefined
  /** Bytes of that content. For small files. @throws BuildError content.too-large */
  read(path: EntryPath): Uint8Array | undefined
}

/** The primitives of a tree; everything else is derived from them. */
export interface TreeSource {
  below(top: EntryPath): Iterable<Entry>
  /** For trees where finding the first entry of `below` takes longer. */
  get?(path: EntryPath): Entry | undefined
}

/** Makes a tree from its primitives. `below` is called each time the tree is read, and reads nothing before it is iterated. */
export function treeFrom(source: TreeSource): Tree {
  const get = source.get ?? ((path) => objectAt(source, path))
  const resolve = (path: EntryPath): Entry | undefined => resolveIn(get, path)
  const content = (path: EntryPath): LocalContent | undefined => contentOfEntry(resolve(path))
  return {
    entries: () => source.below(root),
    below: source.below,
    get,
    resolve,
    content,
    read: (path) => readContent(content(path), path),
  }
}

/** Makes a tree from entries that are in order already. */
export function treeOf(entries: readonly Entry[]): Tree {
  return treeFrom({ below: (top) => (top === root ? entries : slice(entries, top)) })
}

/** A tree without entries. */
export const emptyTree: Tree = treeOf([])

/** A tree that is computed on first use, and kept. */
export function deferred(make: () => Tree): Tree {
  let made: Tree | undefined
  return treeFrom({
    *below(top) {
      made ??= make()
      yield* made.below(top)
    },
    get(path) {
      made ??= make()
      return made.get(path)
    },
  })
}

/** Binary search for the first of `count` entries in canonical order whose path is not before `path`. */
export function firstFrom(path: EntryPath, count: number, pathAt: (index: number) => string): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (comparePaths(pathAt(middle), path) < 0) low = middle + 1
    else high = middle
  }
  return low
}

function* slice(entries: readonly Entry[], top: EntryPath): Generator<Entry> {
  let index = firstFrom(top, entries.length, (at) => entries[at]?.path ?? '')
  for (let entry = entries[index]; entry !== undefined && isWithin(entry.path, top); entry = entries[++index])
    yield entry
}

function objectAt(source: TreeSource, path: EntryPath): Entry | undefined {
  const entry = entryAt(source, path)
  if (entry?.kind !== 'hardlink') return entry
  const object = entryAt(source, entry.target)
  return object === undefined || !hasMetadata(object) || object.kind === 'directory' ? entry : movedTo(object, path)
}

function entryAt(source: TreeSource, path: EntryPath): Entry | undefined {
  for (const entry of source.below(path)) return entry.path === path ? entry : undefined
  return undefined
}
