/**
 * Converts a recipe to the layer's entries. Pure and synchronous, needs only a store, so a worker can do it as well.
 *
 * A layer of store objects alone has nixpkgs' order: "/nix/" and "/nix/store/" first, then the objects in the recipe's order, each in
 * canonical order. Any other layer is rooted at "/", with everything in canonical order.
 */
import type { StoreReader } from '../../store/store.ts'
import { type Entry, plain } from '../../tree/entry.ts'
import { type EntryPath, path } from '../../tree/path.ts'
import { type Tree, treeFrom, treeOf } from '../../tree/tree.ts'
import type { LayerRecipe } from '../layer.ts'
import { isStoreLayer } from '../recipe.ts'
import { withAdjustments } from './adjustments.ts'
import { memberTree, storeRoot } from './member-tree.ts'
import { mergedMembers } from './merged-members.ts'

type Options = LayerRecipe['options']

/** Entries of a layer. */
export function layerTree(store: StoreReader, recipe: LayerRecipe): Tree {
  return withAdjustments(unadjusted(store, recipe), recipe.adjustments)
}

function unadjusted(store: StoreReader, recipe: LayerRecipe): Tree {
  const { members, options } = recipe
  const trees = members.map((member) => memberTree(store, member, options))
  const storeFolders = members.some(({ as, options: own }) => as === 'store' && own?.at === undefined)
    ? [directoriesOfStore(options)]
    : []
  // In the recipe's order, which is not the canonical one.
  if (isStoreLayer(recipe)) return treeFrom({ below: (top) => chained([...storeFolders, ...trees], top) })
  return mergedMembers([...storeFolders, ...trees])
}

function* chained(trees: readonly Tree[], top: EntryPath): Generator<Entry> {
  for (const tree of trees) yield* tree.below(top)
}

/** Directories at the start of every layer of store objects. */
export function directoriesOfStore({ uid, gid, uname, gname, mtime }: Options): Tree {
  const metadata = plain(0o755, { uid, gid, uname, gname, mtime })
  return treeOf([path('nix'), storeRoot].map((folder) => ({ kind: 'directory', path: folder, metadata })))
}
