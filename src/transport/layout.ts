/**
 * Writes an OCI image layout: a folder, or one archive of it (image-layout.md of the OCI image specification).
 *
 * Layers are settled first: each is packed into its blob, and only then is its digest known. Every file is written under a temporary
 * name and renamed, `index.json` last, so a reader never sees half an image. Images that a folder holds already stay, but for one of the
 * same name. The archive also has `manifest.json`, so that older Docker versions load it.
 */
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { LocalContent } from '../base/bytes.ts'
import { type Digest, digestOf, hexOf } from '../base/digest.ts'
import { documentOf } from '../base/document.ts'
import { errorCode } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import { pump } from '../base/pump.ts'
import { formatArchiveIndex } from '../format/docker-archive.ts'
import { layoutVersionBytes, mediaTypes, parseIndex } from '../format/oci.ts'
import { formatReference, parseReference, qualified } from '../format/reference.ts'
import { writeTar } from '../format/tar/write.ts'
import type { ImagePlan } from '../image/image.ts'
import { type Settled, settle } from '../image/settle.ts'
import type { Descriptor } from '../layer/layer.ts'
import type { Store } from '../store/store.ts'
import { type Entry, plain } from '../tree/entry.ts'
import { comparePaths, path } from '../tree/path.ts'
import { type BlobCompressor, writeBlob } from './blob.ts'
import { fileBytes } from './file-bytes.ts'
import { replaceFile, writable } from './files.ts'
import { imageNameAnnotation, layoutVersionName, refNameAnnotation } from './layout-read.ts'

/** What a layout is made with. */
export interface LayoutOptions {
  readonly store: Store
  readonly watch: Watch
  /** How layers are packed. */
  readonly compressor: BlobCompressor
  /** The name inside the layout, such as "redis:7" or "7"; else the plan's own names. */
  readonly reference?: string | undefined
}

/** Adds an image to the layout in `folder`, which is made when it is not there. @throws BuildError archive.unwritable, archive.invalid */
export async function writeLayout(plan: ImagePlan, folder: string, options: LayoutOptions): Promise<Settled> {
  return writable(folder, async () => {
    mkdirSync(blobFolder(folder), { recursive: true })
    const settled = await writeBlobs(plan, folder, options)
    const entries = namesFor(plan, options).map((name) => named(settled.manifest.bytes, name))
    const kept = entriesIn(folder).filter(({ annotations }) => !entries.some((entry) => isSameName(entry, annotations)))
    replaceFile(join(folder, layoutVersionName), layoutVersionBytes)
    const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [...kept, ...entries] }
    replaceFile(join(folder, 'index.json'), documentOf(index).bytes)
    return settled
  })
}

/** Writes a layout that holds one image as one file. @throws BuildError archive.unwritable */
export async function writeLayoutArchive(plan: ImagePlan, file: string, options: LayoutOptions): Promise<Settled> {
  return writable(file, async () => {
    const folder = mkdtempSync(join(dirname(file), '.slipway-'))
    try {
      const settled = await writeLayout(plan, join(folder, 'layout'), options)
      replaceFile(join(folder, 'layout', 'manifest.json'), archiveIndex(settled, namesFor(plan, options)))
      const output = openSync(join(folder, 'archive'), 'wx')
      try {
        await pump(writeTar(entriesOf(join(folder, 'layout'), settled), { names: 'relative', end: 'record' }), output)
      } finally {
        closeSync(output)
      }
      renameSync(join(folder, 'archive'), file)
      return settled
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}

async function writeBlobs(plan: ImagePlan, folder: string, options: LayoutOptions): Promise<Settled> {
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

/** `manifest.json` for the loaders that know no layouts. */
function archiveIndex({ id, manifest }: Settled, names: readonly (string | undefined)[]): Uint8Array {
  const RepoTags = names.flatMap((name) =>
    name !== undefined && parseReference(name)?.tag !== undefined ? [name] : [],
  )
  const Layers = manifest.value.layers.map(({ digest }) => blobName(digest))
  return formatArchiveIndex([{ Config: blobName(id), RepoTags, Layers }])
}

function namesFor(plan: ImagePlan, { reference }: LayoutOptions): readonly (string | undefined)[] {
  if (reference !== undefined) return [reference]
  return plan.names.length === 0 ? [undefined] : plan.names
}

/** The entry of an image in `index.json`: the name as it was given, and written out for containerd. */
function named(manifest: Uint8Array, name: string | undefined): Descriptor {
  const descriptor = { mediaType: mediaTypes.manifest, digest: digestOf(manifest), size: manifest.length }
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

function* entriesOf(folder: string, { id, manifest }: Settled): Iterable<Entry> {
  const blobs = [id, digestOf(manifest.bytes), ...manifest.value.layers.map(({ digest }) => digest)].map(blobName)
  const names = [...new Set(['blobs', 'blobs/sha256', 'index.json', 'manifest.json', layoutVersionName, ...blobs])]
  for (const name of names.sort(comparePaths)) {
    if (name === 'blobs' || name === 'blobs/sha256')
      yield { kind: 'directory', path: path(name), metadata: plain(0o755, noNames) }
    else
      yield { kind: 'file', path: path(name), metadata: plain(0o644, noNames), content: wholeFile(join(folder, name)) }
  }
}

const noNames = { uname: '', gname: '' }

function blobFolder(folder: string): string {
  return join(folder, 'blobs', 'sha256')
}

function blobFile(folder: string, digest: Digest): string {
  return join(blobFolder(folder), hexOf(digest))
}

function blobName(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`
}

function wholeFile(file: string): LocalContent {
  return fileBytes(file, 0, statSync(file).size)
}
