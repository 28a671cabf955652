/** Images as arguments of actions: descriptions, or places. */

import { type GivenImage, givenImage } from '../docker-tools/given-image.ts'
import { inputOf } from '../docker-tools/image-input.ts'
import { planImage } from '../image/base.ts'
import type { ImagePlan } from '../image/image.ts'
import { platformNamed } from '../image/platform.ts'
import { instantiate } from '../source/instantiate.ts'
import type { Package, Workshop } from '../source/package.ts'
import type { Selection } from '../transport/found-image.ts'
import { parsePlace } from '../transport/place.ts'
import { type PlaceOptions, readAllAt, readPlace } from '../transport/transport.ts'
import { realiseNoted } from './noted.ts'
import type { ActionOptions } from './workshop.ts'

/** Options of every function that reads images. */
export interface ReadingOptions extends ActionOptions {
  /** Limit, in bytes, on what a compressed image may expand to. Default: the larger of 1 GiB and 100 × its compressed size. */
  readonly maxUnpackedBytes?: number
}

/** Returns the plan of the selected image. @throws BuildError archive.*, image.*, and every code of a build */
export async function planOfTarget(
  target: string | Package,
  { select = {}, ...options }: ReadingOptions & { readonly select?: Selection },
  shop: Workshop,
): Promise<ImagePlan> {
  const { store } = shop
  if (typeof target === 'string')
    return planImage(await readPlace(parsePlace(target), readingOf({ ...options, select }, shop)), store)
  return (await made(target, options, shop)).plan(shop, select)
}

/** Returns the plans of all images. @throws BuildError archive.*, image.*, and every code of a build */
export async function plansOfTarget(
  target: string | Package,
  options: ReadingOptions & { readonly select?: Pick<Selection, 'preferred'> },
  shop: Workshop,
): Promise<readonly ImagePlan[]> {
  const { store } = shop
  if (typeof target !== 'string') return (await made(target, options, shop)).plans(shop)
  const images = await readAllAt(parsePlace(target), readingOf(options, shop))
  return images.map((image) => planImage(image, store))
}

function readingOf(
  { select, maxUnpackedBytes }: ReadingOptions & { readonly select?: Selection },
  shop: Workshop,
): PlaceOptions {
  return {
    store: shop.store,
    watch: shop,
    registries: shop.registries,
    select: { preferred: platformNamed(shop.architecture), ...select },
    ...(maxUnpackedBytes === undefined ? {} : { maxUnpackedBytes }),
  }
}

async function made(
  target: Package,
  { beside = [], maxUnpackedBytes, ...options }: ReadingOptions,
  shop: Workshop,
): Promise<GivenImage> {
  const input = { ...inputOf(target), ...(maxUnpackedBytes === undefined ? {} : { reading: { maxUnpackedBytes } }) }
  const instantiated = await instantiate([target, input.source], shop, beside)
  const image = givenImage(input, instantiated, shop)
  await realiseNoted([image.recipe], options, shop)
  return image
}
