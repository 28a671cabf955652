/**
 * The centre of slipway: a tree is entries in one canonical order, local, synchronous, unchanging, iterable again and again.
 *
 * Order: `comparePaths`; every entry's directories come before it, but need not be there at all in a layer. A hard link's target comes
 * first. At one path there is one entry, but for an `opaque` right behind its directory. Every maker of files makes a `Tree`; tar, NAR,
 * disk, merge and diff take one.
 *
 * Looking one path up is as cheap as the tree can make it: one lstat, one search in an index, one question to each tree below.
 */
import type { LocalContent } from '../base/bytes.ts'
import { type Entry, hasMetadata } from './entry.ts'
import { contentOfEntry, readContent, resolveIn } from './look-up.ts'
import { movedTo } from './order.ts'
import { comparePaths, type EntryPath, isWithin, root } from './path.ts'

export interface Tree {
  entries(): Iterable<Entry>
  /** The entries at a path and below it, as they come in `entries()`. */
  below(top: EntryPath): Iterable<Entry>
  /** The entry at a path; symbolic links are not followed. A hard link is the object itself, if this tree has it. */
  get(path: EntryPath): Entry | undefined
  /**
   * The entry that a path leads to when symbolic links are followed inside the tree, as by a program that has the tree as its root;
   * undefined where nothing is there or links lead in a circle. Directories that a layer leaves out are taken to be there.
   */
  resolve(path: EntryPath): Entry | undefined
  /** The content of the file that a path leads to; undefined where it leads to none. */
  content(path: EntryPath): LocalContent | undefined
  /** The bytes of that content. For small files. @throws BuildError content.too-large */
  read(path: EntryPath): Uint8Array | undefined
}

/** How a tree answers; everything else follows. */
export interface TreeSource {
  below(top: EntryPath): Iterable<Entry>
  /** Given where the first entry of `below` takes longer to find. */
  get?(path: EntryPath): Entry | undefined
}

/** A tree from the least that it must know. `below` is called each time the tree is read, and reads nothing before it is iterated. */
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

/** A tree from entries that are in order already. */
export function treeOf(entries: readonly Entry[]): Tree {
  return treeFrom({ below: (top) => (top === root ? entries : slice(entries, top)) })
}

/** A tree without entries. */
export const emptyTree: Tree = treeOf([])

/** A tree that is made when it is first looked at, and held. */
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

/** The first of `count` places in canonical order whose path is not before `path`. */
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
