/**
 * Writes an OCI image layout into a folder (image-layout.md of the OCI image specification): images, and indexes of images.
 *
 * Layers are settled first: each is packed into its blob, and only then is its digest known. Every file is written under a temporary
 * name and renamed, `index.json` last, so a reader never sees half an image. Images that a folder holds already stay, but for one of the
 * same name.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Digest, digestOf, hexOf } from '../base/digest.ts'
import { documentOf } from '../base/document.ts'
import { errorCode } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import type { Compressor } from '../format/compression/compressors.ts'
import { type ImageConfig, layoutVersionBytes, mediaTypes, parseIndex } from '../format/oci.ts'
import { formatReference, parseReference, qualified } from '../format/reference.ts'
import type { ImagePlan } from '../image/image.ts'
import { type Settled, settle } from '../image/settle.ts'
import type { Descriptor } from '../layer/layer.ts'
import type { Store } from '../store/store.ts'
import { writeBlob } from './blob.ts'
import { replaceFile, writable } from './files.ts'
import { imageNameAnnotation, layoutVersionName, refNameAnnotation } from './layout-read.ts'

/** What a layout is made with. */
export interface LayoutOptions {
  readonly store: Store
  readonly watch: Watch
  /** How layers are packed. */
  readonly compressor: Compressor
  /** The name inside the layout, such as "redis:7" or "7"; else the plan's own names. */
  readonly reference?: string | undefined
}

/** Adds images to the layout in `folder`, which is made when it is not there. @throws BuildError archive.unwritable, archive.invalid */
export async function writeLayout(
  plans: readonly ImagePlan[],
  folder: string,
  options: LayoutOptions,
): Promise<readonly Settled[]> {
  return inLayout(folder, async () => {
    const images: Settled[] = []
    for (const plan of plans) {
      const settled = await writeBlobs(plan, folder, options)
      writeIndexJson(folder, namesFor(plan, options), descriptorOf(mediaTypes.manifest, settled.manifest.bytes))
      images.push(settled)
    }
    return images
  })
}

/** What an index of images has besides them. */
export interface IndexOptions extends Omit<LayoutOptions, 'reference'> {
  /** Its names in the layout, such as "redis:7". */
  readonly names: readonly string[]
  readonly annotations?: Readonly<Record<string, string>>
}

/** Adds an index of images for several platforms to the layout in `folder`. @throws BuildError archive.unwritable, archive.invalid */
export async function writeIndex(
  plans: readonly ImagePlan[],
  folder: string,
  options: IndexOptions,
): Promise<readonly Settled[]> {
  return inLayout(folder, async () => {
    const images: Settled[] = []
    for (const plan of plans) images.push(await writeBlobs(plan, folder, options))
    const manifests = images.map(({ manifest, config }) => ({
      ...descriptorOf(mediaTypes.manifest, manifest.bytes),
      platform: platformOf(config.value),
    }))
    const { annotations } = options
    const index = documentOf({
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests,
      ...(annotations === undefined ? {} : { annotations }),
    })
    replaceFile(blobFile(folder, digestOf(index.bytes)), index.bytes)
    writeIndexJson(folder, options.names, descriptorOf(mediaTypes.index, index.bytes))
    return images
  })
}

/** Works in a folder; one that was not there before is not there when the work fails. In another, whole blobs stay, for the next time. */
async function inLayout<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const isNew = !existsSync(folder)
  try {
    return await writable(folder, work)
  } catch (thrown) {
    if (isNew) rmSync(folder, { recursive: true, force: true })
    throw thrown
  }
}

/** Writes `oci-layout`, and `index.json` last: what it lists already stays, but for what has one of these names. */
function writeIndexJson(folder: string, names: readonly (string | undefined)[], descriptor: Descriptor): void {
  const entries = names.map((name) => named(descriptor, name))
  const kept = entriesIn(folder).filter(({ annotations }) => !entries.some((entry) => isSameName(entry, annotations)))
  replaceFile(join(folder, layoutVersionName), layoutVersionBytes)
  const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [...kept, ...entries] }
  replaceFile(join(folder, 'index.json'), documentOf(index).bytes)
}

async function writeBlobs(
  plan: ImagePlan,
  folder: string,
  options: Omit<LayoutOptions, 'reference'>,
): Promise<Settled> {
  mkdirSync(blobFolder(folder), { recursive: true })
  const made = new Map<Digest, { readonly diffId: Digest; readonly descriptor: Descriptor }>()
  const diffIds: Digest[] = []
  const blobs: Descriptor[] = []
  for (const layer of plan.layers) {
    const { diffId, descriptor } = made.get(layer.name) ?? (await writeBlob(layer, blobFolder(folder), options))
    made.set(layer.name, { diffId, descriptor })
    diffIds.push(diffId)
    blobs.push(descriptor)
  }
  const settled = settle(plan, diffIds, blobs)
  for (const { bytes } of [settled.config, settled.manifest]) replaceFile(blobFile(folder, digestOf(bytes)), bytes)
  return settled
}

/** Under which names a plan stands in a layout. */
export function namesFor(plan: ImagePlan, { reference }: LayoutOptions): readonly (string | undefined)[] {
  if (reference !== undefined) return [reference]
  return plan.names.length === 0 ? [undefined] : plan.names
}

function descriptorOf(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length }
}

function platformOf({ architecture, os, variant }: ImageConfig): NonNullable<Descriptor['platform']> {
  return { architecture, os, ...(variant === undefined ? {} : { variant }) }
}

/** The entry in `index.json`: the name as it was given, and written out for containerd. */
function named(descriptor: Descriptor, name: string | undefined): Descriptor {
  if (name === undefined) return descriptor
  const reference = /[:/]/.test(name) ? parseReference(name) : undefined
  const full = reference === undefined ? {} : { [imageNameAnnotation]: formatReference(qualified(reference)) }
  return { ...descriptor, annotations: { ...full, [refNameAnnotation]: name } }
}

function isSameName(entry: Descriptor, annotations: Descriptor['annotations']): boolean {
  return entry.annotations?.[refNameAnnotation] === annotations?.[refNameAnnotation]
}

function entriesIn(folder: string): readonly Descriptor[] {
  const file = join(folder, 'index.json')
  try {
    return parseIndex(readFileSync(file), file).value.manifests
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
}

function blobFolder(folder: string): string {
  return join(folder, 'blobs', 'sha256')
}

function blobFile(folder: string, digest: Digest): string {
  return join(blobFolder(folder), hexOf(digest))
}
