/**
 * Computes what a container sees of a stack of layers (OCI image specification, layer.md, "Applying Changesets").
 *
 * An upper entry replaces a lower one, but a directory joins a directory; a whiteout removes the entry of lower layers, an opaque directory
 * hides everything that they have below it. A hard link is bound when its layer is applied: if an upper layer replaces the target later,
 * the other names keep the old content.
 *
 * Idea: from the top layer down, the first layer that has a name takes it, and the name is never looked at again, so memory holds only what
 * is visible. Only a hard link to a lower layer's file needs what was visible there: all layers below it are combined first.
 */
import { fail } from '../base/error.ts'
import { type Entry, type HardlinkEntry, hasMetadata, type NodeEntry } from './entry.ts'
import { Files } from './files.ts'
import { movedTo } from './order.ts'
import { ancestors, comparePaths, type EntryPath, parent, root, show } from './path.ts'
import { standIn } from './transform.ts'
import { emptyTree, type Tree, treeFrom, treeOf } from './tree.ts'

/**
 * Combines layers, lowest first, into one tree: no whiteouts, all parents.
 *
 * @throws BuildError tree.link-missing - a hard link whose target is in no layer up to its own
 */
export function overlay(layers: Iterable<Tree>): Tree {
  const all = [...layers]
  let whole: Tree | undefined
  const tree = treeFrom({
    *below(top) {
      whole ??= treeOf(merged(all))
      yield* whole.below(top)
    },
    get: (path) => (whole === undefined ? seenAt(apart(all), path) : whole.get(path)),
  })
  stacks.set(tree, { layers: all, isCombined: () => whole !== undefined })
  return tree
}

/** Layers of a combination. */
interface Stack {
  readonly layers: readonly Tree[]
  isCombined(): boolean
}

const stacks = new WeakMap<Tree, Stack>()

/** Replaces a lowest layer that is a combination by its layers, unless they were combined: looking one path up combines nothing. */
function apart(layers: readonly Tree[]): readonly Tree[] {
  const [lowest = emptyTree, ...upper] = layers
  const stack = stacks.get(lowest)
  return stack === undefined || stack.isCombined() ? layers : [...apart(stack.layers), ...upper]
}

/** Looks up one path, asking each layer from the top down. */
function seenAt(layers: readonly Tree[], path: EntryPath): Entry | undefined {
  const directories = path === root ? [] : [root, ...ancestors(path)]
  let isImplied = false
  for (let index = layers.length - 1; index >= 0; index--) {
    const layer = layers[index] ?? emptyTree
    const found = layer.get(path)
    if (found?.kind === 'directory') return found
    if (found !== undefined && found.kind !== 'whiteout' && found.kind !== 'opaque') {
      if (isImplied) break
      return found.kind === 'hardlink' ? boundAt(layers.slice(0, index), found) : found
    }
    isImplied ||= path !== root && namesBelow(layer, path).some((name) => seenAt(layers, name) !== undefined)
    if (found?.kind === 'whiteout' || directories.some((directory) => hides(layer, directory))) break
  }
  return isImplied ? standIn(path) : undefined
}

/** Object of a hard link whose target is in a lower layer. */
function boundAt(lower: readonly Tree[], link: HardlinkEntry): NodeEntry {
  const object = seenAt(lower, link.target)
  return object === undefined || !hasMetadata(object) || object.kind === 'directory'
    ? missing(link)
    : movedTo(object, link.path)
}

/** Entries of a layer below a path. */
function namesBelow(layer: Tree, path: EntryPath): IteratorObject<EntryPath> {
  return Iterator.from(layer.below(path)).flatMap((entry) =>
    entry.kind === 'whiteout' || entry.kind === 'opaque' || entry.path === path ? [] : [entry.path],
  )
}

/** Tells whether a layer hides the names that lower layers have below a directory. */
function hides(layer: Tree, directory: EntryPath): boolean {
  for (const { kind, path } of layer.below(directory)) {
    if (path !== directory) return false
    if (kind !== 'directory') return true
  }
  return false
}

function merged(layers: readonly Tree[]): readonly Entry[] {
  const view = new View()
  for (let at = layers.length - 1; at >= 0; at--) {
    const outward = view.add([...(layers[at]?.entries() ?? [])])
    if (outward.length === 0) continue
    const lower = merged(layers.slice(0, at))
    view.bind(outward, lower)
    view.add(lower)
    break
  }
  return view.entries()
}

/** What is visible of the layers so far, from the top down. */
class View {
  /** Entries by visible name; objects with several names appear under each of them. "implied": only as the parent of others. */
  readonly #seen = new Map<EntryPath, NodeEntry | 'implied'>()
  /** Objects with several names. */
  readonly #linked = new Set<NodeEntry>()
  /** Paths where lower layers show nothing at and below the path, or only nothing below it. */
  readonly #gone = new Set<EntryPath>()
  readonly #opaque = new Set<EntryPath>()

  /** Adds a layer below the others; returns visible hard links whose targets only lower layers have. */
  add(layer: readonly Entry[]): readonly HardlinkEntry[] {
    const hides = this.#hiding()
    const directoryOf = lastDirectory()
    const targets = targetsOf(layer)
    const outward: HardlinkEntry[] = []
    const removals: Entry[] = []
    for (const entry of layer) {
      const { path } = entry
      const above = this.#seen.get(path)
      if (this.#gone.has(path) || isFile(above) || (path !== root && hides(directoryOf(path)))) continue
      if (entry.kind === 'whiteout' || entry.kind === 'opaque') removals.push(entry)
      else if (entry.kind === 'directory') {
        if (above === undefined || above === 'implied') this.#put(path, entry, directoryOf(path))
      } else if (above !== undefined) removals.push({ kind: 'whiteout', path })
      else if (entry.kind !== 'hardlink') this.#put(path, entry, directoryOf(path))
      else {
        const object = targets.get(entry.target)
        if (object === undefined) outward.push(entry)
        else this.#link(path, object)
      }
    }
    // These apply to lower layers only.
    for (const { kind, path } of removals) (kind === 'opaque' ? this.#opaque : this.#gone).add(path)
    return outward
  }

  /** Binds hard links to the objects that the layers below their own show. */
  bind(links: readonly HardlinkEntry[], lower: readonly Entry[]): void {
    const files = new Files(treeOf(lower))
    for (const link of links) {
      const found = files.locate(link.target, false)
      if (found.kind !== 'found' || found.object.entry.kind === 'directory') missing(link)
      else this.#link(link.path, found.object.entry)
    }
  }

  /** All visible entries, in canonical order. */
  entries(): readonly Entry[] {
    const carriers = new Map<NodeEntry, EntryPath>()
    const names = [...this.#seen.keys()].sort(comparePaths)
    return names.map((path) => {
      const object = this.#seen.get(path)
      if (object === undefined || object === 'implied') return standIn(path)
      const carrier = this.#linked.has(object) ? carriers.get(object) : undefined
      if (carrier !== undefined) return { kind: 'hardlink', path, target: carrier }
      if (this.#linked.has(object)) carriers.set(object, path)
      return object.path === path ? object : movedTo(object, path)
    })
  }

  #put(path: EntryPath, object: NodeEntry, directory: EntryPath): void {
    this.#seen.set(path, object)
    for (let above = directory; above !== root && !this.#seen.has(above); above = parent(above))
      this.#seen.set(above, 'implied')
  }

  #link(path: EntryPath, object: NodeEntry): void {
    this.#put(path, object, parent(path))
    this.#linked.add(object)
  }

  /** Tells whether a lower layer's entries in a directory are hidden; checks each directory once. */
  #hiding(): (directory: EntryPath) => boolean {
    const known = new Map<EntryPath, boolean>()
    const hides = (directory: EntryPath): boolean => {
      const answer = known.get(directory)
      if (answer !== undefined) return answer
      const own = this.#gone.has(directory) || this.#opaque.has(directory) || isFile(this.#seen.get(directory))
      const found = own || (directory !== root && hides(parent(directory)))
      known.set(directory, found)
      return found
    }
    return hides
  }
}

/** Directory of a path; cached, since in canonical order consecutive entries often share one. */
function lastDirectory(): (path: EntryPath) => EntryPath {
  let found: EntryPath = root
  return (path) => {
    const length = path.lastIndexOf('/')
    if (length !== found.length || !path.startsWith(found)) found = parent(path)
    return found
  }
}

function isFile(seen: NodeEntry | 'implied' | undefined): boolean {
  return seen !== undefined && seen !== 'implied' && seen.kind !== 'directory'
}

/** Targets of the hard links of a layer that are inside it. */
function targetsOf(layer: readonly Entry[]): ReadonlyMap<EntryPath, NodeEntry> {
  const wanted = new Set(layer.flatMap((entry) => (entry.kind === 'hardlink' ? [entry.target] : [])))
  if (wanted.size === 0) return new Map()
  return new Map(
    layer.flatMap((entry) =>
      hasMetadata(entry) && entry.kind !== 'directory' && wanted.has(entry.path) ? [[entry.path, entry] as const] : [],
    ),
  )
}

function missing({ path, target }: HardlinkEntry): never {
  return fail(
    'tree.link-missing',
    `${JSON.stringify(show(path))} is a hard link to ${JSON.stringify(show(target))}, which does not exist.`,
    {
      remedy: 'Add the tree that contains its target, or make it a file.',
      detail: { path: show(path) },
    },
  )
}
