/** Converts a recipe to pieces of the layer's tar. Pure and synchronous, needs only a store, so a worker can do it as well. */
import type { TarForm } from '../../format/tar/member.ts'
import { endSize, type Piece, tarPieces, tarSize } from '../../format/tar/write.ts'
import { fileRange } from '../../store/file-range.ts'
import type { StoreReader } from '../../store/store.ts'
import type { Tree } from '../../tree/tree.ts'
import type { LayerRecipe, Spliced } from '../layer.ts'
import { defaultOptions, isStoreLayer, isUnadjusted } from '../recipe.ts'
import { directoriesOfStore, layerTree } from '../tree/layer-tree.ts'
import { memberTree } from '../tree/member-tree.ts'
import { splicedLayer } from './spliced.ts'

/** Tar options of a layer; padded to whole records, like nixpkgs' and GNU tar's. */
export function layerForm(recipe: LayerRecipe): TarForm {
  return { names: isStoreLayer(recipe) ? 'absolute' : 'relative', end: 'record' }
}

/**
 * Pieces of a layer, by one of three methods (docs/streaming.md); content in files is left to the reader.
 *
 * @param spliced - ranges for the first method, if known.
 */
export function layerPieces(store: StoreReader, recipe: LayerRecipe, spliced?: Spliced): Iterable<Piece> {
  const ranges = spliced ?? fileRanges(store, recipe)
  if (ranges !== undefined) return rangePieces(ranges)
  return hasOutlines(recipe) ? outlinePieces(store, recipe) : entryPieces(store, recipe)
}

/** Size of a layer's tar, in bytes, computed from its entries; opens no content. */
export function layerSize(store: StoreReader, recipe: LayerRecipe): number {
  return tarSize(layerTree(store, recipe).entries(), layerForm(recipe))
}

/** First method: ranges of files that contain exactly these bytes. */
function rangePieces({ ranges, end }: Spliced): Iterable<Piece> {
  return [...ranges.map(({ file, offset, size }) => fileRange(file, offset, size)), new Uint8Array(end)]
}

/** Third method: every entry, one after another. */
function entryPieces(store: StoreReader, recipe: LayerRecipe): Iterable<Piece> {
  return tarPieces(layerTree(store, recipe).entries(), layerForm(recipe))
}

/** Second method: store objects from their outlines. */
function* outlinePieces(store: StoreReader, recipe: LayerRecipe): Generator<Piece> {
  let size = 0
  for (const piece of outlinedMembers(store, recipe)) {
    size += piece instanceof Uint8Array ? piece.length : piece.size
    yield piece
  }
  yield new Uint8Array(endSize(size, layerForm(recipe).end))
}

/** Object by object: from its outline, which needs no walk, if it has one. */
function* outlinedMembers(store: StoreReader, { members, options }: LayerRecipe): Generator<Piece> {
  const written = (tree: Tree): Iterable<Piece> => tarPieces(tree.entries(), { names: 'absolute', end: 'none' })
  yield* written(directoriesOfStore(options))
  for (const member of members)
    yield* store.outline(member.path)?.pieces() ?? written(memberTree(store, member, options))
}

function hasOutlines(recipe: LayerRecipe): boolean {
  const { mtime, uid, gid, uname, gname } = recipe.options
  const names = uname === defaultOptions.uname && gname === defaultOptions.gname
  const isDefaultOwner = uid === defaultOptions.uid && gid === defaultOptions.gid && names
  const hasMembers = recipe.members.length > 0
  return hasMembers && isStoreLayer(recipe) && isUnadjusted(recipe) && isDefaultOwner && mtime === defaultOptions.mtime
}

/** Bytes on disk that a layer is a copy of, if any: a layer file, or packages that do not overlap. */
export function fileRanges(store: StoreReader, recipe: LayerRecipe): Spliced | undefined {
  const { members, options } = recipe
  const [member, ...others] = members
  if (member === undefined || !isUnadjusted(recipe)) return undefined
  if (member.as === 'layer' && others.length === 0) {
    const size = store.packedSize(member.path, 'layer')
    return { ranges: [{ file: store.physical(member.path), offset: 0, size }], end: 0 }
  }
  return options.mtime === defaultOptions.mtime ? splicedLayer(store, recipe) : undefined
}
