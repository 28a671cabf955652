/** `inspect docker://…`: explains an image in a registry without reading its layers. */
import { checkString } from '../base/check.ts'
import type { Digest } from '../base/digest.ts'
import { layerFile } from '../image/base.ts'
import { formatRegistryName } from '../registry/name.ts'
import { type RemoteImage, type RemoteSummary, remoteImage } from '../report/remote.ts'
import type { Package, Workshop } from '../source/package.ts'
import { eachImage } from '../transport/find-image.ts'
import { registryPlace } from '../transport/place.ts'
import { registryListing } from '../transport/registry-store.ts'
import { actionChecks, checkCall, checkTarget, givenOptions, type OptionChecks, optional } from './call.ts'
import { bound, placesAmong } from './credentials.ts'
import { planOfTarget } from './given-images.ts'
import { parsePlatform } from './platform.ts'
import { type ActionOptions, inWorkshop } from './workshop.ts'

/** Options of `inspectRemote`. */
export interface InspectRemoteOptions extends ActionOptions {
  /** Platform of the one image to explain, such as "linux/arm64". Default: all images of an index. */
  readonly platform?: string
  /** Image whose layers are compared: a place, or an image's description. Default: none. */
  readonly compare?: string | Package
}

const optionChecks: OptionChecks<InspectRemoteOptions> = {
  ...actionChecks,
  platform: optional(checkString),
  compare: optional(checkTarget),
}

/** Result of `inspectRemote`. */
export type InspectRemoteResult = RemoteSummary

/**
 * Explains an image in a registry without reading its layers: each platform, its layers, and which of them this machine has.
 *
 * @example
 * import { inspectRemote } from 'slipway'
 *
 * const { images } = await inspectRemote('debian:trixie-slim', { platform: 'linux/amd64' })
 * console.log(images.length)
 * @param name - name of the image, with a tag or digest, as `docker pull` takes it.
 * @throws BuildError argument.invalid, registry.*, network.*, image.*, and every code of a build for `compare`
 */
export async function inspectRemote(name: string, options: InspectRemoteOptions = {}): Promise<InspectRemoteResult> {
  checkCall('inspectRemote', { name, options }, { name: checkString, options: givenOptions(optionChecks) })
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform)
  const place = registryPlace(name)
  return inWorkshop(bound(options, [place, ...placesAmong([options.compare])]), async (shop) => {
    const { store } = shop
    const listing = await registryListing(place.file, await shop.registries())
    const compared = await comparedLayers(options, shop)
    const inStore = ({ digest, diffId }: { readonly digest: Digest; readonly diffId: Digest }): boolean =>
      store.info(layerFile(diffId)) !== undefined || store.blobs.get(digest) !== undefined
    const images: RemoteImage[] = []
    for await (const image of eachImage(listing, platform)) images.push(remoteImage(image, { inStore, compared }))
    const { digest, mediaType } = listing.root
    return { name: formatRegistryName(listing.name), digest, mediaType, images }
  })
}

async function comparedLayers(
  { compare, ...options }: InspectRemoteOptions,
  shop: Workshop,
): Promise<ReadonlySet<Digest> | undefined> {
  if (compare === undefined) return undefined
  const { layers } = await planOfTarget(compare, options, shop)
  return new Set(layers.flatMap(({ remembered }) => remembered ?? []))
}
