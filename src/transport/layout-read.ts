/** An OCI image layout, a folder or an archive of one, as a source (image-layout.md of the OCI image specification). */
import { hexOf } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import { documentLimit, parseIndex, parseLayoutVersion } from '../format/oci.ts'
import type { Listing } from './find-image.ts'
import { documentOfMember } from './member-document.ts'
import type { Members } from './members.ts'

/** The file that makes a folder or a tar file a layout. */
export const layoutVersionName = 'oci-layout'

/** What a layout lists, and its contents. @throws BuildError archive.invalid */
export function layoutListing(members: Members): Listing {
  const { place } = members
  parseLayoutVersion(documentOfMember(members, layoutVersionName, documentLimit), `${place}: ${layoutVersionName}`)
  const index = parseIndex(documentOfMember(members, 'index.json', documentLimit), `${place}: index.json`)
  return {
    listed: index.value.manifests,
    source: {
      name: place,
      get: async ({ digest, size }) => {
        const name = `blobs/sha256/${hexOf(digest)}`
        const content = members.content(name)
        if (content?.size === size) return content
        const what = content === undefined ? 'is missing' : `has ${content.size} bytes instead of ${size}`
        return fail('archive.invalid', `${place}: "${name}" ${what}.`, {
          remedy: 'Fetch or make the image again, whole.',
          detail: { place, member: name },
        })
      },
    },
  }
}
