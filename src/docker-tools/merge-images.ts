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

/** What `mergeImages` takes besides the images. `null` says default. */
export interface MergeImagesOptions {
  /** Name of the store object. Default: "merge-docker-images", with the ending of its form. */
  readonly name?: string | null
  /** "gz" (default), "none" or "zstd". */
  readonly compressor?: CompressorInput | null
  /** Bytes that a packed image may unpack to, where that is more than 1 GiB and more than 100 times its size. */
  readonly maxUnpackedBytes?: number | null
}

/** All that merged images follow from. */
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
