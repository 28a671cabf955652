/** Manifests and indexes of a repository: resolves, reads, checks and uploads (OCI distribution specification, "Pulling manifests"). */
import type { Content } from '../base/bytes.ts'
import { type Digest, digestOf, isDigest } from '../base/digest.ts'
import { isPlainObject } from '../base/document.ts'
import { fail } from '../base/error.ts'
import type { Descriptor } from '../format/oci.ts'
import { isIndexType, isManifestType, mediaTypes, parseJson } from '../format/oci.ts'
import { type Answer, drop } from '../net/exchange.ts'
import { statusPasses } from '../net/retry.ts'
import { otherDigest, refusal } from './answer.ts'
import { askDocument } from './document.ts'
import { ask, type Endpoint, fullName } from './endpoint.ts'

/** A manifest or an index. */
export interface RegistryDocument {
  readonly descriptor: Descriptor
  readonly bytes: Uint8Array
}

const accept = [mediaTypes.index, mediaTypes.manifest, mediaTypes.dockerIndex, mediaTypes.dockerManifest].join(', ')

/** Resolves a tag or a digest; undefined if it does not exist. @throws BuildError registry.*, network.* */
export async function resolveManifest(endpoint: Endpoint, reference: string): Promise<Descriptor | undefined> {
  // With status 500, only the body of GET says why.
  const accepts = (status: number): boolean => status === 500 || !statusPasses(status)
  const answer = await ask(endpoint, `manifests/${reference}`, { method: 'HEAD', headers: { accept }, accepts })
  await drop(answer)
  if (answer.status === 404) return undefined
  const digest = answer.header('docker-content-digest')
  const size = Number(answer.header('content-length') ?? Number.NaN)
  const mediaType = typeOf(answer)
  const isWhole = digest !== undefined && isDigest(digest) && Number.isSafeInteger(size) && size > 0
  // An old or simple server may omit some of it, or not support HEAD.
  if (answer.status !== 200 || !isWhole || mediaType === undefined)
    return (await readManifest(endpoint, reference))?.descriptor
  if (isDigest(reference) && digest !== reference) refuseDigest(endpoint, reference, digest)
  return { mediaType, digest, size }
}

/**
 * Reads a manifest or an index; undefined if it does not exist. Verifies a digest against the bytes. @throws BuildError registry.*,
 * network.*
 */
export async function readManifest(endpoint: Endpoint, reference: string): Promise<RegistryDocument | undefined> {
  const { answer, bytes } = await askDocument(endpoint, `manifests/${reference}`, accept)
  if (answer.status === 404) {
    await drop(answer)
    return undefined
  }
  if (bytes === undefined) throw await refusal(answer, `${fullName(endpoint, reference)} cannot be read`, endpoint)
  const digest = digestOf(bytes)
  if (isDigest(reference) && digest !== reference) refuseDigest(endpoint, reference, digest)
  return { descriptor: { mediaType: mediaTypeOf(answer, bytes, endpoint), digest, size: bytes.length }, bytes }
}

/** Uploads a manifest or an index under a tag or its digest. @throws BuildError registry.*, network.* */
export async function putManifest(
  endpoint: Endpoint,
  reference: string,
  { descriptor, content }: { readonly descriptor: Descriptor; readonly content: Content },
): Promise<{ readonly knowsSubject: boolean }> {
  const answer = await ask(endpoint, `manifests/${reference}`, {
    action: 'push',
    method: 'PUT',
    headers: { 'content-type': descriptor.mediaType },
    body: content,
  })
  if (answer.status !== 201 && answer.status !== 200)
    throw await refusal(answer, `${fullName(endpoint, reference)} was not accepted`, endpoint)
  await drop(answer)
  const other = otherDigest(answer, descriptor.digest)
  if (other !== undefined) refuseDigest(endpoint, descriptor.digest, other)
  return { knowsSubject: answer.header('oci-subject') !== undefined }
}

/** Media type in a response, if it is one of a manifest or an index. */
function typeOf(answer: Answer): string | undefined {
  const stated = answer.header('content-type')?.split(';')[0]?.trim()
  return stated !== undefined && (isIndexType(stated) || isManifestType(stated)) ? stated : undefined
}

/** A document must have only one type (the specification's "mediaType" and "Content-Type" must agree). */
function mediaTypeOf(answer: Answer, bytes: Uint8Array, endpoint: Endpoint): string {
  const place = fullName(endpoint)
  const stated = typeOf(answer)
  const value = parseJson(bytes, `${place}: the manifest`)
  const inside = isPlainObject(value) && typeof value.mediaType === 'string' ? value.mediaType : undefined
  if (isPlainObject(value) && value.schemaVersion === 1)
    return refuse(place, 'sent a manifest of schema 1, an obsolete format', {})
  if (isPlainObject(value) && 'manifests' in value && 'layers' in value)
    return refuse(place, 'sent a document that is a manifest and an index at once', {})
  if (stated !== undefined && inside !== undefined && stated !== inside)
    return refuse(place, 'has different types in its header and in its content', { stated, inside })
  const found =
    stated ?? inside ?? (isPlainObject(value) && 'manifests' in value ? mediaTypes.index : mediaTypes.manifest)
  if (isIndexType(found) || isManifestType(found)) return found
  return refuse(place, `sent a manifest of an unknown type`, { inside: found })
}

function refuseDigest(endpoint: Endpoint, expected: string, found: Digest): never {
  return refuse(fullName(endpoint), `sent ${found} when ${expected} was requested`, { expected, found })
}

function refuse(place: string, what: string, detail: Readonly<Record<string, string>>): never {
  return fail('registry.invalid', `${place} ${what}.`, {
    remedy: 'Nothing was kept. Ask the operator of the registry, or use another.',
    detail: { place, ...detail },
  })
}
