/** Checks that an image can be replaced in place without losing anything else. */
import { fail } from '../base/error.ts'
import { realPath } from '../base/real-path.ts'
import { isIndexType } from '../format/oci.ts'
import { parseRegistryName } from '../registry/name.ts'
import type { Workshop } from '../source/package.ts'
import { findContents } from '../transport/find-image.ts'
import type { OpenFile } from '../transport/open-file.ts'
import type { Destination, Place } from '../transport/place.ts'
import { selectionAt } from '../transport/transport.ts'

/** Returns the place of an image, for writing. @throws BuildError image.rebase */
export async function inPlace(opened: OpenFile, place: Place, { store }: Workshop): Promise<Destination> {
  const { form, listing } = opened
  const { text, file } = place
  if (form === 'docker' && parseRegistryName(file).digest !== undefined)
    refuse(text, 'is named by its digest, which follows from its content')
  if (form !== 'docker' && realPath(file).startsWith(`${realPath(store.root)}/nix/store/`))
    refuse(text, 'is in the store, whose objects never change')
  if (form === 'docker-archive' || form === 'oci-archive') {
    const count = (await opened.list()).length
    if (count > 1) refuse(text, `holds ${count} images, and would hold one`)
  }
  if (listing !== undefined) {
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
