/**
 * Referrers of a manifest: signatures, lists of contents, attestations (OCI distribution specification 1.1, "Listing Referrers").
 *
 * For a registry without support for them, clients maintain an index under the tag `sha256-<64 hex>` ("Referrers Tag Schema").
 */
import { contentOf } from '../base/bytes.ts'
import { type Digest, digestOf, hexOf, isDigest } from '../base/digest.ts'
import { isPlainObject } from '../base/document.ts'
import { type Descriptor, mediaTypes, parseJson } from '../format/oci.ts'
import { drop } from '../net/exchange.ts'
import { refusal } from './answer.ts'
import { pagesOf } from './document.ts'
import { type Endpoint, fullName } from './endpoint.ts'
import { putManifest, readManifest } from './manifests.ts'

/** Lists the referrers of a manifest. @throws BuildError registry.*, network.* */
export async function listReferrers(endpoint: Endpoint, subject: Digest): Promise<readonly Descriptor[]> {
  return (await entriesFor(endpoint, subject)).flatMap(descriptorIn)
}

/** Adds a referrer to the list, if the registry does not do so itself. @throws BuildError registry.*, network.* */
export async function listReferrer(
  endpoint: Endpoint,
  subject: Digest,
  { descriptor, bytes }: { readonly descriptor: Descriptor; readonly bytes: Uint8Array },
): Promise<void> {
  const known = await entriesFor(endpoint, subject)
  if (known.some((entry) => isPlainObject(entry) && entry.digest === descriptor.digest)) return
  const manifests = [...(await fallbackEntries(endpoint, subject)), entryOf(descriptor, bytes)]
  const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests }
  const content = contentOf(JSON.stringify(index))
  const [chunk = new Uint8Array()] = content.open()
  const made = { mediaType: mediaTypes.index, digest: digestOf(chunk), size: content.size }
  await putManifest(endpoint, fallbackTag(subject), { descriptor: made, content })
}

/** Tag of the index of a manifest's referrers. */
function fallbackTag(subject: Digest): string {
  return `sha256-${hexOf(subject)}`
}

async function entriesFor(endpoint: Endpoint, subject: Digest): Promise<readonly unknown[]> {
  const pages: (readonly unknown[])[] = []
  for await (const { answer, bytes } of pagesOf(endpoint, `referrers/${subject}`, mediaTypes.index)) {
    if (bytes !== undefined) pages.push(entriesIn(bytes, `${fullName(endpoint)}: referrers`))
    else if (answer.status === 401 || answer.status === 403 || pages.length > 0)
      throw await refusal(answer, `The referrers of ${subject} cannot be listed`, endpoint)
    else {
      await drop(answer)
      return fallbackEntries(endpoint, subject)
    }
  }
  return pages.flat()
}

async function fallbackEntries(endpoint: Endpoint, subject: Digest): Promise<readonly unknown[]> {
  const found = await readManifest(endpoint, fallbackTag(subject))
  return found === undefined ? [] : entriesIn(found.bytes, fullName(endpoint, fallbackTag(subject)))
}

function entriesIn(bytes: Uint8Array, place: string): readonly unknown[] {
  const value = parseJson(bytes, place)
  return isPlainObject(value) && Array.isArray(value.manifests) ? value.manifests : []
}

function descriptorIn(entry: unknown): readonly Descriptor[] {
  if (!isPlainObject(entry)) return []
  const { mediaType, digest, size, artifactType } = entry
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || typeof size !== 'number') return []
  if (!isDigest(digest) || !Number.isSafeInteger(size) || size < 0) return []
  return [{ mediaType, digest, size, ...(typeof artifactType === 'string' ? { artifactType } : {}) }]
}

/** Copies the referrer's kind and annotations into its entry. */
function entryOf(descriptor: Descriptor, bytes: Uint8Array): object {
  const value = parseJson(bytes, descriptor.digest)
  const { artifactType, annotations, config } = isPlainObject(value) ? value : {}
  const type = artifactType ?? (isPlainObject(config) ? config.mediaType : undefined)
  return {
    ...descriptor,
    ...(typeof type === 'string' ? { artifactType: type } : {}),
    ...(isPlainObject(annotations) ? { annotations } : {}),
  }
}
