/** What is at the place of an image, and whether it can be replaced there without losing anything else. */
import { fail } from '../base/error.ts'
import { realPath } from '../base/real-path.ts'
import { isIndexType, parseIndex } from '../format/oci.ts'
import { parseRegistryName } from '../registry/name.ts'
import type { Workshop } from '../source/package.ts'
import { readDocument } from '../transport/content.ts'
import { findContents, type Listing } from '../transport/find-image.ts'
import type { OpenFile } from '../transport/open-file.ts'
import type { Destination, Place } from '../transport/place.ts'
import { selectionAt } from '../transport/transport.ts'

/** The index of images for several platforms that a place names; undefined if it names one image. @throws BuildError archive.*, image.* */
export async function indexAt({ listing }: OpenFile, place: Place): Promise<PlacedIndex | undefined> {
  if (listing === undefined) return undefined
  const [content, ...others] = await findContents(listing, { ...selectionAt(place), all: true })
  if (content === undefined || others.length > 0 || !isIndexType(content.descriptor.mediaType)) return undefined
  const { descriptor, names, refName } = content
  const { annotations } = parseIndex(await readDocument(listing.source, descriptor), place.text).value
  const known = names.length > 0 || refName === undefined ? names : [refName]
  return {
    listing: { ...listing, listed: [descriptor] },
    names: known,
    ...(annotations === undefined ? {} : { annotations }),
  }
}

/** Index at a place. */
export interface PlacedIndex {
  /** Lists the index alone. */
  readonly listing: Listing
  /** Its names in a layout. */
  readonly names: readonly string[]
  readonly annotations?: Readonly<Record<string, string>>
}

/**
 * Returns the place of an image or of a whole index, for writing.
 *
 * @param isWhole - whether all that an index lists is written
 * @throws BuildError image.rebase
 */
export async function inPlace(
  opened: OpenFile,
  place: Place,
  { store, isWhole }: Pick<Workshop, 'store'> & { readonly isWhole: boolean },
): Promise<Destination> {
  const { form, listing } = opened
  const { text, file } = place
  if (form === 'docker' && parseRegistryName(file).digest !== undefined)
    refuse(text, 'is named by its digest, which follows from its content')
  if (form !== 'docker' && realPath(file).startsWith(`${realPath(store.root)}/nix/store/`))
    refuse(text, 'is in the store, whose objects never change')
  if (form === 'docker-archive' || form === 'oci-archive') {
    const count = isWhole ? listing?.listed.length : (await opened.list()).length
    if (count !== undefined && count > 1) refuse(text, `holds ${count} images, and would hold one`)
  }
  if (listing !== undefined && !isWhole) {
    const contents = await findContents(listing, { ...selectionAt(place), all: true })
    if (contents.some(({ descriptor }) => isIndexType(descriptor.mediaType)))
      refuse(text, 'is an index of images for several platforms, and would be an image for one')
  }
  return { ...place, form }
}

function refuse(place: string, why: string): never {
  fail('image.rebase', `${place} cannot be replaced: it ${why}.`, {
    remedy: 'Say where the image goes: --to PLACE.',
    detail: { place },
  })
}
