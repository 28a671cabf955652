/**
 * Act 5: closure → groups → layer recipes → conf. Everything needed is in the store already; only the image's own layer is made.
 *
 * Bottom up: the base's layers unchanged, layers of packages in the order chosen by the layering, layers of copied files, then the image's
 * own layer (files computed for all packages, contents, edits), which is a layer file in the store. `buildImage` puts all of these in one layer.
 */

import { baseAnnotations } from '../image/base-annotations.ts'
import type { Whole } from '../source/ecosystem.ts'
import type { Workshop } from '../source/package.ts'
import { without } from '../store/closure.ts'
import type { StorePath } from '../store/store-path.ts'
import { type BaseImage, readBase } from './base-image.ts'
import { settled } from './collisions.ts'
import { type Conf, type ConfLayer, confClosure } from './conf.ts'
import { documentsOf } from './documents.ts'
import { type ImageClosure, imageClosure } from './image-closure.ts'
import type { Assembling } from './image-data.ts'
import { imageRoot, type Own } from './image-root.ts'
import { type OwnFiles, ownLayers } from './own-layers.ts'
import { membersOf, type Parts } from './parts.ts'
import { checkRun } from './run-check.ts'
import { runNotes } from './run-notes.ts'
import { checkTypedPaths } from './typed-paths.ts'

/** Conf of an image, and all objects that it names. */
export interface Assembled {
  readonly conf: Conf
  readonly closure: readonly StorePath[]
}

/** Assembles an image. @throws BuildError store-path.unknown, environment.*, layering.*, merge.*, image.*, archive.*, and those of the ecosystems */
export async function assemble(image: Assembling, shop: Workshop): Promise<Assembled> {
  const { data } = image
  const base = image.base === undefined ? undefined : await readBase(baseRequest(image, image.base), shop)
  const { parts, own, notes } = await partsAndRoot(image, base, shop)
  const layers = ownLayers(parts, own)
  const documents = documentsOf(image, parts, layers)
  checkRun(documents.config, { parts, root: own.root })
  const { closure } = parts.whole
  const conf: Conf = {
    format: 2,
    created: data.created,
    ...documents,
    layers: [...baseLayers(base), ...layers],
    closure: confClosure(closure),
    ...(image.base?.published === undefined ? {} : { annotations: baseAnnotations(image.base.published) }),
    notes: [...notes, ...runNotes(documents.config, parts, own)],
  }
  const below = (base?.layers ?? []).flatMap(({ recipe }) => recipe.members.map((member) => member.path))
  const copied = own.copied.flatMap(({ members }) => members.map((member) => member.path))
  return { conf, closure: [...closure.nodes.keys(), own.info.path, ...copied, ...below] }
}

/** Adds the image's own layer to the parts. Files left by commands may refer to objects, which then belong to the image and its layer. */
async function partsAndRoot(
  image: Assembling,
  base: BaseImage | undefined,
  shop: Workshop,
): Promise<{
  readonly parts: Parts
  readonly own: OwnFiles & Pick<Own, 'packages' | 'over'>
  readonly notes: readonly string[]
}> {
  const more = new Set<StorePath>()
  for (;;) {
    const found = await imageClosure(image, shop, [...more])
    checkTypedPaths(image.data.config, new Set([...found.closure.nodes.keys(), ...(base?.storePaths ?? [])]))
    const parts = partsOf(image, base, found, shop)
    const { notes, left, ...own } = await imageRoot(parts, shop)
    const added = left.filter((path) => !found.closure.nodes.has(path) && base?.storePaths.has(path) !== true)
    if (added.length === 0) return { parts, own, notes }
    for (const path of added) more.add(path)
  }
}

/** Packages of the closure that the base lacks, laid out by their ecosystems. */
function partsOf(
  image: Assembling,
  base: BaseImage | undefined,
  { closure, named, recipes }: ImageClosure,
  { store }: Workshop,
): Parts {
  const added =
    base === undefined ? closure : without(closure, (path, node) => node.as === 'store' && base.storePaths.has(path))
  const overs = base === undefined ? [] : image.uses.map(({ use }) => use.over(added, base, store))
  const whole: Whole = {
    image: image.name,
    closure: without(added, (path) => overs.some(({ present }) => present.has(path))),
    gone: [...new Set(overs.flatMap(({ gone }) => gone))].sort(),
    ...{ named, base, store },
  }
  for (const { use } of image.uses) use.check(whole)
  const members = settled(membersOf(whole, image.uses), whole, image.uses)
  return { image, base, whole, recipes, members }
}

function baseRequest(
  { data, architecture, reading }: Assembling,
  recipe: Parameters<typeof readBase>[0]['recipe'],
): Parameters<typeof readBase>[0] {
  return { recipe, name: data.fromImageName, tag: data.fromImageTag, architecture, ...reading }
}

function baseLayers(base: BaseImage | undefined): readonly ConfLayer[] {
  return (base?.layers ?? []).map(({ recipe, history, remembered, packed }) => ({
    recipe,
    history,
    ...(remembered === undefined ? {} : { diffId: remembered }),
    ...(packed === undefined ? {} : { packed }),
  }))
}
