/** A layer's bytes: a recipe → pieces of its tar. Pure and synchronous, from nothing but a store, so a worker can do it as well. */
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

/** How a layer's tar is written; padded to whole records, as nixpkgs' and GNU tar's are. */
export function layerForm(recipe: LayerRecipe): TarForm {
  return { names: isStoreLayer(recipe) ? 'absolute' : 'relative', end: 'record' }
}

/**
 * The bytes of a layer, by one of three ways (docs/streaming.md); content that is in a file is left to the reader.
 *
 * @param spliced - the ranges of the first way, where they are known.
 */
export function layerPieces(store: StoreReader, recipe: LayerRecipe, spliced?: Spliced): Iterable<Piece> {
  const ranges = spliced ?? fileRanges(store, recipe)
  if (ranges !== undefined) return rangePieces(ranges)
  return hasOutlines(recipe) ? outlinePieces(store, recipe) : entryPieces(store, recipe)
}

/** The size in bytes of a layer's tar, from its entries; opens no content. */
export function layerSize(store: StoreReader, recipe: LayerRecipe): number {
  return tarSize(layerTree(store, recipe).entries(), layerForm(recipe))
}

/** The first way: ranges of files that hold the very bytes. */
function rangePieces({ ranges, end }: Spliced): Iterable<Piece> {
  return [...ranges.map(({ file, offset, size }) => fileRange(file, offset, size)), new Uint8Array(end)]
}

/** The third way: every entry, one after the other. */
function entryPieces(store: StoreReader, recipe: LayerRecipe): Iterable<Piece> {
  return tarPieces(layerTree(store, recipe).entries(), layerForm(recipe))
}

/** The second way: store objects from their outlines. */
function* outlinePieces(store: StoreReader, recipe: LayerRecipe): Generator<Piece> {
  let size = 0
  for (const piece of outlinedMembers(store, recipe)) {
    size += piece instanceof Uint8Array ? piece.length : piece.size
    yield piece
  }
  yield new Uint8Array(endSize(size, layerForm(recipe).end))
}

/** Object by object: from its outline, which needs no walk, where there is one. */
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

/** The bytes on disk that a layer is a copy of, if it is one: a layer file, or packages whose members do not meet. */
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
