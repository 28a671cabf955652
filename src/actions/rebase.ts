/** `rebase`: replaces the base of a built image, without building it again. */
import { checkBoolean, checkString } from '../base/check.ts'
import { fail } from '../base/error.ts'
import type { CompressorInput } from '../format/compression/compressors.ts'
import { baseAnnotations, baseIn, type PublishedBase, withoutBase } from '../image/base-annotations.ts'
import type { ImageConfig, ImagePlan } from '../image/image.ts'
import { platformNamed } from '../image/platform.ts'
import { type NewBase, ownLayers, rebased } from '../image/rebase.ts'
import { replacedFiles } from '../image/replaced-files.ts'
import type { Package, Workshop } from '../source/package.ts'
import { eachImage } from '../transport/find-image.ts'
import type { Selection } from '../transport/found-image.ts'
import { type Destination, parseDestination } from '../transport/place.ts'
import { type Written, writeImageIndex, writeImages } from '../transport/transport.ts'
import { show } from '../tree/path.ts'
import { checkCall, checkTarget, givenOptions, type OptionChecks, optional, readingChecks } from './call.ts'
import { checkCompressor } from './compressor.ts'
import { bound } from './credentials.ts'
import { checkFinished } from './finished.ts'
import { planOfTarget, type ReadingOptions } from './given-images.ts'
import { openPlaced, placeOrName, readPlaced, storedPlan } from './placed-image.ts'
import { parsePlatform } from './platform.ts'
import { indexAt, inPlace, type PlacedIndex } from './rebase-in-place.ts'
import { recordedBase } from './recorded-base.ts'
import { inWorkshop } from './workshop.ts'

/** Options of `rebase`. */
export interface RebaseOptions extends ReadingOptions {
  /**
   * Place of the new base; a name with a tag is an image in a registry.
   *
   * @example 'docker://debian:trixie-slim'
   */
  readonly onto: string
  /** Place of the image's current base. Default: the base that its manifest names, else a pulled image that has its lowest layers. */
  readonly base?: string
  /** Place to write to. Default: the place of the image, which is replaced. */
  readonly to?: string
  /** Whether all images of an index are put onto the new base, each onto that of its platform. Default: true for an index that is replaced. */
  readonly all?: boolean
  /** Platform of the one image to take from an index, such as "linux/arm64". Default: this machine's. */
  readonly platform?: string
  /** Whether files that the image replaces may differ between the two bases; the image keeps its own. Default: false. */
  readonly force?: boolean
  /** Compression of a docker-archive, or of layers that are not compressed yet. Default: "gz" in a registry, else "none". */
  readonly compressor?: CompressorInput
}

const optionChecks: OptionChecks<RebaseOptions> = {
  ...readingChecks,
  onto: checkString,
  base: optional(checkString),
  to: optional(checkString),
  all: optional(checkBoolean),
  platform: optional(checkString),
  force: optional(checkBoolean),
  compressor: optional(checkCompressor),
}

/** Result of `rebase`. */
export interface RebaseResult extends Written {
  /** Name of the new base as recorded in the manifest; absent if it is not in a registry. */
  readonly base?: string
}

/**
 * Replaces the base of an image. Its own layers do not change; config inherited from the old base is replaced by that of the new one.
 *
 * @example
 * import { rebase } from 'slipway'
 *
 * await rebase('docker://registry.example/team/app:1', { onto: 'docker://debian:trixie-slim' })
 * @param image - place of the image, or its description, which is built first.
 * @throws BuildError image.rebase, base.architecture, argument.invalid, registry.*, archive.*, and every code of a build
 */
export async function rebase(image: string | Package, options: RebaseOptions): Promise<RebaseResult> {
  checkCall('rebase', { image, options }, { image: checkTarget, options: givenOptions(optionChecks) })
  const { platform, compressor, base, force = false } = options
  const to = options.to === undefined ? undefined : parseDestination(options.to)
  const packing = compressor === undefined ? undefined : checkCompressor(compressor)
  const wanted = platform === undefined ? undefined : parsePlatform(platform)
  const named = [image, options.onto, base].filter((each) => typeof each === 'string').map(placeOrName)
  for (const each of [options.onto, base]) if (each !== undefined) await checkFinished(placeOrName(each))
  return inWorkshop(bound(options, to === undefined ? named : [...named, to]), async (shop) => {
    const select = wanted === undefined ? { preferred: platformNamed(shop.architecture) } : { platform: wanted }
    const { place, plans, target, index } = await imagesOf(image, { ...options, to, select }, shop)
    const made: ImagePlan[] = []
    let published: PublishedBase | undefined
    for (const plan of plans) {
      const below = await recordedBase({ place, plan }, base, shop)
      const onto = await newBase(options, plan, shop)
      made.push(rebased({ place, image: plan, base: below, onto }))
      if (!force) checkReplaced({ place, plan, below, onto }, shop)
      published = onto.published
    }
    const how = {
      ...{ store: shop.store, watch: shop, registries: shop.registries, keepBase: target.form !== 'docker-archive' },
      compressor: packing ?? checkCompressor(target.form === 'docker' ? 'gz' : 'none'),
    }
    const written =
      index === undefined
        ? await writeImages(made, target, how)
        : await wholeIndex(made, target, { ...how, ...index, annotations: indexNotes(index.annotations, published) })
    return { ...written, ...(published === undefined ? {} : { base: published.name }) }
  })
}

/** Writes an index. Its digest is that of the result. */
async function wholeIndex(plans: readonly ImagePlan[], target: Destination, how: IndexWriting): Promise<Written> {
  const { index, ...written } = await writeImageIndex(plans, target, how)
  return { ...written, digest: index }
}

type IndexWriting = Parameters<typeof writeImageIndex>[2]

/** Annotations of an index on another base, which it names if it named the old one. */
function indexNotes(
  annotations: PlacedIndex['annotations'],
  published: PublishedBase | undefined,
): Readonly<Record<string, string>> {
  const named = published !== undefined && baseIn(annotations) !== undefined ? baseAnnotations(published) : {}
  return { ...withoutBase(annotations), ...named }
}

interface Meant {
  /** Name for messages. */
  readonly place: string
  /** One image, or those of an index. */
  readonly plans: readonly ImagePlan[]
  readonly target: Destination
  readonly index?: PlacedIndex
}

type Reading = Omit<RebaseOptions, 'to'> & { readonly to: Destination | undefined; readonly select: Selection }

async function imagesOf(image: string | Package, options: Reading, shop: Workshop): Promise<Meant> {
  const { to, select, maxUnpackedBytes } = options
  if (typeof image !== 'string') {
    if (to === undefined)
      return fail('argument.invalid', `${image.name} is built from a description, so there is no image to replace.`, {
        remedy: 'Say where the image goes: --to PLACE.',
      })
    return { place: image.name, plans: [await planOfTarget(image, { ...options, select: {} }, shop)], target: to }
  }
  const place = placeOrName(image)
  const reading = { select, maxUnpackedBytes }
  using opened = await openPlaced(place, reading, shop)
  const { all = to === undefined && options.platform === undefined } = options
  const index = all ? await indexAt(opened, place) : undefined
  const target = to ?? (await inPlace(opened, place, { store: shop.store, isWhole: index !== undefined }))
  if (index === undefined)
    return { place: image, plans: [(await readPlaced(opened, place, reading, shop)).plan], target }
  const plans: ImagePlan[] = []
  for await (const found of eachImage(index.listing, undefined))
    plans.push(await storedPlan(found, { maxUnpackedBytes }, shop))
  return { place: image, plans, target, index }
}

async function newBase(
  { onto, maxUnpackedBytes }: RebaseOptions,
  { config: { os, architecture, variant } }: ImagePlan,
  shop: Workshop,
): Promise<NewBase> {
  const place = placeOrName(onto)
  const platform = { os, architecture, ...(variant === undefined ? {} : { variant }) }
  const reading = { select: { preferred: platform }, maxUnpackedBytes }
  using opened = await openPlaced(place, reading, shop)
  const { plan, config, published } = await readPlaced(opened, place, reading, shop)
  return { place: onto, config, layers: plan.layers, ...(published === undefined ? {} : { published }) }
}

const mostShown = 5

interface Meeting {
  readonly place: string
  readonly plan: ImagePlan
  readonly below: ImageConfig
  readonly onto: NewBase
}

/** @throws BuildError image.rebase - files of the image replace files that differ between the two bases */
function checkReplaced({ place, plan, below, onto }: Meeting, { store }: Workshop): void {
  const own = ownLayers(place, plan, below)
  const old = plan.layers.slice(0, plan.layers.length - own.length)
  const found = replacedFiles({ old, onto: onto.layers, own }, store)
  if (found.length === 0) return
  const shown = found.slice(0, mostShown).map((path) => `/${show(path)}`)
  const more = found.length > shown.length ? ` and ${found.length - shown.length} more` : ''
  fail('image.rebase', `${place} replaces files that differ between the two bases: ${shown.join(', ')}${more}.`, {
    remedy: "Build the image again on the new base, or keep the image's files with --force.",
    detail: { place, files: shown.join(' ') },
  })
}
