/**
 * Act 5: closure → groups → layer recipes → conf. Everything that is needed is in the store by now; only the image's own layer is made.
 *
 * Bottom up: store layers in the order that the layering gives, then the image's own layer (debian-root, links of the contents, edits),
 * which is a layer file in the store.
 */
import { directoriesOf, directoryAdjustments } from '../layer/adjustments.ts'
import type { Group, History, LayerRecipe } from '../layer/layer.ts'
import { layeringFor } from '../layer/layering.ts'
import { layerRecipe } from '../layer/plan.ts'
import type { Recipe, Workshop } from '../source/package.ts'
import type { Closure, ClosureNode, PathInfo } from '../store/store.ts'
import { logical, type StorePath } from '../store/store-path.ts'
import type { Conf } from './conf.ts'
import type { DebianSetUse } from './debian-set.ts'
import { checkTypedPaths, imageClosure } from './image-closure.ts'
import { imageRoot } from './image-root.ts'
import type { LayeredData } from './layered-arguments.ts'
import { droppedPaths } from './package-conflicts.ts'

/** What an image is assembled from. */
export interface Assembling {
  readonly name: string
  /** The conf's own path, from which that of the image's layer follows. */
  readonly path: StorePath
  readonly data: LayeredData & { readonly architecture: string }
  readonly contents: readonly Recipe[]
  readonly inputs: readonly Recipe[]
  readonly debian: DebianSetUse | undefined
}

/** The conf of an image and all objects that it names. */
export interface Assembled {
  readonly conf: Conf
  readonly closure: readonly StorePath[]
}

/** Assembles a layered image. @throws BuildError store-path.unknown, environment.*, debian.*, layering.* */
export async function assembleLayered(image: Assembling, shop: Workshop): Promise<Assembled> {
  const { data } = image
  const closure = await imageClosure(image, shop)
  checkTypedPaths(data.config, closure)
  const own = await imageRoot(image, closure, shop)
  const groups = data.includeStorePaths ? groupsOf(data, closure) : groupsOf(data, onlyAtRoot(closure))
  const layers = layersOf(groups, { image, closure, own, shop })
  const conf: Conf = {
    format: 1,
    architecture: data.architecture,
    created: data.created,
    config: data.config,
    layers: layers.map((recipe, index) => ({ recipe, history: historyOf(recipe, data, index === layers.length - 1) })),
  }
  return { conf, closure: [...closure.nodes.keys(), own.path] }
}

function groupsOf(data: LayeredData, closure: Closure): readonly Group[] {
  const { layering, layeringPipeline, maxLayers } = data
  const virtual = [{ size: 0, references: closure.roots }]
  const request = layeringPipeline === null ? { layering } : { pipeline: layeringPipeline }
  return layeringFor({ ...request, maxLayers, baseLayers: 0, virtual })(closure)
}

/** Without what stands below /nix/store. */
function onlyAtRoot(closure: Closure): Closure {
  const nodes = new Map([...closure.nodes].filter(([, node]) => node.as !== 'store'))
  const edges = new Map(
    [...closure.edges].map(([path, targets]) => [path, targets.filter((target) => nodes.has(target))] as const),
  )
  return { roots: closure.roots.filter((path) => nodes.has(path)), nodes, edges }
}

interface Laying {
  readonly image: Assembling
  readonly closure: Closure
  readonly own: PathInfo
  readonly shop: Workshop
}

/** Recipes of all layers, bottom first, with directories that agree. */
function layersOf(groups: readonly Group[], { image, closure, own, shop }: Laying): readonly LayerRecipe[] {
  const { data, debian } = image
  const { mtime, uid, gid, uname, gname } = data
  const options = {
    mtime: typeof mtime === 'number' ? mtime : 1,
    uid,
    gid,
    uname,
    gname,
    records: debian?.resolution.options.packageRecords ?? 'status.d',
    exclude: [...(debian?.resolution.options.exclude ?? [])].sort(),
  } as const
  const recipes = groups.map((group) =>
    layerRecipe(
      group.map((path) => ({ path, ...nodeOf(closure, path) })),
      options,
    ),
  )
  const ownRecipe = layerRecipe([{ path: own.path, as: 'layer', info: own }])
  const { store } = shop
  const directories = recipes.map((recipe) => ({
    rank: 1,
    directories: recipe.members
      .filter((member) => member.as === 'deb')
      .flatMap((member) => [...directoriesOf(store.laidOut(member.path, 'deb'), logical(member.path))]),
  }))
  const dropped = droppedPaths(closure, store)
  const adjustments = directoryAdjustments([
    ...directories,
    { rank: 2, directories: directoriesOf(store.laidOut(own.path, 'layer'), image.name) },
  ])
  return [...recipes, ownRecipe].map((recipe, index) => ({
    ...recipe,
    adjustments: Object.assign(
      {},
      adjustments[index],
      ...recipe.members.map((member) => dropped.get(member.path) ?? {}),
    ),
  }))
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
