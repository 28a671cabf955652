/** Layer recipes: made of members, named by their digest; queries that need no store. */
import { type Digest, digestOf } from '../base/digest.ts'
import { canonicalJson } from '../base/document.ts'
import type { LayerMember, LayerRecipe } from './layer.ts'

/** Default options of an image: owner root, mtime 1. */
export const defaultOptions: LayerRecipe['options'] = {
  mtime: 1,
  uid: 0,
  gid: 0,
  uname: 'root',
  gname: 'root',
}

/** Digest of a recipe's canonical JSON: the layer's name in an archive, and the key of its remembered diff ID. */
export function recipeDigest(recipe: LayerRecipe): Digest {
  return digestOf(canonicalJson(recipe))
}

/** A recipe without adjustments for objects of a store. */
export function layerRecipe(
  members: readonly (Omit<LayerMember, 'narHash'> & { readonly info: { readonly narHash: Digest } })[],
  options: Partial<LayerRecipe['options']> = {},
): LayerRecipe {
  return {
    format: 2,
    members: members.map(({ path, as, info, options }) => ({
      ...{ path, narHash: info.narHash, as },
      ...(options === undefined ? {} : { options }),
    })),
    adjustments: {},
    options: { ...defaultOptions, ...options },
  }
}

/** Tells whether a member is at its own store path, and nowhere else. */
export function isAtStorePath({ as, options }: Pick<LayerMember, 'as' | 'options'>): boolean {
  return as === 'store' && options?.at === undefined && options?.links === undefined
}

/** Tells whether a layer consists of its members unchanged. */
export function isUnadjusted({ members, adjustments }: LayerRecipe): boolean {
  return Object.keys(adjustments).length === 0 && members.every(({ options }) => options === undefined)
}

/** Tells whether a layer contains only store objects. */
export function isStoreLayer({ members }: LayerRecipe): boolean {
  return members.every(isAtStorePath)
}
