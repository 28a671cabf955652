/** Copies images from one place to another; without the store, if both have contents by descriptor. */
import type { Digest } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import { type Compressor, compressors } from '../format/compression/compressors.ts'
import { planImage } from '../image/base.ts'
import { copyContent } from './copy.ts'
import { copyReferrers } from './copy-referrers.ts'
import { findContents, type Listing, type Named } from './find-image.ts'
import { forms, refuseName } from './forms.ts'
import type { NamingTarget } from './layout.ts'
import type { OpenFile } from './open-file.ts'
import { openPlace } from './open-place.ts'
import type { Destination, Place } from './place.ts'
import { storeImage } from './read-image.ts'
import { type DestinationOptions, type PlaceOptions, selectionAt, writeImages } from './transport.ts'

/** Result of `copy`. */
export interface Copied {
  /** Destination, as it was given. */
  readonly reference: string
  /** Digest of the manifest or index, the first of several; for a docker-archive, which has neither, the image's ID. */
  readonly digest: Digest
}

/** Options of copying. */
export interface CopyPlaceOptions extends PlaceOptions, Pick<DestinationOptions, 'compressor'> {
  /** Whether all images are copied: those of an index, and those of a place that names none. Default: false. */
  readonly all?: boolean
}

/**
 * Copies the image that a place names, or the first one there.
 *
 * Manifests, configs and layers stay byte for byte as they are, but for docker-archives, which have no manifests.
 *
 * @throws BuildError archive.*, image.*, argument.invalid
 */
export async function copyPlace(from: Place, to: Destination, options: CopyPlaceOptions): Promise<Copied> {
  const { all = false, watch } = options
  const select = selectionAt(from, options.select)
  using source = await openPlace(from, options)
  const { listing } = source
  const { fill } = forms[to.form]
  if (listing === undefined || fill === undefined) return await copyThroughStore(source, to, { ...options, select })
  if (options.compressor !== undefined)
    fail('argument.invalid', `--compressor has no effect from ${from.text} to ${to.text}: layers stay as they are.`, {
      remedy: 'Leave it out, or copy to a docker-archive first, and from there.',
    })
  const contents = await findContents(listing, { ...select, all })
  checkName(to, contents.length)
  await fill(to, options, async (target) => {
    for (const content of contents) {
      await copyNamed(content, { listing, target, to, watch })
      if (all) await copyReferrers(content.descriptor, { listing, to: target, watch })
    }
  })
  return { reference: to.text, digest: first(contents).descriptor.digest }
}

interface CopyingNamed {
  readonly listing: Listing
  readonly target: NamingTarget
  readonly to: Destination
  readonly watch: CopyPlaceOptions['watch']
}

async function copyNamed({ descriptor, names, refName }: Named, copying: CopyingNamed): Promise<void> {
  const { listing, target, to, watch } = copying
  const { annotations: _place, ...content } = descriptor
  await copyContent(content, { from: listing.source, to: target, watch })
  await target.name(content, [to.reference ?? refName ?? names[0]])
}

async function copyThroughStore(
  source: OpenFile,
  to: Destination,
  { all = false, select = {}, compressor = defaultCompressor(to), ...options }: CopyPlaceOptions,
): Promise<Copied> {
  const { store, watch } = options
  if (all && source.listing !== undefined)
    fail('argument.invalid', `${to.text} can contain only images for one platform each, not a whole index.`, {
      remedy: `Copy to oci-archive:${to.file} or oci:${to.file}, or choose a platform.`,
    })
  const found = all ? await source.findAll(select.preferred) : [await source.find(select)]
  checkName(to, found.length)
  const plans = []
  for (const image of found) plans.push(planImage(await storeImage(image, options), store))
  const { reference, id, digest = id } = await writeImages(plans, to, { ...options, store, watch, compressor })
  return { reference, digest }
}

/** Registries keep layers compressed; a file that is written from them need not be. */
function defaultCompressor({ form }: Destination): Compressor {
  return form === 'docker' ? compressors.gz : compressors.none
}

function checkName({ form, file, reference }: Destination, count: number): void {
  const name = form === 'docker' ? file : reference
  if (name !== undefined && count !== 1) refuseName(name, `cannot name ${count} images`)
}

function first<T>([item]: readonly T[]): T {
  if (item === undefined) throw new Error('unreachable: nothing was copied')
  return item
}
