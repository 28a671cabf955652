/**
 * Finds an image in an OCI image layout, a folder or an archive of one (image-layout.md of the OCI image specification).
 *
 * `index.json` names images, indexes of images, or both; names stand in annotations. Every document is held against its descriptor's
 * digest; layers are when they are read. Among the images of an index the platform chooses.
 */
import { type Digest, hexOf } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import {
  documentLimit,
  isIndexType,
  isManifestType,
  parseImageConfig,
  parseIndex,
  parseLayoutVersion,
  parseManifest,
} from '../format/oci.ts'
import { isTag, parseReference } from '../format/reference.ts'
import type { Descriptor } from '../layer/layer.ts'
import {
  type FoundImage,
  type FoundLayer,
  matches,
  notThere,
  type Platform,
  type Selection,
  withDigest,
} from './found-image.ts'
import { documentOfMember } from './member-document.ts'
import type { Members } from './members.ts'

/** The file that makes a folder or a tar file a layout. */
export const layoutVersionName = 'oci-layout'

/** Where full names and tags stand (annotations.md; containerd's own for full names). */
export const refNameAnnotation = 'org.opencontainers.image.ref.name'
export const imageNameAnnotation = 'io.containerd.image.name'

/** @throws BuildError archive.invalid, image.not-found */
export function findInLayout(members: Members, selection: Selection): FoundImage {
  const all = imagesOf(members)
  const named = all.filter((image) => isMeant(image, selection))
  const fitting = named.filter((image) => hasPlatform(members, image, selection.platform))
  const { preferred } = selection
  const [found] = fitting.length > 1 ? fitting.filter((image) => hasPlatform(members, image, preferred)) : fitting
  if (found !== undefined) return foundManifest(members, found)
  const shown = (named.length === 0 ? all : named).map((image) => labelOf(members, image))
  const asked = fitting.length > 1 && preferred !== undefined ? { ...selection, platform: preferred } : selection
  return notThere(members.place, asked, [...new Set(shown)])
}

/** All images of a layout; where there are several platforms, those of `preferred`. @throws BuildError archive.invalid */
export function allInLayout(members: Members, preferred: Platform | undefined): readonly FoundImage[] {
  const all = imagesOf(members)
  const fitting = all.filter((image) => hasPlatform(members, image, preferred))
  return (fitting.length === 0 ? all : fitting).map((image) => foundManifest(members, image))
}

function imagesOf(members: Members): readonly Named[] {
  const { place } = members
  parseLayoutVersion(documentOfMember(members, layoutVersionName, documentLimit), `${place}: ${layoutVersionName}`)
  const index = parseIndex(documentOfMember(members, 'index.json', documentLimit), `${place}: index.json`)
  return index.value.manifests.flatMap((descriptor) => imagesBelow(members, descriptor, []))
}

/** A manifest with the names it has. */
interface Named {
  readonly descriptor: Descriptor
  readonly names: readonly string[]
  readonly refName: string | undefined
}

/** How deep indexes may lie in indexes; tools make one level. */
const mostLevels = 4

function imagesBelow(members: Members, descriptor: Descriptor, above: readonly Named[]): readonly Named[] {
  const own = namesOf(descriptor)
  const inherited = above.at(-1)
  const named =
    own.names.length > 0 || own.refName !== undefined || inherited === undefined ? own : { ...inherited, descriptor }
  if (isManifestType(descriptor.mediaType)) return isAttestation(descriptor) ? [] : [named]
  if (!isIndexType(descriptor.mediaType) || above.length >= mostLevels) return []
  const place = `${members.place}: ${blobName(descriptor.digest)}`
  const index = parseIndex(document(members, descriptor), place)
  return index.value.manifests.flatMap((inner) => imagesBelow(members, inner, [...above, named]))
}

function namesOf(descriptor: Descriptor): Named {
  const refName = descriptor.annotations?.[refNameAnnotation]
  const candidates = [refName, descriptor.annotations?.[imageNameAnnotation]]
  const full = candidates.find((text) => text !== undefined && /[:/]/.test(text) && parseReference(text) !== undefined)
  return { descriptor, names: full === undefined ? [] : [full], refName }
}

/** Signatures and the like that build tools store beside images (Docker's "attestation storage"). */
function isAttestation({ platform, annotations }: Descriptor): boolean {
  return platform?.os === 'unknown' || annotations?.['vnd.docker.reference.type'] === 'attestation-manifest'
}

/** An image that only has a tag is meant by that tag alone. */
function isMeant({ names, refName }: Named, selection: Selection): boolean {
  if (selection.refName !== undefined && selection.refName !== refName) return false
  if (matches(names, selection)) return true
  return selection.name === undefined && refName !== undefined && isTag(refName) && refName === selection.tag
}

function hasPlatform(members: Members, { descriptor }: Named, wanted: Platform | undefined): boolean {
  if (wanted === undefined) return true
  const { os, architecture, variant } = platformOf(members, descriptor)
  const sameVariant = wanted.variant === undefined || variant === undefined || variant === wanted.variant
  return os === wanted.os && architecture === wanted.architecture && sameVariant
}

/** A descriptor outside of an index says no platform: its config does. */
function platformOf(members: Members, descriptor: Descriptor): Platform {
  return descriptor.platform ?? foundManifest(members, { descriptor, names: [], refName: undefined }).config.value
}

function labelOf(members: Members, { descriptor, names, refName }: Named): string {
  const { os, architecture } = platformOf(members, descriptor)
  return `${names[0] ?? refName ?? descriptor.digest} (${os}/${architecture})`
}

function foundManifest(members: Members, { descriptor, names, refName }: Named): FoundImage {
  const { place } = members
  const manifest = parseManifest(document(members, descriptor), `${place}: ${blobName(descriptor.digest)}`)
  const { config, layers } = manifest.value
  const parsed = parseImageConfig(document(members, config), `${place}: ${blobName(config.digest)}`)
  const diffIds = parsed.value.rootfs.diff_ids
  if (diffIds.length !== layers.length) {
    fail(
      'archive.invalid',
      `${place}: the manifest lists ${layers.length} layers, but its config has ${diffIds.length}.`,
      { remedy: 'Make the image again.' },
    )
  }
  const known = names.length > 0 || refName === undefined ? names : [refName]
  return { place, names: known, manifest, config: parsed, layers: layers.map((layer) => layerOf(members, layer)) }
}

function layerOf(members: Members, descriptor: Descriptor): FoundLayer {
  const name = blobName(descriptor.digest)
  const content = members.content(name)
  if (content?.size === descriptor.size) return { name, content, blob: descriptor.digest }
  const what =
    content === undefined ? 'which is missing' : `but that has ${content.size} bytes instead of ${descriptor.size}`
  return fail('archive.invalid', `${members.place} lists the layer "${name}", ${what}.`, {
    remedy: 'Fetch or make the image again, whole.',
  })
}

function document(members: Members, { digest }: Descriptor): Uint8Array {
  const name = blobName(digest)
  return withDigest(documentOfMember(members, name, documentLimit), digest, `${members.place}: ${name}`)
}

function blobName(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`
}
