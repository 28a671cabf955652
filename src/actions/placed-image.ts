/** Reads an image at a place, with its layers, into the store, for replacing its base or serving as one. */
import { parseReference } from '../format/reference.ts'
import { planBase, planImage } from '../image/base.ts'
import type { PublishedBase } from '../image/base-annotations.ts'
import type { ImageConfig, ImagePlan } from '../image/image.ts'
import { formatRegistryName, parseRegistryName } from '../registry/name.ts'
import type { Workshop } from '../source/package.ts'
import type { FoundImage, Selection } from '../transport/found-image.ts'
import type { OpenFile } from '../transport/open-file.ts'
import { openPlace } from '../transport/open-place.ts'
import { type Place, parsePlace, registryPlace } from '../transport/place.ts'
import { storeImage } from '../transport/read-image.ts'
import { selectionAt } from '../transport/transport.ts'

/** An image at a place. */
export interface PlacedImage {
  readonly plan: ImagePlan
  readonly config: ImageConfig
  /** Its name in a registry, if it is in one. */
  readonly published?: PublishedBase
}

/** Settings for reading a place. */
export interface PlacedOptions {
  readonly select: Selection
  readonly maxUnpackedBytes?: number | undefined
}

/** Parses a place; a bare name with a tag or a digest is an image in a registry. */
export function placeOrName(text: string): Place {
  const place = parsePlace(text)
  const reference = place.form === undefined ? parseReference(text) : undefined
  if (reference?.tag === undefined && reference?.digest === undefined) return place
  return registryPlace(text)
}

/** Opens a place. @throws BuildError archive.*, disk.unreadable, registry.*, network.* */
export function openPlaced(place: Place, { maxUnpackedBytes }: PlacedOptions, shop: Workshop): Promise<OpenFile> {
  return openPlace(place, {
    ...{ store: shop.store, watch: shop, registries: shop.registries },
    ...(maxUnpackedBytes === undefined ? {} : { maxUnpackedBytes }),
  })
}

/** Reads the selected image into the store; its layers stay as they are. @throws BuildError archive.*, image.*, registry.* */
export async function readPlaced(
  opened: OpenFile,
  place: Place,
  { select, maxUnpackedBytes }: PlacedOptions,
  shop: Workshop,
): Promise<PlacedImage> {
  const found = await opened.find(selectionAt(place, select))
  const plan = await storedPlan(found, { maxUnpackedBytes }, shop)
  return { plan, config: found.config.value, ...(await publishedAt(place, shop)) }
}

/** Reads the layers of an image into the store, and plans the image with all of it as it is. @throws BuildError archive.*, image.*, registry.* */
export async function storedPlan(
  found: FoundImage,
  { maxUnpackedBytes }: Pick<PlacedOptions, 'maxUnpackedBytes'>,
  shop: Workshop,
): Promise<ImagePlan> {
  const { store } = shop
  const reading = { store, watch: shop, keepPacked: true }
  const image = await storeImage(found, { ...reading, ...(maxUnpackedBytes === undefined ? {} : { maxUnpackedBytes }) })
  const annotations = found.manifest?.value.annotations
  return {
    ...planImage(image, store),
    layers: planBase(image, store, { keepPlain: found.manifest !== undefined }),
    ...(annotations === undefined ? {} : { annotations }),
  }
}

async function publishedAt({ form, file }: Place, shop: Workshop): Promise<Pick<PlacedImage, 'published'>> {
  if (form !== 'docker') return {}
  const name = parseRegistryName(file)
  const { digest } = await (await shop.registries()).resolve(name)
  return { published: { name: formatRegistryName(name), digest } }
}
