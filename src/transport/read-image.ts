/**
 * Reads an image from an archive or a layout: its documents as they are, its layers into the store.
 *
 * A layer becomes an uncompressed layer file, named by its diff ID, so all images share it and a layer that the store has is not read
 * again. Every digest that is stated (config, manifest, packed layer, diff ID) is held against the bytes.
 */
import { createHash } from 'node:crypto'
import { type Digest, digestOf } from '../base/digest.ts'
import { documentOf } from '../base/document.ts'
import { BuildError, fail } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import { limit } from '../base/limit.ts'
import { decompress, detect, magicLength } from '../format/compression.ts'
import { mediaTypes } from '../format/oci.ts'
import { layerFile } from '../image/base.ts'
import { layersIn } from '../image/history.ts'
import type { Image, Manifest, NamedImage } from '../image/image.ts'
import { validate } from '../image/validate.ts'
import type { History, Layer } from '../layer/layer.ts'
import { flatContent } from '../store/flat-content.ts'
import { layoutOf } from '../store/layout.ts'
import type { Store } from '../store/store.ts'
import { allInArchive, archiveIndexName, findInArchive } from './docker-archive.ts'
import type { FoundImage, FoundLayer, Selection } from './found-image.ts'
import { allInLayout, findInLayout, layoutVersionName } from './layout-read.ts'
import { type Members, openMembers } from './members.ts'

/** What reading an image needs. */
export interface ReadOptions {
  readonly store: Store
  readonly watch: Watch
  /** Which image, where there are several: the first unless told. */
  readonly select?: Selection
  /** The form, where the caller knows it; else the content tells. */
  readonly form?: 'docker-archive' | 'oci'
  /** Bytes; lifts the guard against small archives that unpack to very large ones. */
  readonly maxUnpackedBytes?: number
}

/** Reads an image from a file or a folder. @throws BuildError archive.*, image.*, compression.*, disk.unreadable, store.* */
export async function readImage(file: string, options: ReadOptions): Promise<NamedImage> {
  const { select = {} } = options
  using members = await opened(file, options)
  const found = isArchive(members, options.form) ? findInArchive(members, select) : findInLayout(members, select)
  return await stored(found, file, options)
}

/** Reads all images from a file or a folder, of each the preferred platform. @throws BuildError as `readImage` */
export async function readImages(file: string, options: ReadOptions): Promise<readonly NamedImage[]> {
  using members = await opened(file, options)
  const found = isArchive(members, options.form)
    ? allInArchive(members)
    : allInLayout(members, options.select?.preferred)
  const images: NamedImage[] = []
  for (const each of found) images.push(await stored(each, file, options))
  return images
}

function opened(file: string, { store, watch, maxUnpackedBytes }: ReadOptions): Promise<Members> {
  const { temporary } = layoutOf(store.root)
  return openMembers(file, { temporary, maxUnpackedBytes, signal: watch.signal })
}

async function stored(found: FoundImage, file: string, options: ReadOptions): Promise<NamedImage> {
  const layers = await storedLayers(found, options)
  return { ...validate(withManifest(found, layers), file, 'theirs'), names: found.names }
}

function isArchive(members: Members, form: ReadOptions['form']): boolean {
  if (form !== undefined) return form === 'docker-archive'
  if (members.content(archiveIndexName) !== undefined) return true
  if (members.content(layoutVersionName) !== undefined) return false
  return fail(
    'archive.invalid',
    `${members.place} is no image: it has neither ${archiveIndexName} nor ${layoutVersionName}.`,
    {
      remedy: 'Give a docker-archive (as "docker save" writes it), an OCI layout folder or an OCI archive.',
    },
  )
}

function withManifest({ manifest, config }: FoundImage, layers: readonly Layer[]): Image {
  if (manifest !== undefined) return { manifest, config, layers }
  const made = documentOf<Manifest>({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: digestOf(config.bytes), size: config.bytes.length },
    layers: layers.map((layer) => layer.descriptor),
  })
  return { manifest: made, config, layers }
}

async function storedLayers(found: FoundImage, options: ReadOptions): Promise<readonly Layer[]> {
  const diffIds = found.config.value.rootfs.diff_ids
  const histories = historiesOf(found)
  const { signal } = options.watch
  return limit(
    found.layers,
    async (layer, index) => {
      const diffId = diffIds[index]
      if (diffId === undefined) throw new Error('unreachable: counts were compared')
      const size = await storeLayer(layer, { diffId, place: found.place }, options)
      const { store } = options
      return {
        descriptor: found.manifest?.value.layers[index] ?? { mediaType: mediaTypes.layer, digest: diffId, size },
        diffId,
        history: histories[index] ?? {},
        size,
        open: () => flatContent(layerFile(diffId), store).open(),
      }
    },
    { concurrency: 2, signal },
  )
}

/** A history that does not speak of every layer says nothing of any. */
function historiesOf({ config, layers }: FoundImage): readonly History[] {
  const history = config.value.history ?? []
  return layersIn(history) === layers.length ? history.filter((entry) => entry.empty_layer !== true) : []
}

/** Puts a layer's uncompressed tar into the store unless it is there; returns its size in bytes. */
async function storeLayer(
  layer: FoundLayer,
  { diffId, place }: { readonly diffId: Digest; readonly place: string },
  { store, watch, maxUnpackedBytes }: ReadOptions,
): Promise<number> {
  const path = layerFile(diffId)
  const { content, name } = layer
  const kind = detect(firstBytes(content.open()))
  const guard = { packedSize: content.size, ...(maxUnpackedBytes === undefined ? {} : { maxBytes: maxUnpackedBytes }) }
  const packed = followed(content.open(), layer, { place, watch })
  const bytes = kind === 'none' ? packed : decompress(kind, packed, { name: `${place}: ${name}`, limit: guard })
  const size = kind === 'none' ? { size: content.size } : {}
  try {
    await store.addFile(path, bytes, { ...size, fixed: diffId, candidates: [] })
  } catch (cause) {
    if (!(cause instanceof BuildError) || cause.code !== 'store.hash-mismatch') throw cause
    fail('archive.invalid', `${place}: the layer "${name}" is not the one that the config states, ${diffId}.`, {
      remedy: 'Fetch or make the archive again.',
      cause,
      detail: { place, member: name, expected: diffId },
    })
  }
  return store.packedSize(path, 'layer')
}

/** The bytes of a layer as they lie there, held against the digest that names them. */
function* followed(
  bytes: Iterable<Uint8Array>,
  { name, blob, content }: FoundLayer,
  { place, watch }: { readonly place: string; readonly watch: Watch },
): Generator<Uint8Array> {
  const hash = blob === undefined ? undefined : createHash('sha256')
  let done = 0
  for (const chunk of bytes) {
    watch.signal.throwIfAborted()
    hash?.update(chunk)
    done += chunk.length
    watch.report({ at: 'layer', subject: name, done, total: content.size })
    yield chunk
  }
  const found = hash?.digest('hex')
  if (found === undefined || blob === `sha256:${found}`) return
  fail('archive.invalid', `${place}: "${name}" has the digest sha256:${found}.`, {
    remedy: 'Fetch or make the archive again: its name says another.',
    detail: { place, member: name },
  })
}

function firstBytes(bytes: Iterable<Uint8Array>): Uint8Array {
  for (const chunk of bytes) return chunk.subarray(0, magicLength)
  return new Uint8Array()
}
