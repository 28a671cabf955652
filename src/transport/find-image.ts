/**
 * Finds an image among what a source lists: images, indexes of images, or both (image-index.md of the OCI image specification).
 *
 * Every document is held against its descriptor's digest; layers are when they are read. Among the images of an index the platform
 * chooses.
 */
import type { Digest } from '../base/digest.ts'
import type { Document } from '../base/document.ts'
import { fail } from '../base/error.ts'
import {
  isConfigType,
  isIndexType,
  isLayerType,
  isManifestType,
  type Manifest,
  type OtherDescriptor,
  parseImageConfig,
  parseIndex,
  parseManifest,
  subjectIn,
} from '../format/oci.ts'
import { isTag, parseReference } from '../format/reference.ts'
import { bestFirst, fits, formatPlatform, type Platform } from '../image/platform.ts'
import type { Descriptor } from '../layer/layer.ts'
import { type ContentSource, readDocument } from './content.ts'
import {
  type FoundImage,
  type FoundLayer,
  type ListedImage,
  matches,
  notThere,
  refuseOther,
  type Selection,
} from './found-image.ts'
import { imageNameAnnotation, refNameAnnotation } from './layout-names.ts'

/** Source of contents, with those that it lists by name. */
export interface Listing {
  readonly source: ContentSource
  readonly listed: readonly Descriptor[]
  /** What it lists besides and cannot be read. */
  readonly others?: readonly OtherDescriptor[]
  /** Returns the contents that refer to a content. */
  readonly referrers?: (subject: Digest) => Promise<readonly Descriptor[]>
  /** Returns a content by its tag; undefined if there is none. */
  readonly tagged?: (tag: string) => Promise<Descriptor | undefined>
}

/** Finds the selected image. @throws BuildError archive.invalid, image.not-found */
export async function findImage(listing: Listing, selection: Selection): Promise<FoundImage> {
  return foundManifest(listing.source, await findManifest(listing, selection))
}

/**
 * All images that are listed; where there are several platforms, those of `preferred`.
 *
 * @throws BuildError archive.invalid, image.not-found
 */
export async function allImages(listing: Listing, preferred: Platform | undefined): Promise<readonly FoundImage[]> {
  const { source } = listing
  const all = await imagesOf(source, await namedManifests(listing))
  if (all.length === 0) return notThere(source.name, {}, [])
  const fitting = await withPlatform(source, all, preferred)
  const images: FoundImage[] = []
  for (const image of fitting.length === 0 ? all : fitting) images.push(await foundManifest(source, image))
  return images
}

/**
 * Every image that is listed, or those for a platform, with the digests of their manifests. @throws BuildError archive.invalid,
 * image.not-found
 */
export async function* eachImage(
  listing: Listing,
  platform: Platform | undefined,
): AsyncGenerator<FoundImage & Required<Pick<FoundImage, 'manifest'>> & { readonly digest: Digest }> {
  const { source } = listing
  const all = await imagesOf(source, await namedManifests(listing))
  const fitting = await withPlatform(source, all, platform)
  if (fitting.length === 0) notThere(source.name, platform === undefined ? {} : { platform }, [])
  for (const image of fitting) {
    const { manifest, ...found } = await foundManifest(source, image)
    yield { ...found, manifest, digest: image.descriptor.digest }
  }
}

/** Yields all listed images, for every platform, without reading layers. @throws BuildError archive.invalid */
export async function listImages(listing: Listing): Promise<readonly ListedImage[]> {
  const { source } = listing
  const images: ListedImage[] = []
  for (const image of await imagesOf(source, await namedManifests(listing))) {
    const { descriptor, names, refName } = image
    const platform = await platformOf(source, image).catch(() => undefined)
    images.push({
      names: names.length > 0 || refName === undefined ? names : [refName],
      ...(platform === undefined ? {} : { platform }),
      digest: descriptor.digest,
    })
  }
  return images
}

/** Image of an index for one platform, as its manifest describes it. */
export interface PlatformImage {
  readonly platform: Platform
  readonly digest: Digest
  readonly manifest: Manifest
}

/**
 * Lists the images of a name with their platforms; configs are read only where no index states the platform. @throws BuildError
 * archive.invalid
 */
export async function platformImages(listing: Listing): Promise<readonly PlatformImage[]> {
  const { source } = listing
  const found: PlatformImage[] = []
  for (const image of await imagesOf(source, await namedManifests(listing))) {
    const { value: manifest } = await manifestOf(source, image.descriptor)
    found.push({ platform: await platformOf(source, image), digest: image.descriptor.digest, manifest })
  }
  return found
}

/**
 * What is meant: one image, or with `all` every listed content of these names as it is, indexes whole.
 *
 * @throws BuildError archive.invalid, image.not-found
 */
export async function findContents(
  listing: Listing,
  { all, ...selection }: Selection & { readonly all: boolean },
): Promise<readonly Named[]> {
  if (!all) return [await findManifest(listing, selection)]
  const { source } = listing
  const named: Named[] = []
  for (const descriptor of await withoutReferrers(listing))
    if (!isManifestType(descriptor.mediaType) || (await isImage(source, descriptor))) named.push(namesOf(descriptor))
  const meant = named.filter((content) => isMeant(content, selection))
  const shown = named.map(({ descriptor, refName }) => refName ?? descriptor.digest)
  return meant.length > 0 ? meant : notThere(source.name, selection, shown)
}

/** Manifest or index with its names. */
export interface Named<D extends OtherDescriptor = Descriptor> {
  readonly descriptor: D
  readonly names: readonly string[]
  readonly refName: string | undefined
}

/** Which manifest is meant, with its names. @throws BuildError archive.invalid, image.not-found */
async function findManifest(listing: Listing, selection: Selection): Promise<Named> {
  const { source } = listing
  const { platform, preferred } = selection
  const all = await namedManifests(listing)
  const meant = all.filter((image) => isMeant(image, selection))
  const [stated] = await imagesOf(source, statedFor(meant, platform ?? preferred))
  if (stated !== undefined) return stated
  const named = await imagesOf(source, meant)
  const fitting = await withPlatform(source, named, platform)
  const [found] = fitting.length > 1 ? await withPlatform(source, fitting, preferred) : fitting
  if (found !== undefined) return found
  const other = listing.others?.find((each) => isMeant(namesOf(each), selection) && isFor(each, platform))
  if (other !== undefined) refuseOther(source.name, other)
  const shown = new Set<string>()
  for (const image of named.length === 0 ? await imagesOf(source, all) : named) shown.add(await labelOf(source, image))
  const asked = fitting.length > 1 && preferred !== undefined ? { ...selection, platform: preferred } : selection
  return notThere(source.name, asked, [...shown])
}

/** Returns the descriptors for a platform; the others of an index need not be read. */
function statedFor(manifests: readonly Named[], wanted: Platform | undefined): readonly Named[] {
  if (wanted === undefined) return []
  const stated = manifests.flatMap((named) => {
    const { platform } = named.descriptor
    return platform === undefined ? [] : [{ named, platform }]
  })
  return bestFirst(stated, ({ platform }) => platform, wanted).map(({ named }) => named)
}

async function namedManifests(listing: Listing): Promise<readonly Named[]> {
  const manifests: Named[] = []
  for (const descriptor of await withoutReferrers(listing))
    manifests.push(...(await manifestsBelow(listing.source, descriptor, [])))
  return manifests
}

/** Returns what is listed for its own sake: a manifest without a name may belong to another one, its subject. */
async function withoutReferrers({ source, listed }: Listing): Promise<readonly Descriptor[]> {
  const own: Descriptor[] = []
  for (const descriptor of listed.filter((each) => !isAttestation(each))) {
    const isNameless = isManifestType(descriptor.mediaType) && descriptor.annotations?.[refNameAnnotation] === undefined
    const subject = isNameless ? subjectIn(await readDocument(source, descriptor), source.name) : undefined
    if (subject === undefined) own.push(descriptor)
  }
  return own
}

/** Maximum nesting depth of indexes; tools create one level. */
const mostLevels = 4

async function manifestsBelow(
  source: ContentSource,
  descriptor: Descriptor,
  above: readonly Named[],
): Promise<readonly Named[]> {
  const own = namesOf(descriptor)
  const inherited = above.at(-1)
  const named =
    own.names.length > 0 || own.refName !== undefined || inherited === undefined ? own : { ...inherited, descriptor }
  if (isManifestType(descriptor.mediaType)) return [named]
  if (!isIndexType(descriptor.mediaType) || above.length >= mostLevels) return []
  const index = parseIndex(await readDocument(source, descriptor), placeOf(source, descriptor))
  const manifests: Named[] = []
  for (const inner of index.value.manifests) manifests.push(...(await manifestsBelow(source, inner, [...above, named])))
  return manifests
}

function namesOf<D extends OtherDescriptor>(descriptor: D): Named<D> {
  const refName = descriptor.annotations?.[refNameAnnotation]
  const candidates = [refName, descriptor.annotations?.[imageNameAnnotation]]
  const full = candidates.find((text) => text !== undefined && /[:/]/.test(text) && parseReference(text) !== undefined)
  return { descriptor, names: full === undefined ? [] : [full], refName }
}

/** Returns the images among some manifests, without the artifacts, attestations and signatures that build tools store beside them. */
async function imagesOf(source: ContentSource, manifests: readonly Named[]): Promise<readonly Named[]> {
  const images: Named[] = []
  for (const named of manifests) if (await isImage(source, named.descriptor)) images.push(named)
  return images
}

/** Tells from a descriptor alone that it does not describe an image: Docker's "attestation storage", OCI's artifacts, cosign's tags. */
function isAttestation({ platform, annotations, artifactType }: Descriptor): boolean {
  if (platform?.os === 'unknown' || artifactType !== undefined) return true
  const name = annotations?.[refNameAnnotation] ?? ''
  return (
    annotations?.['vnd.docker.reference.type'] === 'attestation-manifest' || /^sha256-[0-9a-f]{64}\.[a-z]+$/.test(name)
  )
}

/**
 * Whether a manifest is an image's: its config and its layers are, and nothing says otherwise (manifest.md, "Guidelines for Artifact
 * Usage").
 */
async function isImage(source: ContentSource, descriptor: Descriptor): Promise<boolean> {
  if (isAttestation(descriptor)) return false
  const manifest = await manifestOf(source, descriptor).catch(() => undefined)
  // What is damaged or missing is reported when it is chosen.
  if (manifest === undefined) return true
  const { config, layers } = manifest.value
  if (manifest.value.artifactType !== undefined || !isConfigType(config.mediaType)) return false
  return layers.every(({ mediaType }) => isLayerType(mediaType))
}

const manifests = new WeakMap<Descriptor, Promise<Document<Manifest>>>()

/** Returns the manifest of a descriptor, which is read once. */
function manifestOf(source: ContentSource, descriptor: Descriptor): Promise<Document<Manifest>> {
  const known = manifests.get(descriptor)
  if (known !== undefined) return known
  const read = readDocument(source, descriptor).then((bytes) => parseManifest(bytes, placeOf(source, descriptor)))
  manifests.set(descriptor, read)
  return read
}

/** Tells whether a name selects an image; one that has only a tag is selected by that tag alone. */
function isMeant({ names, refName }: Pick<Named, 'names' | 'refName'>, selection: Selection): boolean {
  if (selection.refName !== undefined && selection.refName !== refName) return false
  if (matches(names, selection)) return true
  return selection.name === undefined && refName !== undefined && isTag(refName) && refName === selection.tag
}

function isFor({ platform }: OtherDescriptor, wanted: Platform | undefined): boolean {
  return wanted === undefined || platform === undefined || fits(platform, wanted)
}

async function withPlatform(
  source: ContentSource,
  images: readonly Named[],
  wanted: Platform | undefined,
): Promise<readonly Named[]> {
  if (wanted === undefined) return images
  const placed: { readonly image: Named; readonly platform: Platform }[] = []
  for (const image of images) placed.push({ image, platform: await platformOf(source, image) })
  return bestFirst(placed, ({ platform }) => platform, wanted).map(({ image }) => image)
}

/** Returns the platform of a descriptor; outside an index, that of its config. */
async function platformOf(source: ContentSource, image: Named): Promise<Platform> {
  return image.descriptor.platform ?? (await foundManifest(source, image)).config.value
}

async function labelOf(source: ContentSource, image: Named): Promise<string> {
  const platform = formatPlatform(await platformOf(source, image))
  return `${image.names[0] ?? image.refName ?? image.descriptor.digest} (${platform})`
}

async function foundManifest(
  source: ContentSource,
  { descriptor, names, refName }: Named,
): Promise<FoundImage & Required<Pick<FoundImage, 'manifest'>>> {
  const place = source.name
  const manifest = await manifestOf(source, descriptor)
  const { config, layers } = manifest.value
  const parsed = parseImageConfig(await readDocument(source, config), placeOf(source, config))
  const diffIds = parsed.value.rootfs.diff_ids
  if (diffIds.length !== layers.length) {
    fail(
      'archive.invalid',
      `${place}: the manifest lists ${layers.length} layers, but its config has ${diffIds.length}.`,
      { remedy: 'Create the image again.' },
    )
  }
  const known = names.length > 0 || refName === undefined ? names : [refName]
  const found: FoundLayer[] = []
  const { isVerified = false } = source
  for (const layer of layers)
    found.push({ name: `layer ${layer.digest}`, content: await source.get(layer), blob: layer.digest, isVerified })
  return { place, names: known, manifest, config: parsed, layers: found }
}

function placeOf({ name }: ContentSource, { digest }: Descriptor): string {
  return `${name}: ${digest}`
}
