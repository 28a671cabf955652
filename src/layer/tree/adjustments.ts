/**
 * Adjustments: the few entries of a layer whose metadata differs from its members'.
 *
 * A directory that several layers contain must have the same metadata in each layer above the one that sets it, or the topmost implied
 * parent would win. The setter of a directory is, within the highest rank, the layer whose value is more than 0755 root:root. Entries that
 * are only parents of others (0755 root:root without attributes) set nothing, unless no other layer does or commands made them so. Layers below the setter need no
 * change.
 */
import { fail } from '../../base/error.ts'
import { type Entry, hasMetadata, type Metadata, type NodeEntry } from '../../tree/entry.ts'
import { type EntryPath, show } from '../../tree/path.ts'
import { type Tree, treeFrom } from '../../tree/tree.ts'
import type { Adjustment, LayerRecipe } from '../layer.ts'

/** A directory in one layer. */
export interface LaidDirectory {
  readonly path: EntryPath
  readonly metadata: Metadata
  /** Owner of the layer, for messages. */
  readonly by: string
  /** Set if it differs from the layer's. */
  readonly rank?: number
  /** Whether it sets its metadata even if that is ordinary. */
  readonly isSet?: boolean
}

/** Directories of one layer; those of a higher `rank` override lower ones, equal ranks must agree. */
export interface LayerDirectories {
  readonly rank: number
  readonly directories: readonly LaidDirectory[]
}

type Adjustments = LayerRecipe['adjustments']

/** Tells whether a directory's metadata is only that of an implied parent. */
export function isOrdinary({ mode, uid, gid, xattrs }: Metadata): boolean {
  return mode === 0o755 && uid === 0 && gid === 0 && xattrs.size === 0
}

/**
 * Computes the changes to each layer that make all directories agree; `layers` from the bottom up.
 *
 * @throws BuildError layer.directory-conflict - two layers of one rank set a directory differently.
 */
export function directoryAdjustments(layers: readonly LayerDirectories[]): Adjustments[] {
  const setters = settersOf(layers)
  return layers.map(({ directories }, layer) => {
    const found: Record<string, Adjustment> = {}
    for (const { path, metadata } of directories) {
      const setter = setters.get(path)
      if (setter === undefined || setter.layer > layer || isSame(metadata, setter.metadata)) continue
      found[path] = asJson({ ...setter.metadata, mtime: metadata.mtime })
    }
    return found
  })
}

/** Directories in a tree. */
export function directoriesOf(tree: Tree, by: string): readonly LaidDirectory[] {
  const found: LaidDirectory[] = []
  for (const entry of tree.entries()) {
    if (entry.kind === 'directory') found.push({ path: entry.path, metadata: entry.metadata, by })
  }
  return found
}

/** Applies adjustments to a tree. */
export function withAdjustments(tree: Tree, adjustments: Adjustments): Tree {
  const known = new Map(Object.entries(adjustments))
  if (known.size === 0) return tree
  return treeFrom({
    *below(top) {
      for (const entry of tree.below(top)) yield adjustedEntry(entry, known.get(entry.path))
    },
  })
}

/** Metadata in its recipe form. */
export function asJson({ xattrs, ...rest }: Metadata): Adjustment {
  const values = [...xattrs].map(([name, value]) => [name, Buffer.from(value).toString('base64')])
  return { ...rest, xattrs: Object.fromEntries(values) }
}

interface Setter extends LaidDirectory {
  readonly layer: number
  readonly rank: number
}

function settersOf(layers: readonly LayerDirectories[]): ReadonlyMap<EntryPath, Setter> {
  const setters = new Map<EntryPath, Setter>()
  layers.forEach(({ rank: layerRank, directories }, layer) => {
    for (const directory of directories) {
      if (isOrdinary(directory.metadata) && directory.isSet !== true) continue
      const rank = directory.rank ?? layerRank
      const before = setters.get(directory.path)
      if (before === undefined || rank > before.rank) setters.set(directory.path, { ...directory, layer, rank })
      else if (rank === before.rank && !isSame(directory.metadata, before.metadata)) conflict(before, directory)
    }
  })
  return setters
}

function isSame(a: Metadata, b: Metadata): boolean {
  const [x, y] = [asJson(a), asJson(b)]
  return (
    a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && JSON.stringify(x.xattrs) === JSON.stringify(y.xattrs)
  )
}

function conflict(a: LaidDirectory, b: LaidDirectory): never {
  const say = ({ by, metadata: { mode, uid, gid } }: LaidDirectory): string =>
    `${by} (${mode.toString(8).padStart(4, '0')} ${uid}:${gid})`
  return fail('layer.directory-conflict', `/${show(a.path)} is set differently by ${say(a)} and ${say(b)}.`, {
    remedy: 'Set its mode and owner in the image itself, or remove one of the two.',
    detail: { path: show(a.path) },
  })
}

function adjustedEntry(entry: Entry, adjustment: Adjustments[string] | undefined): Entry {
  if (adjustment === undefined || !hasMetadata(entry)) return entry
  return { ...entry, metadata: fromJson(adjustment) }
}

function fromJson({ xattrs, ...rest }: Adjustment): NodeEntry['metadata'] {
  const values = Object.entries(xattrs).map(([name, value]) => [name, Buffer.from(value, 'base64')] as const)
  return { ...rest, xattrs: new Map(values) }
}
