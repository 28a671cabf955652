/** Images from places and to places, whatever the form: looked up in one table (forms.ts). */
import { type Digest, digestOf } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import { type Compressor, compressors } from '../format/compression/compressors.ts'
import { parseReference } from '../format/reference.ts'
import type { ImagePlan, NamedImage } from '../image/image.ts'
import type { Settled } from '../image/settle.ts'
import type { PackOptions } from './blob.ts'
import { type FillOptions, forms, refuseName } from './forms.ts'
import { type ListedImage, listedDigest, type Selection } from './found-image.ts'
import { type IndexOptions, putImages, putIndex } from './layout.ts'
import { type OpenPlaceOptions, openPlace } from './open-place.ts'
import { writeOutput } from './output.ts'
import type { Destination, Place } from './place.ts'
import { storeImage } from './read-image.ts'
import type { StoreLayerOptions } from './store-layer.ts'

/** Result of writing images to a place; digests are those of the first image. */
export interface Written {
  /** Destination, as it was given. */
  readonly reference: string
  /** ID of the image: the digest of its config. */
  readonly id: Digest
  /** Digest of the manifest; absent for a docker-archive, which has none. */
  readonly digest?: Digest
  /** Size of what was written, in bytes. */
  readonly size: number
}

/** Options of reading; `select` adds to the name in the place. */
export interface PlaceOptions extends StoreLayerOptions, Pick<OpenPlaceOptions, 'registries'> {
  /** Which image, where there are several. Default: the first. */
  readonly select?: Selection
}

/** Reads the image that a place names, or the first one there. @throws BuildError argument.invalid, archive.*, image.*, registry.* */
export async function readPlace(place: Place, options: PlaceOptions): Promise<NamedImage> {
  const select = selectionAt(place, options.select)
  using opened = await openPlace(place, options)
  return await storeImage(await opened.find(select), options)
}

/** Reads the image that a place names, and lists the other images there. @throws BuildError argument.invalid, archive.*, image.*, registry.* */
export async function readPlaceAmong(
  place: Place,
  options: PlaceOptions,
): Promise<{ readonly image: NamedImage; readonly others: readonly ListedImage[] }> {
  const select = selectionAt(place, options.select)
  using opened = await openPlace(place, options)
  const found = await opened.find(select)
  const isFound = ({ digest, names }: ListedImage): boolean =>
    digest === listedDigest(found) && names.join() === found.names.join()
  const others = (await opened.list()).filter((listed) => !isFound(listed))
  return { image: await storeImage(found, options), others }
}

/** Reads all images of a place, or the one that it names. @throws BuildError argument.invalid, archive.*, image.*, registry.* */
export async function readAllAt(place: Place, options: PlaceOptions): Promise<readonly NamedImage[]> {
  const select = selectionAt(place, options.select)
  if (namesOne(select)) return [await readPlace(place, options)]
  using opened = await openPlace(place, options)
  const images: NamedImage[] = []
  for (const found of await opened.findAll(select.preferred)) images.push(await storeImage(found, options))
  return images
}

/** Which image a place names, beside what else is asked for. @throws BuildError argument.invalid */
export function selectionAt({ form, reference }: Place, select: Selection = {}): Selection {
  // A bare path names no image.
  return form === undefined || reference === undefined ? select : { ...forms[form].select(reference), ...select }
}

function namesOne({ name, tag, refName }: Selection): boolean {
  return name !== undefined || tag !== undefined || refName !== undefined
}

/** Options of writing images to a place. */
export interface DestinationOptions extends Omit<PackOptions, 'compressor'>, Pick<FillOptions, 'registries'> {
  /** For a docker-archive the file's, for a layout its layers'. Default: "none". */
  readonly compressor?: Compressor
  /** Whether layers of a base stay compressed as they came. Default: true in a registry, else false. */
  readonly keepBase?: boolean
  /** For a docker-archive: adds the older index of names, `repositories`. Default: false. */
  readonly repositories?: boolean
}

/**
 * Writes images to a place, all into one archive or layout. The result is about the first.
 *
 * @throws BuildError argument.invalid - one name for several images; archive.unwritable, registry.*
 */
export async function writeImages(
  plans: readonly ImagePlan[],
  place: Destination,
  { compressor = compressors.none, ...options }: DestinationOptions,
): Promise<Written> {
  const { form, file, reference } = place
  const name = form === 'docker' ? file : reference
  if (name !== undefined && plans.length !== 1) refuseName(name, `cannot name ${plans.length} images`)
  const { fill } = forms[form]
  const how = { keepBase: form === 'docker', ...options, compressor, reference }
  if (fill === undefined) return writeDockerArchiveTo(plans, place, how)
  return resultOf(place, await fill(place, options, (target) => putImages(plans, target, how)))
}

/**
 * Writes an index of images to a place that can contain one. The result describes the first image.
 *
 * @throws BuildError argument.invalid - a docker-archive can contain only images for one platform each; archive.unwritable, registry.*
 */
export async function writeImageIndex(
  plans: readonly ImagePlan[],
  place: Destination,
  { names, ...options }: IndexOptions & Pick<FillOptions, 'registries'>,
): Promise<Written & { readonly index: Digest }> {
  const { text, form, file, reference } = place
  const { fill } = forms[form]
  if (fill === undefined) {
    return fail('argument.invalid', `${text} cannot contain an index of images.`, {
      remedy: `Write it to oci-archive:${file} or oci:${file}.`,
    })
  }
  const called = reference === undefined ? names : [reference]
  const how = { keepBase: form === 'docker', ...options, names: called }
  const { images, index } = await fill(place, options, (target) => putIndex(plans, target, how))
  return { ...resultOf(place, images), index: index.digest }
}

async function writeDockerArchiveTo(
  plans: readonly ImagePlan[],
  { text, file, reference }: Destination,
  options: DestinationOptions & { readonly compressor: Compressor },
): Promise<Written> {
  const named = plans.map((plan) => renamed(plan, reference))
  const { writeDockerArchive } = await import('./archive.ts')
  const write = (output: number) => writeDockerArchive(named, { ...options, output })
  const { id, sent } = await writeOutput(file, write, options.watch)
  return { reference: text, id, size: sent }
}

function renamed(plan: ImagePlan, reference: string | undefined): ImagePlan {
  if (reference === undefined) return plan
  if (parseReference(reference)?.tag === undefined) refuseName(reference)
  return { ...plan, names: [reference] }
}

function resultOf({ text }: Destination, [settled]: readonly Settled[]): Written {
  if (settled === undefined) throw new Error('unreachable: no image to write')
  const { id, manifest } = settled
  const size = manifest.value.layers.reduce((sum, layer) => sum + layer.size, 0)
  return { reference: text, id, digest: digestOf(manifest.bytes), size }
}
