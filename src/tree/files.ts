/**
 * A mutable tree: names, and the objects that they refer to.
 *
 * It may sit on a lower tree, which is visible but not part of the result: `changes` returns the differences, with whiteouts for removed
 * entries. Names of one object (hard links) share it. Paths are resolved through symbolic links inside the tree, as by a program whose root
 * is the tree.
 */
import { fail } from '../base/error.ts'
import { type Entry, type HardlinkEntry, hasMetadata, type NodeEntry } from './entry.ts'
import { type EntryPath, join, longestPath, root, show } from './path.ts'
import { standIn } from './transform.ts'
import type { Tree } from './tree.ts'

/** The object of a name. The entry's path is one of its names, and is ignored. */
export interface FileObject {
  entry: NodeEntry
}

/** One name in a directory. */
export interface Name {
  readonly name: string
  /** Absent at the root. */
  readonly directory: Name | undefined
  readonly children: Map<string, Name>
  /** Path, as bytes. */
  readonly length: number
  /** Absent if only lower trees have an entry here, and it is hidden. */
  object: FileObject | undefined
  /** Whether the result includes this name; otherwise only the lower tree has it. */
  own: boolean
  /** Whether it hides everything that lower trees have below it. */
  opaque: boolean
  /** Entry of the lower tree. */
  below: 'nothing' | 'other' | 'directory'
}

/** Result of resolving a path. */
export type Located =
  | { readonly kind: 'found'; readonly name: Name; readonly object: FileObject }
  /** `last`: only the last component is missing. */
  | { readonly kind: 'missing'; readonly directory: Name; readonly part: string; readonly last: boolean }
  /** A component is not a directory, or links form a cycle. */
  | { readonly kind: 'blocked'; readonly name: Name }

/** Limit on the links in one path, as in Linux (path_resolution(7)). */
const mostLinks = 40

/** A mutable tree over an immutable lower one. */
export class Files {
  readonly #root: Name = newName(undefined, '')

  /** @param lower - as a container sees it: without whiteouts. */
  constructor(lower: Tree) {
    standInAt(this.#root)
    for (const entry of lower.entries()) this.#loadLower(entry)
  }

  /** Applies a tree on top; its whiteouts remove, its directories merge. @throws BuildError tree.link-missing */
  add(tree: Tree): void {
    for (const entry of tree.entries()) this.#load(entry)
  }

  /** Resolves a path; follows a link at its very end only if `followLast`. */
  locate(path: EntryPath, followLast: boolean): Located {
    // Remaining components, the next one last.
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

  /** Returns the child with this name, creating it if necessary; a new one is absent until `put`. */
  nameIn(directory: Name, name: string): Name {
    const there = directory.children.get(name)
    if (there !== undefined) return there
    const made = newName(directory, name)
    // The path itself is too long, so it is refused where it would be created.
    if (made.length > longestPath) join(pathOf(directory), name)
    directory.children.set(name, made)
    return made
  }

  /** Sets the object of a name. A directory put over a directory keeps its children. */
  put(name: Name, object: FileObject): void {
    const isDirectory = object.entry.kind === 'directory'
    if (!isDirectory || name.object?.entry.kind !== 'directory') {
      name.children.clear()
      name.opaque = isDirectory && name.below === 'directory'
    }
    name.object = object
    name.own = true
  }

  /** Removes the object of a name. */
  remove(name: Name): void {
    name.children.clear()
    name.object = undefined
    name.own = true
    name.opaque = false
    if (name.below === 'nothing') name.directory?.children.delete(name.name)
  }

  /** Returns the object of this name for modification: first copies the lower tree's, as an overlay does. */
  changeable(name: Name): FileObject {
    if (name.object === undefined) throw new Error('unreachable: the name has no object')
    if (!name.own) this.put(name, { entry: name.object.entry })
    return name.object
  }

  /** Returns the differences from the lower tree, in canonical order. */
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
      // An unknown lower tree may contain anything.
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
      `${JSON.stringify(show(entry.path))} is a hard link to ${JSON.stringify(show(entry.target))}, which does not exist.`,
      {
        remedy: 'Add the tree that contains its target, or make it a file.',
        detail: { path: show(entry.path) },
      },
    )
  }

  /** Returns the name at a path, without following links; creates undescribed parent directories. */
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

/** An unknown lower tree may have the directory, so the result does not include it. */
function standInAt(name: Name): void {
  name.object = { entry: standIn(root) }
  name.below = 'directory'
}

/** Path of a name. */
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
  /** Maps an object to its first name: later ones are links to it. */
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
