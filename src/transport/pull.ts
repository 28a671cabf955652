/** An image of a registry → the store: manifest, config, and layers as they came. */

import { isIndexType } from '../format/oci.ts'
import type { NamedImage } from '../image/image.ts'
import type { Platform } from '../image/platform.ts'
import type { Registries } from '../registry/client.ts'
import { findImage } from './find-image.ts'
import { storeImage } from './read-image.ts'
import { registryListing } from './registry-store.ts'
import type { StoreLayerOptions } from './store-layer.ts'

/** Dependencies of pulling. */
export interface PullOptions extends Omit<StoreLayerOptions, 'keepPacked'> {
  readonly registries: Registries
  /** Chooses among an index's images; an image that is in no index is taken as it is, as skopeo does. */
  readonly platform: Platform
}

/** Pulls an image by name. @throws BuildError registry.*, network.*, image.*, archive.*, compression.* */
export async function pullImage(name: string, { registries, platform, ...options }: PullOptions): Promise<NamedImage> {
  const listing = await registryListing(name, registries, options.store.memory)
  const found = await findImage(listing, isIndexType(listing.root.mediaType) ? { platform } : {})
  return storeImage(found, { ...options, keepPacked: true })
}
