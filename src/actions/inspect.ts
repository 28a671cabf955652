/** `inspect`: explains an image: the contents of each layer and the size of each package. */

import { checkString } from '../base/check.ts'
import { isStream } from '../docker-tools/layered-image.ts'
import { parseReference, repositoryOf } from '../format/reference.ts'
import { layerFile } from '../image/base.ts'
import type { Layer } from '../layer/layer.ts'
import type { Requirements } from '../report/requirements.ts'
import { type ImageSummary, type OtherImage, platformText, summarise } from '../report/summary.ts'
import { ecosystemOf } from '../source/ecosystem.ts'
import { instantiate } from '../source/instantiate.ts'
import type { Package, Recipe, Workshop } from '../source/package.ts'
import type { ListedImage } from '../transport/found-image.ts'
import { namedPlace } from '../transport/place.ts'
import { readPlaceAmong } from '../transport/transport.ts'
import type { Tree } from '../tree/tree.ts'
import { checkCall, checkTarget, givenOptions, type OptionChecks, optional, readingChecks } from './call.ts'
import type { ReadingOptions } from './given-images.ts'
import { recordReaders } from './makers.ts'
import { realiseNoted } from './noted.ts'
import { parsePlatform } from './platform.ts'
import { inWorkshop } from './workshop.ts'

/** Options of `inspect`. */
export interface InspectOptions extends ReadingOptions {
  /** Image among several in one place, by name, tag and platform, such as "linux/arm64". Default: the first image. */
  readonly select?: { readonly name?: string; readonly tag?: string; readonly platform?: string }
}

const optionChecks: OptionChecks<InspectOptions> = {
  ...readingChecks,
  select: optional(
    givenOptions({ name: optional(checkString), tag: optional(checkString), platform: optional(checkString) }),
  ),
}

const argumentChecks = { target: checkTarget, options: givenOptions(optionChecks) }

/** Result of `inspect`. */
export type InspectResult = ImageSummary

/**
 * Explains an image: the contents of each layer, and the size of each package.
 *
 * @example
 * import { debian, inspect } from 'slipway'
 *
 * const { pkgs, dockerTools } = debian({ suite: 'trixie' })
 * const image = dockerTools.buildLayeredImage({ name: 'hello', contents: [pkgs('hello')], config: { Cmd: ['hello'] } })
 * const { layers } = await inspect(image)
 * console.log(layers.length)
 * @param target - an image's description, which is built, or a place: `docker-archive:FILE`, `oci:DIRECTORY`, `oci-archive:FILE` or a path.
 * @throws BuildError argument.invalid, archive.*, image.*, and every code of a build
 */
export async function inspect(target: string | Package, options: InspectOptions = {}): Promise<InspectResult> {
  checkCall('inspect', { target, options }, argumentChecks)
  return explained(target, options)
}

function explained(target: string | Package, options: InspectOptions): Promise<InspectResult> {
  return inWorkshop(options, async (shop) => {
    const { store } = shop
    const made: Place = typeof target === 'string' ? { place: target } : await archiveOf(target, options, shop)
    const { select: { platform, ...select } = {}, maxUnpackedBytes } = options
    const named = namedPlace(made.place)
    const { image, others } = await readPlaceAmong(named.place, {
      store,
      watch: shop,
      select: { ...named.select, ...select, ...(platform === undefined ? {} : { platform: parsePlatform(platform) }) },
      ...(maxUnpackedBytes === undefined ? {} : { maxUnpackedBytes }),
    })
    const treeOf = (layer: Layer): Tree => store.laidOut(layerFile(layer.diffId), 'layer')
    const readers = await recordReaders()
    const summary = summarise(image, { treeOf, readers, ...(made.known === undefined ? {} : { known: made.known }) })
    return {
      ...summary,
      ...(others.length === 0 ? {} : { others: others.map(otherImage) }),
      ...(made.notes === undefined || made.notes.length === 0 ? {} : { notes: made.notes }),
    }
  })
}

/**
 * Explains every image of a place that has a name or a platform of its own; one alone if the place or `select` names it.
 *
 * @example
 * import { inspectAll } from 'slipway'
 *
 * const images = await inspectAll('docker-archive:images.tar')
 * console.log(images.map(({ names }) => names))
 * @param target - an image's description, which is built, or a place.
 * @throws BuildError argument.invalid, archive.*, image.*, and every code of a build
 */
export async function inspectAll(
  target: string | Package,
  options: InspectOptions = {},
): Promise<readonly InspectResult[]> {
  checkCall('inspectAll', { target, options }, argumentChecks)
  const first = await explained(target, options)
  if (options.select !== undefined || (typeof target === 'string' && namesOneImage(target))) return [first]
  const { others = [], ...summary } = first
  const found: InspectResult[] = []
  const unnamed: OtherImage[] = []
  for (const other of others) {
    const select = selectionFor(other)
    if (select === undefined) unnamed.push(other)
    else found.push(withoutOthers(await explained(target, { ...options, select })))
  }
  return [{ ...summary, ...(unnamed.length === 0 ? {} : { others: unnamed }) }, ...found]
}

function withoutOthers({ others: _others, ...summary }: InspectResult): InspectResult {
  return summary
}

function namesOneImage(text: string): boolean {
  const { place, select } = namedPlace(text)
  return place.reference !== undefined || select.tag !== undefined
}

function selectionFor({ names, platform }: OtherImage): InspectOptions['select'] {
  const reference = parseReference(names[0] ?? '')
  if (reference?.tag === undefined) return undefined
  return { name: repositoryOf(reference), tag: reference.tag, ...(platform === undefined ? {} : { platform }) }
}

function otherImage({ names, platform, digest }: ListedImage): OtherImage {
  return { names, ...(platform === undefined ? {} : { platform: platformText(platform) }), digest }
}

/** Place of an archive, and the known requirements of its packages. */
interface Place {
  readonly place: string
  readonly known?: ReadonlyMap<string, Requirements>
  readonly notes?: readonly string[]
}

async function archiveOf(target: Package, options: InspectOptions, shop: Workshop): Promise<Place> {
  // A stream is a script, which cannot be read as an image; its archive can.
  const made = isStream(target) ? target.archive : target
  const recipe = (await instantiate([made], shop, options.beside)).of(made)
  const notes = await realiseNoted([recipe], options, shop)
  return { place: shop.store.physical(recipe.path), known: requirementsOf(recipe), notes }
}

/** Returns, by ecosystem, the packages that an image's arguments name, directly or inside other packages, and their locked dependencies. */
function requirementsOf(image: Recipe): ReadonlyMap<string, Requirements> {
  const found = new Map<string, { readonly roots: Set<string>; readonly requires: Map<string, readonly string[]> }>()
  const seen = new Set<Recipe>()
  const visit = (recipe: Recipe, isNeeded: boolean): void => {
    const ecosystem = ecosystemOf(recipe)
    const own = found.get(ecosystem?.kind ?? '') ?? { roots: new Set(), requires: new Map() }
    if (ecosystem !== undefined) found.set(ecosystem.kind, own)
    if (ecosystem !== undefined && !isNeeded) own.roots.add(ecosystem.named(recipe).name)
    if (seen.has(recipe)) return
    seen.add(recipe)
    const needs = recipe.requires.filter((each) => ecosystemOf(each)?.kind === ecosystem?.kind)
    if (ecosystem !== undefined)
      own.requires.set(
        ecosystem.named(recipe).name,
        needs.map((each) => ecosystem.named(each).name),
      )
    for (const inner of recipe.inputs) visit(inner, false)
    for (const inner of recipe.requires) visit(inner, ecosystem !== undefined)
  }
  visit(image, false)
  return new Map([...found].map(([kind, { roots, requires }]) => [kind, { roots: [...roots], requires }]))
}
