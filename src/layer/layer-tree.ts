/**
 * What a layer holds: a recipe → its entries and bytes. Pure and synchronous, from nothing but a store, so a worker can do it as well.
 *
 * A layer of store objects alone has nixpkgs' bytes: absolute names, "/nix/" and "/nix/store/" first, then the objects in the recipe's
 * order, each in canonical order. Any other layer is laid at "/": relative names, everything in canonical order. A single layer file
 * without adjustments is that file as it is; unpacked packages without options are ranges of their archives (spliced.ts) where they can be.
 */
import type { TarForm } from '../format/tar/member.ts'
import { endSize, type Piece, tarPieces, tarSize } from '../format/tar/write.ts'
import { fileRange } from '../store/file-range.ts'
import type { StoreReader } from '../store/store.ts'
import { type Entry, plain } from '../tree/entry.ts'
import { type EntryPath, path } from '../tree/path.ts'
import { type Tree, treeFrom, treeOf } from '../tree/tree.ts'
import { withAdjustments } from './adjustments.ts'
import { splicedLayer } from './bytes/spliced.ts'
import type { LayerRecipe, Spliced } from './layer.ts'
import { isAtStorePath, memberTree, storeRoot } from './member-tree.ts'
import { mergedMembers } from './merged-members.ts'

type Options = LayerRecipe['options']

/** The options of an image that asks for nothing special: owner root, mtime 1. */
export const defaultOptions: Options = {
  mtime: 1,
  uid: 0,
  gid: 0,
  uname: 'root',
  gname: 'root',
}

/** The entries of a layer. */
export function layerTree(store: StoreReader, recipe: LayerRecipe): Tree {
  return withAdjustments(unadjusted(store, recipe), recipe.adjustments)
}

/** How a layer's tar is written; padded to whole records, as nixpkgs' and GNU tar's are. */
export function layerForm(recipe: LayerRecipe): TarForm {
  return { names: isStoreLayer(recipe) ? 'absolute' : 'relative', end: 'record' }
}

/** The bytes of a layer; content that lies in a file is left to whoever reads it. @param spliced - where they lie, when that is known */
export function layerPieces(store: StoreReader, recipe: LayerRecipe, spliced?: Spliced): Iterable<Piece> {
  if (isDefaultStoreLayer(recipe)) return storePieces(store, recipe)
  const { ranges, end } = spliced ?? lyingBytes(store, recipe) ?? {}
  if (ranges === undefined) return tarPieces(layerTree(store, recipe).entries(), layerForm(recipe))
  return [...ranges.map(({ file, offset, size }) => fileRange(file, offset, size)), new Uint8Array(end ?? 0)]
}

/** The size in bytes of a layer's tar, from its entries; opens no content. */
export function layerSize(store: StoreReader, recipe: LayerRecipe): number {
  return tarSize(layerTree(store, recipe).entries(), layerForm(recipe))
}

/** Whether a layer is all that its members say. */
export function isUnadjusted({ members, adjustments }: LayerRecipe): boolean {
  return Object.keys(adjustments).length === 0 && members.every(({ options }) => options === undefined)
}

/** Whether a layer holds store objects alone. */
export function isStoreLayer({ members }: LayerRecipe): boolean {
  return members.every(isAtStorePath)
}

function unadjusted(store: StoreReader, recipe: LayerRecipe): Tree {
  const { members, options } = recipe
  const trees = members.map((member) => memberTree(store, member, options))
  const storeFolders = members.some(({ as, options: own }) => as === 'store' && own?.at === undefined)
    ? [foldersOfStore(options)]
    : []
  // In the recipe's order, which is not the canonical one.
  if (isStoreLayer(recipe)) return treeFrom({ below: (top) => chained([...storeFolders, ...trees], top) })
  return mergedMembers([...storeFolders, ...trees])
}

function* chained(trees: readonly Tree[], top: EntryPath): Generator<Entry> {
  for (const tree of trees) yield* tree.below(top)
}

function foldersOfStore({ uid, gid, uname, gname, mtime }: Options): Tree {
  const metadata = plain(0o755, { uid, gid, uname, gname, mtime })
  return treeOf([path('nix'), storeRoot].map((folder) => ({ kind: 'directory', path: folder, metadata })))
}

function* storePieces(store: StoreReader, recipe: LayerRecipe): Generator<Piece> {
  let size = 0
  for (const piece of storeMembers(store, recipe)) {
    size += piece instanceof Uint8Array ? piece.length : piece.size
    yield piece
  }
  yield new Uint8Array(endSize(size, layerForm(recipe).end))
}

/** Object by object: from its outline, which needs no walk, where there is one. */
function* storeMembers(store: StoreReader, { members, options }: LayerRecipe): Generator<Piece> {
  const written = (tree: Tree): Iterable<Piece> => tarPieces(tree.entries(), { names: 'absolute', end: 'none' })
  yield* written(foldersOfStore(options))
  for (const member of members)
    yield* store.outline(member.path)?.pieces() ?? written(memberTree(store, member, options))
}

function isDefaultStoreLayer(recipe: LayerRecipe): boolean {
  const { mtime, uid, gid, uname, gname } = recipe.options
  const names = uname === defaultOptions.uname && gname === defaultOptions.gname
  const isDefaultOwner = uid === defaultOptions.uid && gid === defaultOptions.gid && names
  const hasMembers = recipe.members.length > 0
  return hasMembers && isStoreLayer(recipe) && isUnadjusted(recipe) && isDefaultOwner && mtime === defaultOptions.mtime
}

/** The bytes on disk that a layer is a copy of, if it is one: a layer file, or packages whose members do not meet. */
export function lyingBytes(store: StoreReader, recipe: LayerRecipe): Spliced | undefined {
  const { members, options } = recipe
  const [member, ...others] = members
  if (member === undefined || !isUnadjusted(recipe)) return undefined
  if (member.as === 'layer' && others.length === 0) {
    const size = store.packedSize(member.path, 'layer')
    return { ranges: [{ file: store.physical(member.path), offset: 0, size }], end: 0 }
  }
  return options.mtime === defaultOptions.mtime ? splicedLayer(store, recipe) : undefined
}
