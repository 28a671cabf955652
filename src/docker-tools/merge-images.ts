/**
 * `mergeImages`: several images in one archive, for one `docker load`. Layers are there once, and so is an image that is given twice.
 *
 * Of archives all images are taken. Where two images have one name and tag, the later one keeps it.
 */
import { checkArguments, checkString, optionsOf, orDefault } from '../base/check.ts'
import type { Compressor, CompressorInput } from '../format/compression/compressors.ts'
import type { Package } from '../source/package.ts'
import { define } from '../source/placeholder.ts'
import { compressorOr } from './arguments.ts'
import type { Bound } from './bound.ts'
import { type ImageInput, imageInputs } from './image-input.ts'
import { maxUnpackedBytes, readingOf } from './layered-arguments.ts'
import { archiveName } from './layered-image.ts'

/** Options of `dockerTools.mergeImages`. `null` means the default. */
export interface MergeImagesOptions {
  /** Name of the store object. Default: "merge-docker-images", with the extension of its format. */
  readonly name?: string | null
  /** Compression of the archive: "gz", "none" or "zstd" (Docker 23.0 or newer), with a level if need be. Default: "gz". */
  readonly compressor?: CompressorInput | null
  /** Limit, in bytes, on what a compressed image may expand to. Default: the larger of 1 GiB and 100 × its compressed size. */
  readonly maxUnpackedBytes?: number | null
}

/** Everything that determines merged images. */
export interface Merge {
  readonly name: string
  readonly images: readonly ImageInput[]
  readonly compressor: Compressor
}

const optionChecks = {
  name: orDefault(checkString, null),
  compressor: compressorOr('gz'),
  maxUnpackedBytes,
}

/** @throws BuildError argument.*: at the call */
export function mergeImages(
  images: readonly (Package | string | undefined)[],
  given: MergeImagesOptions | null,
  bound: Bound,
): Package {
  const known = checkArguments(
    'mergeImages',
    { images, options: given },
    { images: imageInputs(bound), options: optionsOf(optionChecks) },
  )
  const { name, compressor, maxUnpackedBytes } = known.options
  const reading = readingOf(maxUnpackedBytes)
  const made: Merge = {
    name: name ?? archiveName({ baseName: 'merge-docker-images', compressor }),
    images: known.images.map((image) => ({ ...image, reading })),
    compressor,
  }
  return define({
    maker: 'merged-archive-1',
    name: made.name,
    arguments: made,
  })
}
