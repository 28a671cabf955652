/**
 * Acts 3 and 5 of images that are arguments: their identities before they are made, and their plans afterwards.
 *
 * Loaded by `import()` only.
 */

import { planOf } from '../assembly/conf.ts'
import type { Reading } from '../assembly/image-data.ts'
import { readConf } from '../assembly/read-conf.ts'
import { formatTime } from '../base/time.ts'
import { planImage } from '../image/base.ts'
import type { ImagePlan } from '../image/image.ts'
import { fits, platformNamed } from '../image/platform.ts'
import type { Package, Recipe, Workshop } from '../source/package.ts'
import { argumentOf } from '../source/placeholder.ts'
import { matches, notThere, type Selection } from '../transport/found-image.ts'
import { readImage, readImages } from '../transport/read-image.ts'
import type { ImageInput } from './image-input.ts'

/** Lookup of packages that have been instantiated. */
export interface Known {
  of(inner: Package): Recipe
  replace(text: string): string
}

/** An image whose path is known. */
export interface GivenImage {
  /** Recipe that must be made first. */
  readonly recipe: Recipe
  /** Everything that determines its bytes, as plain data. */
  readonly identity: Readonly<Record<string, unknown>>
  /** Returns the plan of the selected image. */
  plan(shop: Workshop, select: Selection): Promise<ImagePlan>
  /** Returns the plans of all images. */
  plans(shop: Workshop): Promise<readonly ImagePlan[]>
}

/** @param shop - its clock is read if the image is a stream created "now". */
export function givenImage(input: ImageInput, known: Known, shop: Workshop): GivenImage {
  const recipe = known.of(input.source)
  if (!input.isConf || input.reference === null) return fromArchive(recipe, input.reading ?? {})
  const reference = known.replace(input.reference)
  const now = formatTime(Math.floor(shop.now.getTime() / 1000))
  const isDatedNow = argumentOf(input.source, 'now') === 'stream'
  const plan = (given: Workshop): ImagePlan =>
    planOf(readConf(given.store, recipe.path), given.store, { names: [reference], now })
  return {
    recipe,
    identity: { conf: recipe.path, reference, ...(isDatedNow ? { now } : {}) },
    plan: async (given, select) => {
      const image = plan(given)
      const { os, architecture } = image.config
      const { platform } = select
      if (matches([reference], select) && (platform === undefined || fits(image.config, platform))) return image
      return notThere(recipe.name.replace(/-conf\.json$/, ''), select, [`${reference} (${os}/${architecture})`])
    },
    plans: async (given) => [plan(given)],
  }
}

function fromArchive(recipe: Recipe, reading: Reading): GivenImage {
  const file = ({ store }: Workshop): string => store.physical(recipe.path)
  const options = (shop: Workshop, select: Selection = {}) => ({
    ...reading,
    store: shop.store,
    watch: shop,
    keepPacked: true,
    select: { preferred: platformNamed(shop.architecture), ...select },
  })
  return {
    recipe,
    identity: { archive: recipe.content ?? recipe.path },
    plan: async (shop, select) => planImage(await readImage(file(shop), options(shop, select)), shop.store),
    plans: async (shop) => (await readImages(file(shop), options(shop))).map((image) => planImage(image, shop.store)),
  }
}
