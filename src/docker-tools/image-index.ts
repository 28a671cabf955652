/**
 * `imageIndex`: images for several architectures under one name, as an OCI archive that holds an image index (image-index.md of the OCI
 * image specification). A program that loads or pulls it selects the image for its own machine.
 */
import { checkArguments, checkString, optionsOf, orDefault, recordOf } from '../base/check.ts'
import { fail } from '../base/error.ts'
import type { Compressor, CompressorInput } from '../format/compression/compressors.ts'
import type { Package } from '../source/package.ts'
import { argumentOf, define, definitionOf, extended } from '../source/placeholder.ts'
import { baseNameOf, compressorOr, imageName, imageTag } from './arguments.ts'
import type { Bound } from './bound.ts'
import { type ImageInput, imageInputs, isImageInput } from './image-input.ts'
import { maxUnpackedBytes, readingOf } from './layered-arguments.ts'

/** Options of `imageIndex`. `null` means the default. */
export interface ImageIndexOptions {
  /** Name of the index, without tag. Default: the name that all images share. */
  readonly name?: string | null
  /** Tag of the index. Default: the tag that all images share. */
  readonly tag?: string | null
  /**
   * Annotations of the index (OCI image specification, annotations.md).
   *
   * @example { 'org.opencontainers.image.licenses': 'MIT' }
   */
  readonly annotations?: Readonly<Record<string, string>> | null
  /** Compression of the layers: "gz", "none" or "zstd", optionally with a level. Default: "gz". */
  readonly compressor?: CompressorInput | null
  /** Limit, in bytes, on what a compressed image may expand to. Default: the larger of 1 GiB and 100 × its compressed size. */
  readonly maxUnpackedBytes?: number | null
}

/** Index of images for several architectures, built as an OCI archive in the store. */
export interface ImageIndex extends Package {
  /** Name of the index, without tag. */
  readonly imageName: string
  /** Tag of the index; may contain a placeholder until it is built. */
  readonly imageTag: string
}

/** Everything that determines an index. */
export interface Index {
  readonly name: string
  readonly images: readonly ImageInput[]
  readonly reference: string
  readonly annotations: Readonly<Record<string, string>>
  readonly compressor: Compressor
}

const annotations = recordOf(checkString, 'an object of strings')

const optionChecks = {
  name: orDefault(imageName, null),
  tag: orDefault(imageTag, null),
  annotations: orDefault(annotations, {}),
  compressor: compressorOr('gz'),
  maxUnpackedBytes,
}

/** @throws BuildError argument.*: at the call */
export function imageIndex(
  images: readonly (Package | string | undefined)[],
  given: ImageIndexOptions | null,
  bound: Bound,
): ImageIndex {
  const known = checkArguments(
    'imageIndex',
    { images, options: given },
    { images: imageInputs(bound), options: optionsOf(optionChecks) },
  )
  const checked = known.options
  const reading = readingOf(checked.maxUnpackedBytes)
  const inputs = known.images.map((image) => ({ ...image, reading }))
  const references = inputs.map(({ reference }) => reference ?? '')
  const name =
    checked.name ??
    shared(
      'name',
      references.map((text) => text.slice(0, text.lastIndexOf(':'))),
    )
  const tag =
    checked.tag ??
    shared(
      'tag',
      references.map((text) => text.slice(text.lastIndexOf(':') + 1)),
    )
  const made: Index = {
    name: `${baseNameOf(name)}-index.tar`,
    images: inputs,
    reference: `${name}:${tag}`,
    annotations: checked.annotations,
    compressor: checked.compressor,
  }
  const index = define({
    maker: 'oci-index-1',
    name: made.name,
    arguments: made,
  })
  return extended(index, { imageName: name, imageTag: tag })
}

/** Returns the description of a package that is an index; undefined for any other. */
export function describedIndex(
  made: Package,
): (Pick<Index, 'images' | 'reference'> & { readonly annotations?: Index['annotations'] }) | undefined {
  if (definitionOf(made).maker !== 'oci-index-1') return undefined
  const [images, reference] = [argumentOf(made, 'images'), argumentOf(made, 'reference')]
  if (!Array.isArray(images) || !images.every(isImageInput) || typeof reference !== 'string')
    throw new Error(`unreachable: ${made.name} is an index without images or reference`)
  const notes = annotations(argumentOf(made, 'annotations'), 'annotations')
  return { images, reference, ...(Object.keys(notes).length === 0 ? {} : { annotations: notes }) }
}

function shared(what: 'name' | 'tag', given: readonly string[]): string {
  const [first, ...others] = new Set(given)
  if (first !== undefined && first !== '' && others.length === 0) return first
  return fail('argument.invalid', `imageIndex was given no ${what}, and its images do not share one.`, {
    remedy: `Give it: imageIndex(images, { ${what}: "…" }).`,
    detail: { place: what },
  })
}
