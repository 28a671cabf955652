/**
 * Files that an image replaces and that differ between its base and another one: they were made from the old base, so on the new one they
 * would be stale (a package database, a list of users).
 */

import type { LayerPlan } from '../layer/layer.ts'
import { layerTree } from '../layer/tree/layer-tree.ts'
import type { StoreReader } from '../store/store.ts'
import type { Entry } from '../tree/entry.ts'
import { sameEntry } from '../tree/equal.ts'
import { type EntryPath, root } from '../tree/path.ts'
import type { Tree } from '../tree/tree.ts'
import { flattened } from './flatten.ts'

/** Which layers meet. */
export interface Meeting {
  /** Layers of the base that the image has now. */
  readonly old: readonly LayerPlan[]
  readonly onto: readonly LayerPlan[]
  /** Layers of the image's own. */
  readonly own: readonly LayerPlan[]
}

/** Finds the files that would be stale, in order. */
export function replacedFiles({ old, onto, own }: Meeting, store: StoreReader): readonly EntryPath[] {
  const [before, after] = [flattened({ layers: old }, store), flattened({ layers: onto }, store)]
  const found = new Set<EntryPath>()
  for (const { recipe } of own)
    for (const entry of layerTree(store, recipe).entries()) if (isReplaced(entry, before, after)) found.add(entry.path)
  return [...found].sort()
}

function isReplaced({ kind, path }: Entry, before: Tree, after: Tree): boolean {
  if (path === root || kind === 'whiteout' || kind === 'opaque') return false
  const [old, now] = [before.get(path), after.get(path)]
  // What the image adds to the old base, it adds to the new one.
  if (old === undefined) return kind === 'directory' && now !== undefined && now.kind !== 'directory'
  if (kind === 'directory') return now !== undefined && now.kind !== old.kind
  return now === undefined || !sameEntry(old, now)
}
