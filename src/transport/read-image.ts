/**
 * Reads images from an archive or a layout: documents as they are, layers into the store.
 *
 * Every digest that is stated (config, manifest, packed layer, diff ID) is held against the bytes.
 */
import { type Digest, digestOf } from '../base/digest.ts'
import { documentOf } from '../base/document.ts'
import { limit } from '../base/limit.ts'
import { mediaTypes } from '../format/oci.ts'
import { layerFile } from '../image/base.ts'
import { layersIn } from '../image/history.ts'
import type { Image, Manifest, NamedImage } from '../image/image.ts'
import { validate } from '../image/validate.ts'
import type { History, Layer } from '../layer/layer.ts'
import { flatContent } from '../store/flat-content.ts'
import { trying } from './content.ts'
import type { FoundImage, FoundLayer, Selection } from './found-image.ts'
import { openFile } from './open-file.ts'
import { type StoreLayerOptions, storeLayer } from './store-layer.ts'

/** Dependencies of reading an image. */
export interface ReadOptions extends StoreLayerOptions {
  /** Which image, where there are several. Default: the first. */
  readonly select?: Selection
  /** Form of the file. Default: determined by its content. */
  readonly form?: 'docker-archive' | 'oci'
}

/** Reads an image from a file or a directory. @throws BuildError archive.*, image.*, compression.*, disk.unreadable, store.* */
export async function readImage(file: string, options: ReadOptions): Promise<NamedImage> {
  using place = await openFile(file, options)
  return await storeImage(await place.find(options.select ?? {}), options)
}

/** Reads all images from a file or a directory, each for the preferred platform. @throws BuildError as `readImage` */
export async function readImages(file: string, options: ReadOptions): Promise<readonly NamedImage[]> {
  using place = await openFile(file, options)
  const images: NamedImage[] = []
  for (const found of await place.findAll(options.select?.preferred)) images.push(await storeImage(found, options))
  return images
}

/** Adds the layers of an image to the store. @throws BuildError as `readImage` */
export async function storeImage(found: FoundImage, options: StoreLayerOptions): Promise<NamedImage> {
  const layers = await storedLayers(found, options)
  return { ...validate(withManifest(found, layers), found.place, 'theirs'), names: found.names }
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

/** Layers that are read at once: while some are received, others are decompressed. */
const concurrency = 3

async function storedLayers(found: FoundImage, options: StoreLayerOptions): Promise<readonly Layer[]> {
  const diffIds = found.config.value.rootfs.diff_ids
  const histories = historiesOf(found)
  const { store, watch } = options
  // A layer that is listed twice is read once.
  const stored = new Map<string, Promise<number>>()
  const sizeOf = (layer: FoundLayer, diffId: Digest): Promise<number> => {
    const key = `${diffId} ${layer.name}`
    const known = stored.get(key) ?? trying(() => storeLayer(layer, { diffId, place: found.place }, options))
    stored.set(key, known)
    return known
  }
  // The largest first, so that none is left alone at the end.
  const bySize = found.layers
    .map((layer, index) => ({ layer, index }))
    .sort((a, b) => b.layer.content.size - a.layer.content.size)
  const layers = await limit(
    bySize,
    async ({ layer, index }) => {
      const diffId = diffIds[index]
      if (diffId === undefined) throw new Error('unreachable: counts were compared')
      const size = await sizeOf(layer, diffId)
      const layerOf = {
        descriptor: found.manifest?.value.layers[index] ?? { mediaType: mediaTypes.layer, digest: diffId, size },
        diffId,
        history: histories[index] ?? {},
        size,
        open: () => flatContent(layerFile(diffId), store).open(),
      }
      return [index, layerOf] as const
    },
    { concurrency, signal: watch.signal },
  )
  return layers.sort(([a], [b]) => a - b).map(([, layer]) => layer)
}

/** Returns the history entries of the layers; none when the history does not cover every layer. */
function historiesOf({ config, layers }: FoundImage): readonly History[] {
  const history = config.value.history ?? []
  return layersIn(history) === layers.length ? history.filter((entry) => entry.empty_layer !== true) : []
}
