/**
 * A tree that can be changed: names, and the objects that they lead to.
 *
 * It may stand on a lower tree, which is seen but is no part of the result: `changes` gives what differs, with whiteouts for what was
 * removed. Names of one object (hard links) share it. Paths are followed through symbolic links inside the tree, as a program would
 * follow them that has the tree as its root.
 */
import { fail } from '../base/error.ts'
import { type Entry, type HardlinkEntry, hasMetadata, type NodeEntry } from './entry.ts'
import { type EntryPath, join, longestPath, root, show } from './path.ts'
import { standIn } from './transform.ts'
import type { Tree } from './tree.ts'

/** What names lead to. The entry's path is that of one of its names and says nothing. */
export interface FileObject {
  entry: NodeEntry
}

/** One name in a directory. */
export interface Name {
  readonly name: string
  /** Absent at the root. */
  readonly directory: Name | undefined
  readonly children: Map<string, Name>
  /** Bytes of its path. */
  readonly length: number
  /** Absent where only lower trees have something, and it is hidden. */
  object: FileObject | undefined
  /** Whether the result says something of this name; else only the lower tree does. */
  own: boolean
  /** Whether it hides what lower trees have below it. */
  opaque: boolean
  /** What lower trees have here. */
  below: 'nothing' | 'other' | 'directory'
}

/** Where following a path ended. */
export type Located =
  | { readonly kind: 'found'; readonly name: Name; readonly object: FileObject }
  /** `last`: only the last part is missing. */
  | { readonly kind: 'missing'; readonly directory: Name; readonly part: string; readonly last: boolean }
  /** What stands in the way is no directory, or links lead in a circle. */
  | { readonly kind: 'blocked'; readonly name: Name }

/** As Linux (path_resolution(7)). */
const mostLinks = 40

/** A changeable tree over an unchanged lower one. */
export class Files {
  readonly #root: Name = newName(undefined, '')

  /** @param lower - as a container sees it: without whiteouts. */
  constructor(lower: Tree) {
    standInAt(this.#root)
    for (const entry of lower.entries()) this.#loadLower(entry)
  }

  /** Lays a tree over what is there; its whiteouts remove, its directories join. @throws BuildError tree.link-missing */
  add(tree: Tree): void {
    for (const entry of tree.entries()) this.#load(entry)
  }

  /** Follows a path; a link at its very end only when `followLast`. */
  locate(path: EntryPath, followLast: boolean): Located {
    // Parts still to be walked, the next one last.
    const parts = partsOf(path).reverse()
    let at = this.#root
    let links = 0
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      if (at.object?.entry.kind !== 'directory') return { kind: 'blocked', name: at }
      const next = part === '..' ? (at.directory ?? at) : at.children.get(part)
      const last = parts.length === 0
      if (next?.object === undefined) return { kind: 'missing', directory: at, part, last }
      const { entry } = next.object
      if (entry.kind !== 'symlink' || (last && !followLast)) {
        at = next
        continue
      }
      if (++links > mostLinks) return { kind: 'blocked', name: next }
      if (entry.target.startsWith('/')) at = this.#root
      parts.push(...partsOf(entry.target).reverse())
    }
    if (at.object === undefined) throw new Error('unreachable: a name without an object was found')
    return { kind: 'found', name: at, object: at.object }
  }

  /** The name of this text in a directory, made where there is none; nothing stands at a new one until `put`. */
  nameIn(directory: Name, name: string): Name {
    const there = directory.children.get(name)
    if (there !== undefined) return there
    const made = newName(directory, name)
    // The path itself is too long, so it is refused where it would be made.
    if (made.length > longestPath) join(pathOf(directory), name)
    directory.children.set(name, made)
    return made
  }

  /** Lets a name lead to an object. A directory put over a directory keeps what is in it. */
  put(name: Name, object: FileObject): void {
    const isDirectory = object.entry.kind === 'directory'
    if (!isDirectory || name.object?.entry.kind !== 'directory') {
      name.children.clear()
      name.opaque = isDirectory && name.below === 'directory'
    }
    name.object = object
    name.own = true
  }

  /** Lets nothing stand at a name. */
  remove(name: Name): void {
    name.children.clear()
    name.object = undefined
    name.own = true
    name.opaque = false
    if (name.below === 'nothing') name.directory?.children.delete(name.name)
  }

  /** An object that may be changed at this name: the lower tree's own is copied first, as an overlay does. */
  changeable(name: Name): FileObject {
    if (name.object === undefined) throw new Error('unreachable: nothing stands here')
    if (!name.own) this.put(name, { entry: name.object.entry })
    return name.object
  }

  /** What differs from the lower tree, in canonical order. */
  changes(): readonly Entry[] {
    const entries: Entry[] = []
    collect(this.#root, root, { entries, firstNames: new Map() })
    return entries
  }

  #loadLower(entry: Entry): void {
    const name = this.#nameAt(entry.path)
    if (entry.kind === 'whiteout' || entry.kind === 'opaque')
      throw new Error('unreachable: a lower tree is merged first')
    name.object = this.#objectOf(entry)
    name.below = name.object.entry.kind === 'directory' ? 'directory' : 'other'
  }

  #load(entry: Entry): void {
    const name = this.#nameAt(entry.path)
    if (entry.kind === 'opaque') {
      name.children.clear()
      name.opaque = true
    } else if (entry.kind === 'whiteout') {
      // Where no lower tree is known, it may have anything.
      if (name.below === 'nothing') name.below = 'directory'
      this.remove(name)
    } else this.put(name, this.#objectOf(entry))
  }

  #objectOf(entry: NodeEntry | HardlinkEntry): FileObject {
    if (hasMetadata(entry)) return { entry }
    const target = this.locate(entry.target, false)
    if (target.kind === 'found') return target.object
    return fail(
      'tree.link-missing',
      `${JSON.stringify(show(entry.path))} is a hard link to ${JSON.stringify(show(entry.target))}, which is not there.`,
      {
        remedy: 'Give the tree that holds its target, or make it a file.',
        detail: { path: show(entry.path) },
      },
    )
  }

  /** The name at a path that is taken as it is; directories above it that nobody described are there all the same. */
  #nameAt(path: EntryPath): Name {
    let at = this.#root
    for (const part of partsOf(path)) {
      if (at.object?.entry.kind !== 'directory') standInAt(at)
      at = this.nameIn(at, part)
    }
    return at
  }
}

function newName(directory: Name | undefined, name: string): Name {
  const length = directory === undefined || directory.length === 0 ? name.length : directory.length + 1 + name.length
  return {
    name,
    directory,
    length,
    children: new Map(),
    object: undefined,
    own: false,
    opaque: false,
    below: 'nothing',
  }
}

/** A lower tree that nobody showed may have the directory, so the result does not speak of it. */
function standInAt(name: Name): void {
  name.object = { entry: standIn(root) }
  name.below = 'directory'
}

/** Where a name stands. */
export function pathOf(name: Name): EntryPath {
  const parts: string[] = []
  for (let at: Name | undefined = name; at?.directory !== undefined; at = at.directory) parts.push(at.name)
  return join(root, parts.reverse().join('/'))
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.')
}

interface Collected {
  readonly entries: Entry[]
  /** Which name of an object came first: later ones are links to it. */
  readonly firstNames: Map<FileObject, EntryPath>
}

function collect(name: Name, path: EntryPath, into: Collected): void {
  if (name.own) into.entries.push(ownEntry(name.object, path, into.firstNames))
  if (name.own && name.opaque) into.entries.push({ kind: 'opaque', path })
  const children = [...name.children.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const child of children) collect(child, join(path, child.name), into)
}

function ownEntry(object: FileObject | undefined, path: EntryPath, firstNames: Map<FileObject, EntryPath>): Entry {
  if (object === undefined) return { kind: 'whiteout', path }
  const target = firstNames.get(object)
  if (target !== undefined) return { kind: 'hardlink', path, target }
  if (object.entry.kind !== 'directory') firstNames.set(object, path)
  return { ...object.entry, path }
}
