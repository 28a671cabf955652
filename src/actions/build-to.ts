/** `build` with a place: writes an image directly to an archive or a layout; only its own layer is stored. */

import { checkString } from '../base/check.ts'
import type { Digest } from '../base/digest.ts'
import { isLayered, isStream } from '../docker-tools/layered-image.ts'
import {
  type Compressor,
  type CompressorInput,
  compressors,
  readCompressor,
} from '../format/compression/compressors.ts'
import type { Package } from '../source/package.ts'
import { argumentOf } from '../source/placeholder.ts'
import { parseDestination } from '../transport/place.ts'
import { type Written, writeImageIndex, writeImages } from '../transport/transport.ts'
import type { BuiltNames } from './built-names.ts'
import { actionChecks, checkCall, checkPackage, givenOptions, type OptionChecks, optional } from './call.ts'
import { checkCompressor } from './compressor.ts'
import { bound } from './credentials.ts'
import { describedImages } from './described-images.ts'
import { reportChanges } from './image-changes.ts'
import { type ActionOptions, inWorkshop } from './workshop.ts'

/** Options of `build` for an image that is written to a place. */
export interface BuildToOptions extends ActionOptions {
  /**
   * Place to write to: `docker-archive:FILE`, `oci:DIRECTORY` or `oci-archive:FILE`, followed by `:name:tag` for a name other than the image's own; or
   * `docker://NAME`.
   *
   * @example 'oci-archive:hello.tar:hello:latest'
   */
  readonly to: string
  /** Compression of a docker-archive, or of a layout's layers. Default: that of the image's description. */
  readonly compressor?: CompressorInput
  /** File that the image's bill of materials is written to, as CycloneDX 1.6 JSON. Default: none. */
  readonly sbom?: string
}

const optionChecks: OptionChecks<BuildToOptions> = {
  ...actionChecks,
  to: checkString,
  compressor: optional(checkCompressor),
  sbom: optional(checkString),
}

/** Result of `build` for an image that is written to a place. */
export interface BuildToResult extends Written, BuiltNames {
  /** Limitations found in the image's packages, one line each. */
  readonly notes: readonly string[]
}

/**
 * Writes an image, or an index of images, to a place.
 *
 * @throws BuildError argument.invalid - no such form, or one that cannot hold an index; archive.unwritable, and every code of a build
 */
export async function buildTo(target: Package, options: BuildToOptions): Promise<BuildToResult> {
  checkCall('build', { target, options }, { target: checkPackage, options: givenOptions(optionChecks) })
  const compressor = options.compressor === undefined ? described(target) : checkCompressor(options.compressor)
  const to = parseDestination(options.to)
  return inWorkshop(bound(options, [to]), async (shop) => {
    const { plans, names: own, notes, index, recipe } = await describedImages(target, shop, options)
    if (options.sbom !== undefined)
      await (await import('./sbom.ts')).writeSbom(options.sbom, { recipe, names: own }, shop)
    const names = { ...own, notes }
    const how = { store: shop.store, watch: shop, registries: shop.registries, compressor }
    // As in nixpkgs, layered images have no index of names in the older format.
    const repositories = !isLayered(target) && !isStream(target)
    const written =
      index === undefined
        ? await writeImages(plans, to, { ...how, repositories })
        : firstOf(
            await writeImageIndex(plans, to, { ...how, annotations: index.annotations, names: [index.reference] }),
          )
    if (options.changes !== undefined)
      await reportChanges({ from: recipe.path, plans: async () => plans }, shop.store.memory, options.changes)
    return { ...written, ...names }
  })
}

/** The result for an index describes its first image. */
function firstOf({ index: _index, ...written }: Written & { readonly index: Digest }): Written {
  return written
}

function described(target: Package): Compressor {
  return readCompressor(argumentOf(target, 'compressor')) ?? compressors.none
}
