/** Recipes of an image's own layers, bottom first: packages in the groups that the layering gives, then the image's own files. */

import { layeringFor } from '../layer/grouping/layering.ts'
import type { Group, History, LayerRecipe } from '../layer/layer.ts'
import { isAtStorePath, layerRecipe } from '../layer/recipe.ts'
import { directoriesOf, directoryAdjustments } from '../layer/tree/adjustments.ts'
import { memberTree } from '../layer/tree/member-tree.ts'
import { without } from '../store/closure.ts'
import type { PathInfo, StoreReader } from '../store/store.ts'
import { logical, type StorePath } from '../store/store-path.ts'
import { settledInOneLayer } from './collisions.ts'
import type { ConfLayer } from './conf.ts'
import type { LayeredData } from './image-data.ts'
import type { Member, Members, Parts } from './parts.ts'
import { ranks } from './ranks.ts'

/** The layers, with directories that agree with each other and with the base. `buildImage` has all in one. */
export function ownLayers(parts: Parts, own: PathInfo): readonly ConfLayer[] {
  const recipes = parts.image.data.copies === null ? inLayers(parts, own) : [inOneLayer(parts, own)]
  const adjustments = adjustmentsOf(parts, recipes)
  return recipes.map((recipe, index) => ({
    recipe: { ...recipe, adjustments: adjustments[index] ?? {} },
    history: historyOf(recipe, parts.image.data, index === recipes.length - 1),
  }))
}

function inLayers(parts: Parts, own: PathInfo): readonly LayerRecipe[] {
  const options = layerOptions(parts.image.data)
  const groups = groupsOf(parts).map((group) => layerRecipe(membersIn(group, parts.members), options))
  return [...groups, layerRecipe([ownMember(own)])]
}

function inOneLayer(parts: Parts, own: PathInfo): LayerRecipe {
  const { members, whole } = parts
  const left = settledInOneLayer(members, whole.store.laidOut(own.path, 'layer'), whole.store)
  const all = groupsOf(parts).flatMap((group) => membersIn(group, left))
  return layerRecipe([...all, ownMember(own)], layerOptions(parts.image.data))
}

function ownMember(info: PathInfo): Member {
  return { path: info.path, as: 'layer', info }
}

function layerOptions({ mtime, uid, gid, uname, gname }: LayeredData): LayerRecipe['options'] {
  return { mtime: typeof mtime === 'number' ? mtime : 1, uid, gid, uname, gname }
}

function groupsOf({ image, base, whole: { closure }, members }: Parts): readonly Group[] {
  const { layering, layeringPipeline, maxLayers, includeStorePaths } = image.data
  const isInStore = (path: StorePath): boolean => isAtStorePath(memberAt(path, members))
  const laidOut = includeStorePaths ? closure : without(closure, isInStore)
  const virtual = [{ size: 0, references: laidOut.roots }]
  const request = layeringPipeline === null ? { layering } : { pipeline: layeringPipeline }
  return layeringFor({ ...request, maxLayers, baseLayers: base?.layers.length ?? 0, virtual })(laidOut)
}

function membersIn(group: Group, members: Members): readonly Member[] {
  return group.map((path) => memberAt(path, members))
}

function memberAt(path: StorePath, members: Members): Member {
  const member = members.get(path)
  if (member === undefined) throw new Error(`unreachable: ${path} is in a layer but not in the closure`)
  return member
}

/** Directories that several layers have. */
function adjustmentsOf(
  { image, base, whole: { store } }: Parts,
  recipes: readonly LayerRecipe[],
): readonly LayerRecipe['adjustments'][] {
  const below =
    base === undefined ? [] : [{ rank: ranks.base, directories: directoriesOf(base.tree, 'the base image') }]
  const layers = recipes.map((recipe) => ({
    rank: ranks.packages,
    directories: recipe.members.flatMap((member) => directoriesIn(member, recipe, { store, name: image.name })),
  }))
  return directoryAdjustments([...below, ...layers]).slice(below.length)
}

type LayerMember = LayerRecipe['members'][number]

function directoriesIn(
  member: LayerMember,
  { options }: LayerRecipe,
  { store, name }: { readonly store: StoreReader; readonly name: string },
): ReturnType<typeof directoriesOf> {
  if (isAtStorePath(member)) return []
  const isOwn = member.as === 'layer'
  const found = directoriesOf(memberTree(store, member, options), isOwn ? name : logical(member.path))
  return isOwn ? found.map((directory) => ({ ...directory, rank: ranks.contents })) : found
}

function historyOf(recipe: LayerRecipe, { created }: LayeredData, isOwn: boolean): History {
  const comment = isOwn
    ? "the image's own files"
    : `store paths: ${recipe.members.map(({ path }) => logical(path)).join(' ')}`
  return { created, created_by: 'slipway', comment }
}
