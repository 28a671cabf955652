/**
 * Recipes of `exportImage`, `mergeImages` and `imageIndex`: their paths (act 3), and how they are made (act 5).
 *
 * Loaded by `import()` only: describing an image loads none of this.
 */
import type { Bytes } from '../base/bytes.ts'
import { fail } from '../base/error.ts'
import type { Compressor } from '../format/compression/compressors.ts'
import { compress } from '../format/compression.ts'
import { flattened, rootArchive } from '../image/flatten.ts'
import type { ImagePlan } from '../image/image.ts'
import { mergePlans } from '../image/merge.ts'
import { platformNamed } from '../image/platform.ts'
import type { Definition, Instantiating, Maker, Recipe, Workshop } from '../source/package.ts'
import { archiveBytes, archiveSize } from '../transport/archive.ts'
import { indexArchiveBytes } from '../transport/layout-archive.ts'
import type { Export } from './export-image.ts'
import { type GivenImage, givenImage } from './given-image.ts'
import type { Index } from './image-index.ts'
import type { Merge } from './merge-images.ts'
import { packedPaths } from './packed-paths.ts'

/** Makes a root file system as an archive. */
export const exportMaker: Maker<Export> = { instantiate: exportRecipe }

function exportRecipe({ arguments: made }: Definition<Export>, known: Instantiating, shop: Workshop): Recipe {
  const image = givenImage(made.image, known, shop)
  const { name, tag, architecture } = known.replace(made.select)
  const select = {
    ...(name === null ? {} : { name }),
    ...(tag === null ? {} : { tag }),
    ...(architecture === null ? {} : { platform: platformNamed(architecture) }),
  }
  const { compressor } = made
  return output('root-archive-1', {
    ...{ name: made.name, compressor },
    images: [image],
    arguments: { select, machine: made.image.isConf ? null : shop.architecture },
    make: async (shop) => {
      const archive = rootArchive(flattened(await image.plan(shop, select), shop.store))
      const bytes = compress(compressor, archive.bytes(shop, 'lent'), shop.store.pieces)
      return compressor.name === 'none' ? { bytes, size: archive.size } : { bytes }
    },
  })
}

/** Makes several images in one docker-archive. */
export const mergeMaker: Maker<Merge> = { instantiate: mergeRecipe }

function mergeRecipe({ arguments: made }: Definition<Merge>, known: Instantiating, shop: Workshop): Recipe {
  const images = made.images.map((input) => givenImage(input, known, shop))
  return output('merged-archive-1', {
    ...{ name: made.name, compressor: made.compressor },
    images,
    arguments: { machine: made.images.every(({ isConf }) => isConf) ? null : shop.architecture },
    make: async (shop) => {
      const { store } = shop
      const plans = await mergePlans(await plansOf(images, shop), { store, watch: shop })
      const options = { store, watch: shop, compressor: made.compressor, repositories: true }
      const bytes = archiveBytes(plans, options)
      return made.compressor.name === 'none' ? { bytes, size: archiveSize(plans, options) } : { bytes }
    },
  })
}

/** Makes an index of images as an OCI archive. */
export const indexMaker: Maker<Index> = { instantiate: indexRecipe }

function indexRecipe({ arguments: made }: Definition<Index>, known: Instantiating, shop: Workshop): Recipe {
  const images = made.images.map((input) => givenImage(input, known, shop))
  const { compressor } = made
  const annotations = known.replace(made.annotations)
  const reference = known.replace(made.reference)
  return output('oci-index-1', {
    ...{ name: made.name, compressor },
    images,
    arguments: { reference, annotations },
    make: async (shop) => {
      const plans = await plansOf(images, shop)
      checkPlatforms(plans, made.name)
      const how = { store: shop.store, watch: shop, compressor, names: [reference] }
      const notes = Object.keys(annotations).length === 0 ? {} : { annotations }
      return { bytes: indexArchiveBytes(plans, { ...how, ...notes }) }
    },
  })
}

interface Output {
  readonly name: string
  readonly compressor: Compressor
  readonly images: readonly GivenImage[]
  readonly arguments: Readonly<Record<string, unknown>>
  make(shop: Workshop): Promise<{ readonly bytes: Bytes; readonly size?: number }>
}

/** A self-contained file, without references. */
function output(maker: string, { name, compressor, images, arguments: given, make }: Output): Recipe {
  const inputs = [...new Map(images.map(({ recipe }) => [recipe.path, recipe])).values()]
  const paths = packedPaths(name, maker, {
    compressor,
    arguments: { ...given, images: images.map(({ identity }) => identity) },
  })
  return {
    ...paths,
    name,
    as: 'store',
    inputs,
    requires: [],
    realise: async (shop) => {
      const { bytes, ...size } = await make(shop)
      return shop.store.addFile(paths.path, bytes, { ...size, candidates: [] })
    },
  }
}

/** Returns the plans of all given images, once they are made. */
export async function plansOf(images: readonly GivenImage[], shop: Workshop): Promise<readonly ImagePlan[]> {
  const plans: ImagePlan[] = []
  for (const image of images) plans.push(...(await image.plans(shop)))
  return plans
}

/** Refuses two images for one platform: programs select the first match in an index. @throws BuildError index.platform */
export function checkPlatforms(plans: readonly ImagePlan[], name: string): void {
  const seen = new Set<string>()
  for (const { config } of plans) {
    const platform = [config.os, config.architecture, config.variant].filter((part) => part !== undefined).join('/')
    if (seen.has(platform)) {
      fail('index.platform', `${name} has two images for ${platform}.`, {
        remedy: 'Give one image for each platform; mergeImages puts any images into one archive.',
        detail: { platform },
      })
    }
    seen.add(platform)
  }
}
