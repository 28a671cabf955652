/** Recipes of an image's own layers, bottom first: packages as grouped by the layering, copied files, then the image's own files. */

import { layeringFor } from '../layer/grouping/layering.ts'
import type { Group, LayerRecipe } from '../layer/layer.ts'
import { isAtStorePath, layerRecipe } from '../layer/recipe.ts'
import { asJson, directoriesOf, directoryAdjustments, isOrdinary } from '../layer/tree/adjustments.ts'
import { memberTree } from '../layer/tree/member-tree.ts'
import { without } from '../store/closure.ts'
import type { PathInfo, StoreReader } from '../store/store.ts'
import { logical, type StorePath } from '../store/store-path.ts'
import { type EntryPath, entryPathOf } from '../tree/path.ts'
import type { Tree } from '../tree/tree.ts'
import type { BaseImage } from './base-image.ts'
import { hasChanges } from './changes.ts'
import { settledInOneLayer } from './collisions.ts'
import type { ConfLayer } from './conf.ts'
import type { CopiedLayer } from './copied-files.ts'
import type { LayeredData } from './image-data.ts'
import type { Member, Members, Parts } from './parts.ts'
import { ranks } from './ranks.ts'

/** Version of the layers of an image that commands change, part of its recipe. Must change whenever such layers change. */
export const changedLayersVersion = 'changed-layers-1'

/** Returns the layers, with the metadata of shared directories made consistent, also with the base. `buildImage` has a single one. */
export function ownLayers(parts: Parts, own: OwnFiles): readonly ConfLayer[] {
  const layers = parts.image.data.copies === null ? inLayers(parts, own) : [inOneLayer(parts, own)]
  const adjustments = adjustmentsOf(
    parts,
    own,
    layers.map(({ recipe }) => withoutCopies(recipe, own.copied)),
  )
  return layers.map(({ recipe, comment }, index) => ({
    recipe: { ...recipe, adjustments: { ...adjustments[index], ...recipe.adjustments } },
    history: { created: parts.image.data.created, created_by: 'slipway', comment },
  }))
}

/** Leaves out copied files: their directories agree already with the layers below and above. */
function withoutCopies(recipe: LayerRecipe, copied: readonly CopiedLayer[]): LayerRecipe {
  const copies = copied.flatMap((layer) => layer.members)
  const isCopy = ({ path, options }: LayerMember): boolean =>
    copies.some((copy) => copy.path === path && copy.options?.at?.[0] === options?.at?.[0])
  return { ...recipe, members: recipe.members.filter((member) => !isCopy(member)) }
}

/** Files above the packages. */
export interface OwnFiles {
  /** The image's own files. */
  readonly info: PathInfo
  /** Directories among them that commands made or changed. */
  readonly directories: ReadonlySet<EntryPath>
  readonly copied: readonly CopiedLayer[]
  /** The root file system that a container of the image sees. */
  readonly root: Tree
}

/** Number of layers for copied files: one each while there is room; the rest share the layer of the image's own files. */
function layersForCopies({ image, base }: Parts, copied: readonly CopiedLayer[]): number {
  const room = image.data.maxLayers - (base?.layers.length ?? 0) - 2
  return Math.max(0, Math.min(copied.length, room))
}

interface Described {
  readonly recipe: LayerRecipe
  readonly comment: string
}

function inLayers(parts: Parts, { info, copied }: OwnFiles): readonly Described[] {
  const options = layerOptions(parts.image.data)
  const count = layersForCopies(parts, copied)
  const groups = groupsOf(parts, count).map((group): Described => {
    const paths = group.map(logical).join(' ')
    return { recipe: layerRecipe(membersIn(group, parts.members), options), comment: `store paths: ${paths}` }
  })
  const copies = copied.slice(0, count).map(
    ({ members, adjustments, to }): Described => ({
      recipe: { ...layerRecipe(members, options), adjustments },
      comment: `files copied to ${to}`,
    }),
  )
  const rest = copied.slice(count)
  const last = layerRecipe(
    [...rest.flatMap(({ members }) => members), ownMember(info)],
    rest.length === 0 ? {} : options,
  )
  return [...groups, ...copies, { recipe: withExisting(last, rest, info, parts), comment: ownFiles }]
}

const ownFiles = "the image's own files"

function inOneLayer(parts: Parts, own: OwnFiles): Described {
  const { info, copied, root } = own
  const { store } = parts.whole
  const packages = groupsOf(parts, 0).flatMap((group) => membersIn(group, parts.members))
  const above = { own: store.laidOut(info.path, 'layer'), root: hasChanges(parts) ? root : undefined }
  const members = settledInOneLayer([packages, ...copied.map((copy) => copy.members)], above, store)
  const recipe = layerRecipe([...members, ownMember(info)], layerOptions(parts.image.data))
  const { adjustments, ...rest } = withExisting(recipe, copied, info, parts)
  return { recipe: { ...rest, adjustments: { ...adjustments, ...changedIn(above.own, own) } }, comment: ownFiles }
}

/** Returns directories that commands made ordinary: where members share a layer, an ordinary directory yields to any other. */
function changedIn(tree: Tree, { directories }: OwnFiles): LayerRecipe['adjustments'] {
  return Object.fromEntries(
    [...directories].flatMap((path) => {
      const entry = tree.get(path)
      return entry?.kind === 'directory' && isOrdinary(entry.metadata) ? [[path, asJson(entry.metadata)]] : []
    }),
  )
}

/** Adds the metadata of existing directories to a layer with copied files, except for directories among the image's own files. */
function withExisting(
  recipe: LayerRecipe,
  copied: readonly CopiedLayer[],
  own: PathInfo,
  { whole: { store } }: Parts,
): LayerRecipe {
  const tree = store.laidOut(own.path, 'layer')
  const existing = copied
    .flatMap(({ adjustments }) => Object.entries(adjustments))
    .filter(([path]) => tree.get(entryPathOf(path)) === undefined)
  return { ...recipe, adjustments: Object.fromEntries(existing) }
}

function ownMember(info: PathInfo): Member {
  return { path: info.path, as: 'layer', info }
}

/** Returns the owner and time of the files in an image's layers. */
export function layerOptions({ mtime, uid, gid, uname, gname }: LayeredData): LayerRecipe['options'] {
  return { mtime: typeof mtime === 'number' ? mtime : 1, uid, gid, uname, gname }
}

/** @param more - layers besides those of packages and the image's own files */
function groupsOf({ image, base, whole: { closure }, members }: Parts, more: number): readonly Group[] {
  const { layering, layeringPipeline, maxLayers, includeStorePaths } = image.data
  const isInStore = (path: StorePath): boolean => isAtStorePath(memberAt(path, members))
  const laidOut = includeStorePaths ? closure : without(closure, isInStore)
  const virtual = [{ size: 0, references: laidOut.roots }]
  const request = layeringPipeline === null ? { layering } : { pipeline: layeringPipeline }
  return layeringFor({ ...request, maxLayers, baseLayers: (base?.layers.length ?? 0) + more, virtual })(laidOut)
}

function membersIn(group: Group, members: Members): readonly Member[] {
  return group.map((path) => memberAt(path, members))
}

function memberAt(path: StorePath, members: Members): Member {
  const member = members.get(path)
  if (member === undefined) throw new Error(`unreachable: ${path} is in a layer but not in the closure`)
  return member
}

/** Computes the adjustments of directories that several layers contain. */
function adjustmentsOf(
  { image, base, whole: { store } }: Parts,
  { directories: changed }: OwnFiles,
  recipes: readonly LayerRecipe[],
): readonly LayerRecipe['adjustments'][] {
  const layers = recipes.map((recipe) => ({
    rank: ranks.packages,
    directories: recipe.members.flatMap((member) =>
      directoriesIn(member, recipe, { store, name: image.name, changed }),
    ),
  }))
  const shared = new Set(layers.flatMap(({ directories }) => directories.map(({ path }) => path)))
  const below = base === undefined ? [] : [{ rank: ranks.base, directories: sharedWith(base, shared) }]
  return directoryAdjustments([...below, ...layers]).slice(below.length)
}

/** Returns the directories of a base that layers contain, too: others need no adjustment, and a large base has many. */
function sharedWith({ tree }: BaseImage, paths: ReadonlySet<EntryPath>): ReturnType<typeof directoriesOf> {
  return [...paths].flatMap((path) => {
    const entry = tree.get(path)
    return entry?.kind === 'directory' ? [{ path, metadata: entry.metadata, by: 'the base image' }] : []
  })
}

type LayerMember = LayerRecipe['members'][number]

function directoriesIn(
  member: LayerMember,
  { options }: LayerRecipe,
  {
    store,
    name,
    changed,
  }: { readonly store: StoreReader; readonly name: string; readonly changed: ReadonlySet<EntryPath> },
): ReturnType<typeof directoriesOf> {
  if (isAtStorePath(member)) return []
  const isOwn = member.as === 'layer'
  const found = directoriesOf(memberTree(store, member, options), isOwn ? name : logical(member.path))
  if (!isOwn) return found
  return found.map((directory) => ({ ...directory, rank: ranks.contents, isSet: changed.has(directory.path) }))
}
