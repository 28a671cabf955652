/** `build` with a place: an image goes straight to an archive or a layout; only its own layer is stored. */
import { givenImage } from '../docker-tools/given-image.ts'
import { describedIndex } from '../docker-tools/image-index.ts'
import { inputOf } from '../docker-tools/image-input.ts'
import { checkPlatforms, plansOf } from '../docker-tools/image-outputs.ts'
import {
  type Compressor,
  type CompressorInput,
  compressors,
  readCompressor,
} from '../format/compression/compressors.ts'
import { instantiate } from '../source/instantiate.ts'
import type { Package } from '../source/package.ts'
import { argumentOf, definitionOf } from '../source/placeholder.ts'
import { realise } from '../source/realise.ts'
import { parseDestination } from '../transport/place.ts'
import { type Written, writeImageIndex, writeImages } from '../transport/transport.ts'
import { type BuiltNames, namesOf } from './built-names.ts'
import { checkCompressor } from './compressor.ts'
import { type ActionOptions, inWorkshop } from './workshop.ts'

/** What `build` takes where the image goes to a place. */
export interface BuildToOptions extends ActionOptions {
  /** `docker-archive:FILE`, `oci:FOLDER` or `oci-archive:FILE`, with `:name:tag` behind it for another name than the image's own. */
  readonly to: string
  /** Of a docker-archive the file, of a layout its layers. Default: what the image was described with. */
  readonly compressor?: CompressorInput
}

/** What was written. */
export type BuiltTo = Written & BuiltNames

/**
 * Writes an image, or an index of images, to a place.
 *
 * @throws BuildError argument.invalid - no such form, or one that cannot hold an index; archive.unwritable, and every code of a build
 */
export async function buildTo(target: Package, options: BuildToOptions): Promise<BuiltTo> {
  const compressor = options.compressor === undefined ? described(target) : checkCompressor(options.compressor)
  const to = parseDestination(options.to)
  return inWorkshop(options, async (shop) => {
    const { store } = shop
    const instantiated = await instantiate([target], shop, options.beside)
    const index = describedIndex(target)
    const images = (index?.images ?? [inputOf(target)]).map((input) => givenImage(input, instantiated, shop))
    await realise(
      images.map(({ recipe }) => recipe),
      shop,
    )
    const plans = await plansOf(images, shop)
    const how = { store, watch: shop, compressor }
    const names = namesOf(target, instantiated)
    if (index === undefined)
      return { ...(await writeImages(plans, to, { ...how, repositories: !isStreamed(target) })), ...names }
    checkPlatforms(plans, target.name)
    const { annotations, reference } = index
    const notes = annotations === undefined ? {} : { annotations: instantiated.replace(annotations) }
    const called = [instantiated.replace(reference)]
    return { ...(await writeImageIndex(plans, to, { ...how, ...notes, names: called })), ...names }
  })
}

function described(target: Package): Compressor {
  return readCompressor(argumentOf(target, 'compressor')) ?? compressors.none
}

/** Layered images have no older index of names, as nixpkgs' have none. */
function isStreamed(target: Package): boolean {
  return ['docker-archive-1', 'stream-2'].includes(definitionOf(target).maker)
}
