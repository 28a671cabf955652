/** `copy`: an image from one place to another, in any form, without building. */
import type { CompressorInput } from '../format/compression/compressors.ts'
import { platformNamed } from '../image/platform.ts'
import { type Copied, copyPlace } from '../transport/copy-place.ts'
import { isBarePath, parseDestination, parsePlace } from '../transport/place.ts'
import { checkCompressor } from './compressor.ts'
import type { ReadingOptions } from './given-images.ts'
import { parsePlatform } from './platform.ts'
import { inWorkshop } from './workshop.ts'

/** What `copy` takes besides the places. */
export interface CopyOptions extends ReadingOptions {
  /** Copies indexes whole, and all images of a place that names none. Default: false. */
  readonly all?: boolean
  /** The platform to take from an index, such as "linux/arm64" or "arm64". Default: this machine's. */
  readonly platform?: string
  /** How layers from a docker-archive are compressed, or a docker-archive that is written. Default: "gz" in a registry, else "none". */
  readonly compressor?: CompressorInput
}

/**
 * Copies an image: `docker-archive:FILE`, `oci:FOLDER`, `oci-archive:FILE`, each with `:name:tag` behind it where there are several; or a
 * bare path, which as a destination is a docker-archive.
 *
 * @throws BuildError argument.invalid, archive.*, image.*
 */
export async function copy(from: string, to: string, options: CopyOptions = {}): Promise<Copied> {
  const origin = parsePlace(from)
  const destination = parseDestination(isBarePath(to) ? `docker-archive:${to}` : to)
  const { all, platform, compressor, maxUnpackedBytes } = options
  const wanted = platform === undefined ? undefined : parsePlatform(platform)
  const packing = compressor === undefined ? undefined : checkCompressor(compressor)
  return inWorkshop(options, async (shop) => {
    const select = wanted === undefined ? { preferred: platformNamed(shop.architecture) } : { platform: wanted }
    return copyPlace(origin, destination, {
      store: shop.store,
      watch: shop,
      registries: shop.registries,
      select,
      ...(all === undefined ? {} : { all }),
      ...(packing === undefined ? {} : { compressor: packing }),
      ...(maxUnpackedBytes === undefined ? {} : { maxUnpackedBytes }),
    })
  })
}
