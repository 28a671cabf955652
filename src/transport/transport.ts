/** Images from places and to places, whatever the form: looked up in one table (forms.ts). */
import { fail } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import { type Compressor, compressors } from '../format/compression/compressors.ts'
import type { ImagePlan, NamedImage } from '../image/image.ts'
import type { Store } from '../store/store.ts'
import { forms, type Result, refuseName, type WriteOptions } from './forms.ts'
import type { Selection } from './found-image.ts'
import type { IndexOptions } from './layout.ts'
import type { Destination, Place } from './place.ts'
import { type ReadOptions, readImage, readImages } from './read-image.ts'

/** What was written, about the first image. */
export interface Written extends Result {
  /** The destination, as it was given. */
  readonly reference: string
}

/** What reading works with; `select` goes beside what the place itself names. */
export type PlaceOptions = Omit<ReadOptions, 'form'>

/** Reads the image that a place names, or the first one there. @throws BuildError argument.invalid, archive.*, image.* */
export async function readPlace(place: Place, options: PlaceOptions): Promise<NamedImage> {
  return readImage(place.file, readOptions(place, options))
}

/** Reads all images of a place, or the one that it names. @throws BuildError argument.invalid, archive.*, image.* */
export async function readAllAt(place: Place, options: PlaceOptions): Promise<readonly NamedImage[]> {
  const how = readOptions(place, options)
  return namesOne(how.select) ? [await readImage(place.file, how)] : readImages(place.file, how)
}

/** Which image a place names, beside what else is asked for. @throws BuildError argument.invalid */
export function selectionAt({ form, reference }: Place, select: Selection = {}): Selection {
  // A bare path names no image.
  return form === undefined || reference === undefined ? select : { ...forms[form].select(reference), ...select }
}

function readOptions(place: Place, { select, ...options }: PlaceOptions): ReadOptions & { readonly select: Selection } {
  const { form } = place
  const known = form === undefined ? {} : { form: forms[form].holds }
  return { ...options, ...known, select: selectionAt(place, select) }
}

function namesOne({ name, tag, refName }: Selection): boolean {
  return name !== undefined || tag !== undefined || refName !== undefined
}

/** How images are written to a place. */
export interface DestinationOptions extends Omit<WriteOptions, 'compressor'> {
  readonly store: Store
  readonly watch: Watch
  /** For a docker-archive the file's, for a layout its layers'. Default: "none". */
  readonly compressor?: Compressor
}

/**
 * Writes images to a place, all into one archive or layout. The result is about the first.
 *
 * @throws BuildError argument.invalid - one name for several images; archive.unwritable
 */
export async function writeImages(
  plans: readonly ImagePlan[],
  place: Destination,
  { compressor = compressors.none, ...options }: DestinationOptions,
): Promise<Written> {
  const { text, form, reference } = place
  if (reference !== undefined && plans.length !== 1) refuseName(reference, `cannot name ${plans.length} images`)
  return { reference: text, ...(await forms[form].write(plans, place, { ...options, compressor })) }
}

/**
 * Writes an index of images to a place that can hold one. The result is about the first image.
 *
 * @throws BuildError argument.invalid - a docker-archive holds images for one platform each; archive.unwritable
 */
export async function writeImageIndex(
  plans: readonly ImagePlan[],
  place: Destination,
  { names, ...options }: IndexOptions,
): Promise<Written> {
  const { text, form, file, reference } = place
  const { writeIndex } = forms[form]
  if (writeIndex === undefined) {
    return fail('argument.invalid', `${text} cannot hold an index of images.`, {
      remedy: `Write it to oci-archive:${file} or oci:${file}.`,
    })
  }
  const called = reference === undefined ? names : [reference]
  return { reference: text, ...(await writeIndex(plans, place, { ...options, names: called })) }
}
