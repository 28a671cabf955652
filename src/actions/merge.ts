/** `merge`: several images into one archive or layout; of one image, its conversion from one form into another. */
import { fail } from '../base/error.ts'
import type { CompressorInput } from '../format/compression/compressors.ts'
import type { ImagePlan } from '../image/image.ts'
import { mergePlans } from '../image/merge.ts'
import type { Package } from '../source/package.ts'
import { isBarePath, parseDestination } from '../transport/place.ts'
import { type Written, writeImages } from '../transport/transport.ts'
import { checkCompressor } from './compressor.ts'
import { plansOfTarget, type ReadingOptions } from './given-images.ts'
import { inWorkshop } from './workshop.ts'

/** What `mergeImages` takes besides the images. */
export interface MergeOptions extends ReadingOptions {
  /** `docker-archive:FILE`, `oci:FOLDER`, `oci-archive:FILE`, or a bare path, which is a docker-archive. */
  readonly out: string
  /** Of a docker-archive the file, of a layout its layers. Default "none". */
  readonly compressor?: CompressorInput
}

/**
 * Writes images into one place: layers once, every name kept; of two images with one name the later has it.
 *
 * @param targets - places where images are (all that are there are taken), or images that are described.
 * @throws BuildError argument.invalid - no image; archive.*, image.*, and every code of a build
 */
export async function mergeImages(targets: readonly (string | Package)[], options: MergeOptions): Promise<Written> {
  if (targets.length === 0)
    fail('argument.invalid', 'There is no image to merge.', { remedy: 'Name at least one image.' })
  const place = parseDestination(isBarePath(options.out) ? `docker-archive:${options.out}` : options.out)
  const compressor = checkCompressor(options.compressor ?? 'none')
  return inWorkshop(options, async (shop) => {
    const { store } = shop
    const plans: ImagePlan[] = []
    for (const target of targets) plans.push(...(await plansOfTarget(target, options, shop)))
    const merged = await mergePlans(plans, { store, watch: shop })
    return writeImages(merged, place, {
      store,
      watch: shop,
      registries: shop.registries,
      compressor,
      repositories: true,
    })
  })
}
