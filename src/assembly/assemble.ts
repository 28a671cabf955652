/**
 * Act 5: closure → groups → layer recipes → conf. Everything that is needed is in the store by now; only the image's own layer is made.
 *
 * Bottom up: the base's layers as they are, store layers in the order that the layering gives, then the image's own layer (debian-root,
 * contents, edits), which is a layer file in the store. `buildImage` has all of its own in one layer.
 */

import { type DebianBase, debianBaseOf, overBase } from '../debian/over-base/base.ts'
import { inheritConfig } from '../image/base.ts'
import { historyOnBase } from '../image/history.ts'
import type { ContainerConfig, ImageConfig } from '../image/image.ts'
import { type Processor, processorNamed } from '../image/platform.ts'
import { directoriesOf, directoryAdjustments } from '../layer/adjustments.ts'
import { layeringFor } from '../layer/grouping/layering.ts'
import type { Group, History, LayerRecipe } from '../layer/layer.ts'
import { layerRecipe } from '../layer/plan.ts'
import type { Recipe, Workshop } from '../source/package.ts'
import { without } from '../store/closure.ts'
import type { Closure, ClosureNode, PathInfo } from '../store/store.ts'
import { logical, type StorePath } from '../store/store-path.ts'
import type { EntryPath } from '../tree/path.ts'
import { type BaseImage, readBase } from './base-image.ts'
import type { Conf } from './conf.ts'
import { type DebianSetUse, recordsOf } from './debian-set.ts'
import { checkTypedPaths, imageClosure } from './image-closure.ts'
import type { LayeredData, Reading } from './image-data.ts'
import { imageRoot, ranks } from './image-root.ts'
import { refuseIncompatible } from './incompatible-packages.ts'
import { type Displaced, displacedInOneLayer, displacedPaths } from './package-conflicts.ts'

/** What an image is assembled from. */
export interface Assembling {
  readonly name: string
  /** The conf's own path, from which that of the image's layer follows. */
  readonly path: StorePath
  readonly data: LayeredData
  readonly reading: Reading
  /** Absent where neither the call, nor the packages' set, nor anything but the base says it. */
  readonly architecture: string | undefined
  readonly contents: readonly Recipe[]
  /** All packages that the arguments name, but for the base. */
  readonly inputs: readonly Recipe[]
  readonly base: Recipe | undefined
  readonly debian: DebianSetUse | undefined
}

/** The conf of an image and all objects that it names. */
export interface Assembled {
  readonly conf: Conf
  readonly closure: readonly StorePath[]
}

/** What the image's own layers are made of. */
export interface Parts {
  readonly image: Assembling
  readonly base: BaseImage | undefined
  /** What the image adds to its base. */
  readonly closure: Closure
  /** Of a base with Debian packages, where the image has some too. */
  readonly over: { readonly debian: DebianBase; readonly gone: readonly EntryPath[] } | undefined
}

/** Assembles an image. @throws BuildError store-path.unknown, environment.*, debian.*, layering.*, merge.*, image.*, archive.* */
export async function assemble(image: Assembling, shop: Workshop): Promise<Assembled> {
  const { data } = image
  const base = image.base === undefined ? undefined : await readBase(baseRequest(image, image.base), shop)
  const whole = await imageClosure(image, shop)
  checkTypedPaths(data.config, new Set([...whole.nodes.keys(), ...(base?.storePaths ?? [])]))
  const parts: Parts = { image, base, ...addedTo(base, whole, image, shop) }
  const { closure } = parts
  refuseIncompatible({ image: image.name, closure, base: parts.over?.debian }, shop.store)
  const own = await imageRoot(parts, shop)
  const layers = ownLayers(parts, own, shop)
  const conf: Conf = {
    format: 1,
    created: data.created,
    ...documentsOf(parts, layers),
    layers: [...baseLayers(base), ...layers],
  }
  const below = (base?.layers ?? []).flatMap(({ recipe }) => recipe.members.map((member) => member.path))
  return { conf, closure: [...closure.nodes.keys(), own.path, ...below] }
}

/** What a base lacks of a closure. */
function addedTo(
  base: BaseImage | undefined,
  whole: Closure,
  { debian }: Assembling,
  { store }: Workshop,
): Pick<Parts, 'closure' | 'over'> {
  if (base === undefined) return { closure: whole, over: undefined }
  const added = without(whole, (path, node) => node.as === 'store' && base.storePaths.has(path))
  if (debian === undefined) return { closure: added, over: undefined }
  const below = debianBaseOf(base)
  const { closure, gone } = overBase(added, below, store)
  return { closure, over: { debian: below, gone } }
}

function baseRequest({ data, architecture, reading }: Assembling, recipe: Recipe): Parameters<typeof readBase>[0] {
  return { recipe, name: data.fromImageName, tag: data.fromImageTag, architecture, ...reading }
}

/** What config and history say. */
function documentsOf(
  { image, base }: Parts,
  layers: Conf['layers'],
): Pick<Conf, 'architecture' | 'variant' | 'config' | 'history'> {
  const { data } = image
  const below = base?.image.config.value
  const processor = processorOf(image, below)
  if (base === undefined || below === undefined) return { ...processor, config: data.config }
  const config: ContainerConfig = inheritConfig(below.config ?? {}, data.config, data.inheritConfig)
  const own = layers.map((layer) => layer.history)
  return { ...processor, config, history: historyOnBase({ history: below.history, layers: base.layers.length }, own) }
}

/** What is stated, else the base's; the base's is the more exact one where only it says the variant. */
function processorOf({ architecture }: Assembling, below: ImageConfig | undefined): Processor {
  const own = architecture === undefined ? undefined : processorNamed(architecture)
  const theirs =
    below === undefined
      ? undefined
      : { architecture: below.architecture, ...(below.variant === undefined ? {} : { variant: below.variant }) }
  const known = own?.variant === undefined ? (theirs ?? own) : own
  if (known === undefined) throw new Error('unreachable: an image without a base has an architecture')
  return known
}

function baseLayers(base: BaseImage | undefined): Conf['layers'] {
  return (base?.layers ?? []).map(({ recipe, history, remembered }) => ({
    recipe,
    history,
    ...(remembered === undefined ? {} : { diffId: remembered }),
  }))
}

/** Recipes of the image's own layers, bottom first, with directories that agree with each other and with the base. */
function ownLayers(parts: Parts, own: PathInfo, shop: Workshop): Conf['layers'] {
  const { image, closure } = parts
  const options = layerOptions(parts)
  const ownMember = { path: own.path, as: 'layer' as const, info: own }
  const { copies } = image.data
  const { store } = shop
  const ownTree = store.laidOut(own.path, 'layer')
  const displaced = copies === null ? displacedPaths(closure, store) : displacedInOneLayer(closure, ownTree, store)
  const members = groupsOf(parts).map((group) => group.map((path) => memberOf(path, closure, displaced.get(path))))
  const recipes =
    copies === null
      ? [...members.map((group) => layerRecipe(group, options)), layerRecipe([ownMember])]
      : [layerRecipe([...members.flat(), ownMember], options)]
  const adjustments = adjustmentsOf(parts, recipes, shop)
  return recipes.map((recipe, index) => ({
    recipe: { ...recipe, adjustments: adjustments[index] ?? {} },
    history: historyOf(recipe, image.data, index === recipes.length - 1),
  }))
}

function layerOptions({ image: { data, debian }, over }: Parts): LayerRecipe['options'] {
  const { mtime, uid, gid, uname, gname } = data
  return {
    mtime: typeof mtime === 'number' ? mtime : 1,
    ...{ uid, gid, uname, gname },
    records: debian === undefined ? 'status.d' : recordsOf(debian.resolution, over),
    exclude: [...(debian?.resolution.options.exclude ?? [])].sort(),
  }
}

function groupsOf({ image, base, closure }: Parts): readonly Group[] {
  const { layering, layeringPipeline, maxLayers, includeStorePaths } = image.data
  const laidOut = includeStorePaths ? closure : without(closure, (_path, node) => node.as === 'store')
  const virtual = [{ size: 0, references: laidOut.roots }]
  const request = layeringPipeline === null ? { layering } : { pipeline: layeringPipeline }
  return layeringFor({ ...request, maxLayers, baseLayers: base?.layers.length ?? 0, virtual })(laidOut)
}

/** Directories that several layers have. */
function adjustmentsOf(
  parts: Parts,
  recipes: readonly LayerRecipe[],
  { store }: Workshop,
): readonly LayerRecipe['adjustments'][] {
  const { image, base } = parts
  const below =
    base === undefined ? [] : [{ rank: ranks.base, directories: directoriesOf(base.tree, 'the base image') }]
  const layers = recipes.map((recipe) => ({
    rank: recipe.members.some((member) => member.as === 'layer') ? ranks.contents : ranks.packages,
    directories: recipe.members.flatMap(({ path, as }) =>
      as === 'store' ? [] : [...directoriesOf(store.laidOut(path, as), as === 'deb' ? logical(path) : image.name)],
    ),
  }))
  return directoryAdjustments([...below, ...layers]).slice(below.length)
}

function memberOf(
  path: StorePath,
  closure: Closure,
  displaced: Displaced = {},
): Parameters<typeof layerRecipe>[0][number] {
  const { as, info } = nodeOf(closure, path)
  return { path, as, info, ...displaced }
}

function nodeOf(closure: Closure, path: StorePath): ClosureNode {
  const node = closure.nodes.get(path)
  if (node === undefined) throw new Error(`unreachable: ${path} is in a layer but not in the closure`)
  return node
}

function historyOf(recipe: LayerRecipe, { created }: LayeredData, isOwn: boolean): History {
  const comment = isOwn
    ? "the image's own files"
    : `store paths: ${recipe.members.map(({ path }) => logical(path)).join(' ')}`
  return { created, created_by: 'slipway', comment }
}
