/** Copies what refers to images: signatures and attestations by `subject` (OCI 1.1), and those that cosign keeps under tags. */
import { type Digest, hexOf } from '../base/digest.ts'
import { isIndexType, parseIndex } from '../format/oci.ts'
import type { Descriptor } from '../layer/layer.ts'
import { readDocument } from './content.ts'
import { type Copying, copyContent } from './copy.ts'
import type { Listing } from './find-image.ts'
import type { NamingTarget } from './layout.ts'

/** From what to where. */
export interface CopyingReferrers extends Omit<Copying, 'from' | 'to'> {
  readonly listing: Listing
  readonly to: NamingTarget
}

/** Signatures of signatures, and no further. */
const mostLevels = 3
/** cosign's tags: `sha256-<64 hex>.sig` and the like. */
const cosignEndings = ['sig', 'att', 'sbom']

/** Copies everything that refers to a content, and to the images of an index. */
export async function copyReferrers(root: Descriptor, copying: CopyingReferrers): Promise<void> {
  const { source } = copying.listing
  const inner = isIndexType(root.mediaType)
    ? parseIndex(await readDocument(source, root), source.name).value.manifests
    : []
  const subjects = new Map([root, ...inner].map(({ digest }) => [digest, digest]))
  for (const subject of subjects.keys()) await copyTo(subject, copying, 1)
}

async function copyTo(subject: Digest, copying: CopyingReferrers, level: number): Promise<void> {
  const { listing, to, watch } = copying
  if (level > mostLevels) return
  for (const referrer of (await listing.referrers?.(subject)) ?? []) {
    await copyContent(referrer, { from: listing.source, to, watch })
    await to.attach(referrer, subject)
    await copyTo(referrer.digest, copying, level + 1)
  }
  for (const ending of cosignEndings) {
    const tag = `sha256-${hexOf(subject)}.${ending}`
    const signed = await listing.tagged?.(tag)
    if (signed === undefined) continue
    await copyContent(signed, { from: listing.source, to, watch })
    await to.tag(signed, tag)
  }
}
