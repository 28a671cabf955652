/**
 * Base image: its unchanged layers, the root file system that they make up, and the config that an image on it inherits.
 *
 * Its layers are in the store as layer files by diff ID, so the contents of a base are known without unpacking it.
 */
import { fail } from '../base/error.ts'
import { layerFile, planBase } from '../image/base.ts'
import type { NamedImage } from '../image/image.ts'
import { platformNamed, processorNamed } from '../image/platform.ts'
import type { LayerPlan } from '../layer/layer.ts'
import type { Recipe, Workshop } from '../source/package.ts'
import { readImage } from '../transport/read-image.ts'
import { overlay } from '../tree/overlay.ts'
import type { Tree } from '../tree/tree.ts'
import { type BaseFacts, baseFacts } from './base-facts.ts'

/** A base image that has been read. */
export interface BaseImage extends BaseFacts {
  readonly image: NamedImage
  /** Its layers, bottom first; their diff IDs are known. */
  readonly layers: readonly LayerPlan[]
  /** Its root file system, as a container sees it. */
  readonly tree: Tree
}

/** Selects the base image. */
export interface BaseRequest {
  readonly recipe: Recipe
  readonly name: string | null
  readonly tag: string | null
  /** If present, selects an image of an index, and must match the base's architecture. */
  readonly architecture: string | undefined
  readonly maxUnpackedBytes?: number
}

/** Reads a base image. @throws BuildError archive.*, image.*, base.architecture */
export async function readBase(
  { recipe, name, tag, architecture, ...reading }: BaseRequest,
  shop: Workshop,
): Promise<BaseImage> {
  const platform = platformNamed(architecture ?? shop.architecture)
  const select = {
    ...(name === null ? {} : { name }),
    ...(tag === null ? {} : { tag }),
    // A pulled image is for the platform that was requested when it was pulled.
    ...(recipe.published === undefined ? { platform } : {}),
  }
  const from = shop.store.physical(recipe.path)
  const image = await readImage(from, { store: shop.store, watch: shop, select, keepPacked: true, ...reading })
  checkArchitecture(image, architecture, recipe.name)
  const tree = overlay(image.layers.map(({ diffId }) => shop.store.laidOut(layerFile(diffId), 'layer')))
  return {
    image,
    layers: planBase(image, shop.store, { keepPlain: recipe.published !== undefined }),
    tree,
    ...baseFacts(
      tree,
      image.layers.map(({ diffId }) => diffId),
      shop.store.memory,
    ),
  }
}

function checkArchitecture(image: NamedImage, wanted: string | undefined, name: string): void {
  const { architecture } = image.config.value
  if (wanted === undefined || architecture === processorNamed(wanted).architecture) return
  fail(
    'base.architecture',
    `The base image ${image.names[0] ?? name} is for ${architecture}, and this image is for ${wanted}.`,
    {
      remedy: `Write \`architecture: "${architecture}"\`, or take the base for ${wanted}.`,
      detail: { base: architecture, image: wanted },
    },
  )
}
