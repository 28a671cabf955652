/**
 * Layer plans: a recipe, the name from its digest, and the size of its future tar, computed from names and sizes only.
 *
 * The size is remembered by recipe, and that of a store object's part by object: neither ever changes.
 */
import type { Digest } from '../base/digest.ts'
import { blockSize } from '../format/tar/member.ts'
import { endSize, tarSize } from '../format/tar/write.ts'
import type { LaidOut, Memory, StoreReader } from '../store/store.ts'
import type { StorePath } from '../store/store-path.ts'
import { fileRanges, layerForm, layerSize } from './bytes/layer-pieces.ts'
import { rememberBytes, rememberedBytes } from './bytes/remembered-bytes.ts'
import type { History, LayerPlan, LayerRecipe, Spliced } from './layer.ts'
import { defaultOptions, isStoreLayer, isUnadjusted, recipeDigest } from './recipe.ts'
import { memberTree } from './tree/member-tree.ts'

/** The part of the store that planning needs. */
export type PlanStore = StoreReader & { readonly memory: Memory }

/** Plans a layer. @param name - its name, if that is not the digest of this recipe: a recipe of an older format */
export function planLayer(
  store: PlanStore,
  recipe: LayerRecipe,
  history: History = {},
  name: Digest = recipeDigest(recipe),
): LayerPlan {
  const known = store.memory.layer(name)
  // A known size needs no planning: its bytes are located when it is sent.
  const spliced = rememberedBytes(store, name) ?? (known === undefined ? foundBytes(store, recipe, name) : undefined)
  const size = (): number => remembered(store.memory, ['layer-size', name], () => sizeOf(store, recipe))
  return {
    ...{ recipe, name, history },
    size: known?.size ?? (spliced === undefined ? size() : splicedSize(spliced)),
    ...(spliced === undefined ? {} : { spliced }),
    ...(known === undefined ? {} : { remembered: known.diffId }),
  }
}

function foundBytes(store: PlanStore, recipe: LayerRecipe, name: Digest): Spliced | undefined {
  const found = fileRanges(store, recipe)
  if (found !== undefined) rememberBytes(store, name, found)
  return found
}

function splicedSize({ ranges, end }: Spliced): number {
  return ranges.reduce((sum, { size }) => sum + size, end)
}

/**
 * Size of an object in a layer's tar, in bytes, without the archive's end: the size of a closure's node.
 *
 * @param as - how the object becomes files.
 */
export function memberSize(store: PlanStore, path: StorePath, as: LaidOut): number {
  if (as !== 'store') return store.packedSize(path, as)
  const outline = store.outline(path)
  if (outline !== undefined) return outline.size
  return remembered(store.memory, ['member-size', path], () => {
    const tree = memberTree(store, { path, as }, defaultOptions)
    return tarSize(tree.entries(), { names: 'absolute', end: 'none' })
  })
}

/** Adds up store objects with an owner that fits a plain header; walks everything else. */
function sizeOf(store: PlanStore, recipe: LayerRecipe): number {
  const { members, options } = recipe
  const addsUp = isStoreLayer(recipe) && isUnadjusted(recipe) && hasPlainHeaders(options)
  if (!addsUp) return layerSize(store, recipe)
  const folders = 2 * blockSize
  const total = members.reduce((sum, { path, as }) => sum + memberSize(store, path, as), folders)
  return total + endSize(total, layerForm(recipe).end)
}

// POSIX.1-2017, pax, "ustar Interchange Format": 7 octal digits for an id, 11 for a time, 32 bytes for a name.
function hasPlainHeaders({ uid, gid, uname, gname, mtime }: LayerRecipe['options']): boolean {
  const isPlainName = (name: string): boolean => /^[ -~]{0,32}$/.test(name)
  return [uid, gid].every((id) => id < 8 ** 7) && mtime < 8 ** 11 && isPlainName(uname) && isPlainName(gname)
}

function remembered(memory: Memory, [kind, key]: readonly [kind: string, key: string], work: () => number): number {
  const known = Number(memory.fact(kind, key) ?? Number.NaN)
  if (Number.isSafeInteger(known) && known >= 0) return known
  const found = work()
  memory.rememberFact(kind, key, String(found))
  return found
}
