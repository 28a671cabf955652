/** `merge`: writes several images into one archive or layout; with one image, converts it. */
import { arrayOf, checkString } from '../base/check.ts'
import { fail } from '../base/error.ts'
import type { CompressorInput } from '../format/compression/compressors.ts'
import type { ImagePlan } from '../image/image.ts'
import { mergePlans } from '../image/merge.ts'
import type { Package } from '../source/package.ts'
import { isBarePath, parseDestination } from '../transport/place.ts'
import { type Written, writeImages } from '../transport/transport.ts'
import { checkCall, checkTarget, givenOptions, type OptionChecks, optional, readingChecks } from './call.ts'
import { checkCompressor } from './compressor.ts'
import { bound, placesAmong } from './credentials.ts'
import { plansOfTarget, type ReadingOptions } from './given-images.ts'
import { inWorkshop } from './workshop.ts'

/** Options of `merge`. */
export interface MergeOptions extends ReadingOptions {
  /** Place to write to: `docker-archive:FILE`, `oci:DIRECTORY`, `oci-archive:FILE`, `docker://NAME`, or a path, which is written as a docker-archive. */
  readonly out: string
  /** Compression of a docker-archive, or of a layout's layers. Default: "none". */
  readonly compressor?: CompressorInput
}

const optionChecks: OptionChecks<MergeOptions> = {
  ...readingChecks,
  out: checkString,
  compressor: optional(checkCompressor),
}

/** Result of `merge`. */
export type MergeResult = Written

/**
 * Writes images to one place: each layer once, with every name; if two images have the same name, the later one keeps it.
 *
 * @example
 * import { debian, merge } from 'slipway'
 *
 * const { pkgs, dockerTools } = debian({ suite: 'trixie' })
 * const image = dockerTools.buildLayeredImage({ name: 'hello', contents: [pkgs('hello')], config: { Cmd: ['hello'] } })
 * await merge([image, 'oci:layout'], { out: 'all.tar' })
 * @param targets - descriptions of images, or places, of which all images are taken.
 * @throws BuildError argument.invalid - no image; archive.*, image.*, registry.*, network.*, and every code of a build
 */
export async function merge(targets: readonly (string | Package)[], options: MergeOptions): Promise<MergeResult> {
  checkCall(
    'merge',
    { targets, options },
    { targets: arrayOf(checkTarget, 'an array of images'), options: givenOptions(optionChecks) },
  )
  if (targets.length === 0)
    fail('argument.invalid', 'There is no image to merge.', { remedy: 'Name at least one image.' })
  const place = parseDestination(isBarePath(options.out) ? `docker-archive:${options.out}` : options.out)
  const compressor = checkCompressor(options.compressor ?? 'none')
  return inWorkshop(bound(options, [...placesAmong(targets), place]), async (shop) => {
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

/**
 * Older name of `merge`.
 *
 * @deprecated Use `merge`.
 */
export const mergeImages: typeof merge = merge
