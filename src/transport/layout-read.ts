/** Reads OCI image layouts, directories and archives (OCI image specification, image-layout.md). */
import type { Content } from '../base/bytes.ts'
import { type Digest, hexOf } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import {
  type Descriptor,
  documentLimit,
  isManifestType,
  parseIndex,
  parseLayoutVersion,
  subjectIn,
} from '../format/oci.ts'
import { type ContentSource, readDocument } from './content.ts'
import type { Listing } from './find-image.ts'
import { refNameAnnotation } from './layout-names.ts'
import { documentOfMember } from './member-document.ts'
import type { Members } from './members.ts'

/** File that makes a directory or a tar file a layout. */
export const layoutVersionName = 'oci-layout'

/**
 * What a layout lists, and its contents.
 *
 * @param elsewhere - finds a content that the layout leaves out.
 * @throws BuildError archive.invalid
 */
export function layoutListing(
  members: Members,
  elsewhere: (digest: Digest) => Content | undefined = () => undefined,
): Listing {
  const { place } = members
  parseLayoutVersion(documentOfMember(members, layoutVersionName, documentLimit), `${place}: ${layoutVersionName}`)
  const index = parseIndex(documentOfMember(members, 'index.json', documentLimit), `${place}: index.json`)
  const { manifests: listed, others } = index.value
  const source: ContentSource = {
    name: place,
    get: async ({ digest, size }) => {
      const name = `blobs/sha256/${hexOf(digest)}`
      const content = members.content(name) ?? elsewhere(digest)
      if (content?.size === size) return content
      const what = content === undefined ? 'is missing' : `has ${content.size} bytes instead of ${size}`
      return fail('archive.invalid', `${place}: "${name}" ${what}.`, {
        remedy: 'Download or create the image again; it may be truncated.',
        detail: { place, member: name },
      })
    },
  }
  return {
    listed,
    others,
    source,
    tagged: async (tag) => listed.find(({ annotations }) => annotations?.[refNameAnnotation] === tag),
    referrers: async (subject) => {
      const found: Descriptor[] = []
      for (const each of listed.filter(({ mediaType }) => isManifestType(mediaType)))
        if (subjectIn(await readDocument(source, each), place) === subject) found.push(each)
      return found
    },
  }
}
