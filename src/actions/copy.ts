/** `copyImage`, the command `copy`: copies an image from one place to another, in any format, without building. */
import { type Check, checkBoolean, checkString, refuse } from '../base/check.ts'
import type { CompressorInput } from '../format/compression/compressors.ts'
import { platformNamed } from '../image/platform.ts'
import { type Copied, copyPlace } from '../transport/copy-place.ts'
import { isBarePath, parseDestination, parsePlace } from '../transport/place.ts'
import { checkCall, givenOptions, type OptionChecks, optional, readingChecks } from './call.ts'
import { checkCompressor } from './compressor.ts'
import { bound } from './credentials.ts'
import { checkFinished } from './finished.ts'
import type { ReadingOptions } from './given-images.ts'
import { parsePlatform } from './platform.ts'
import { inWorkshop } from './workshop.ts'

/** Options of `copyImage`. */
export interface CopyOptions extends ReadingOptions {
  /** Whether all images are copied: those of an index, and those of a place that names none. Default: false. */
  readonly all?: boolean
  /** Platform to take from an index, such as "linux/arm64" or "arm64". Default: this machine's. */
  readonly platform?: string
  /** Compression of a docker-archive that is written, or of layers that come from one. Default: "gz" in a registry, else "none". */
  readonly compressor?: CompressorInput
}

/** Checks of the options. */
export const copyChecks: OptionChecks<CopyOptions> = {
  ...readingChecks,
  all: optional(checkBoolean),
  platform: optional(checkString),
  compressor: optional(checkCompressor),
}

/** Result of `copyImage`. */
export type CopyResult = Copied

/**
 * Copies an image from one place to another, in any format.
 *
 * @example
 * import { copyImage } from 'slipway'
 *
 * await copyImage('oci:layout', 'docker-archive:hello.tar:hello:latest')
 * @param from - `docker-archive:FILE`, `oci:DIRECTORY`, `oci-archive:FILE` or `docker://NAME`, followed by `:name:tag` to choose one of several
 * images; or a path.
 * @param to - the same; a path is written as a docker-archive.
 * @throws BuildError argument.invalid, archive.*, image.*, registry.*, network.*
 */
export async function copyImage(from: string, to: string, options: CopyOptions = {}): Promise<CopyResult> {
  checkCall('copyImage', { from, to, options }, { from: checkPlace, to: checkPlace, options: givenOptions(copyChecks) })
  const origin = parsePlace(from)
  const destination = parseDestination(isBarePath(to) ? `docker-archive:${to}` : to)
  const { all, platform, compressor, maxUnpackedBytes } = options
  const wanted = platform === undefined ? undefined : parsePlatform(platform)
  const packing = compressor === undefined ? undefined : checkCompressor(compressor)
  await checkFinished(origin)
  return inWorkshop(bound(options, [origin, destination]), async (shop) => {
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

const checkPlace: Check<string> = (value, place) =>
  typeof value === 'string'
    ? value
    : refuse(
        place,
        value,
        'the place of an image, such as "oci:directory" (files of an image: `copy` of a package set)',
      )

/**
 * Older name of `copyImage`.
 *
 * @deprecated Use `copyImage`; the `copy` that puts files into an image is a function of a package set.
 */
export const copy: typeof copyImage = copyImage
