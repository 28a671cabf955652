/** `push`: an image goes to a registry straight from the store; only what the registry lacks is packed and sent. */
import type { Digest } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import type { CompressorInput } from '../format/compression/compressors.ts'
import { formatRegistryName, parseRegistryName, type RegistryName } from '../registry/name.ts'
import type { Package } from '../source/package.ts'
import { parsePlace } from '../transport/place.ts'
import { type PushedImages, pushImages, pushIndex, pushPlace } from '../transport/push-image.ts'
import { checkCompressor } from './compressor.ts'
import { type DescribedImages, describedImages } from './described-images.ts'
import { type ActionOptions, inWorkshop } from './workshop.ts'

/** What `push` takes besides the image. */
export interface PushOptions extends ActionOptions {
  /** Names to push under, such as "registry.example/team/redis:1". Default: the image's own name and tag. */
  readonly names?: readonly string[]
  /** How layers are compressed. Default: "gz". A base's layers stay as they came. */
  readonly compressor?: CompressorInput
  /** Annotations of each manifest (annotations.md of the OCI image specification). */
  readonly annotations?: Readonly<Record<string, string>>
  /** Annotations of the index, where an index is pushed, besides those that it was described with. */
  readonly indexAnnotations?: Readonly<Record<string, string>>
}

/** What was pushed. */
export interface Pushed {
  /** The first name with the digest, for `docker pull`. */
  readonly reference: string
  /** The digest of the manifest or the index. */
  readonly digest: Digest
  /** All names, in full. */
  readonly names: readonly string[]
  /** Bytes of blobs that were sent. */
  readonly sent: number
}

/**
 * Builds an image if need be, and pushes it.
 *
 * @param target - an image or an index of images that is described, or a place where one is, which is copied as it is.
 * @throws BuildError registry.*, network.*, argument.invalid, and every code of a build
 */
export async function push(target: string | Package, options: PushOptions = {}): Promise<Pushed> {
  const given = (options.names ?? []).map(parsePushName)
  const compressor = checkCompressor(options.compressor ?? 'gz')
  return inWorkshop(options, async (shop) => {
    const pushing = { store: shop.store, watch: shop, registries: await shop.registries(), compressor }
    if (typeof target === 'string') {
      const place = parsePlace(target)
      return pushed(named(given, []), await pushPlace(place, named(given, []), pushing))
    }
    const { annotations = {}, indexAnnotations = {} } = options
    const made = await describedImages(target, shop, options)
    const names = named(given, ownNames(made))
    const plans = made.plans.map((plan) => ({ ...plan, annotations: { ...plan.annotations, ...annotations } }))
    if (made.index === undefined) return pushed(names, await pushImages(plans, names, pushing))
    const notes = { ...made.index.annotations, ...indexAnnotations }
    return pushed(names, await pushIndex(plans, names, { ...pushing, annotations: notes }))
  })
}

function ownNames({ names: { imageName, imageTag } }: DescribedImages): readonly string[] {
  return imageName === undefined || imageTag === undefined ? [] : [`${imageName}:${imageTag}`]
}

function named(given: readonly RegistryName[], own: readonly string[]): readonly RegistryName[] {
  const names = given.length > 0 ? given : own.map(parsePushName)
  if (names.length > 0) return names
  return fail('argument.invalid', 'The image has no name to be pushed under.', {
    remedy: 'Give one, such as registry.example/team/redis:1.',
  })
}

/** A name to push to has no digest: that follows from what is pushed. */
function parsePushName(text: string): RegistryName {
  const name = parseRegistryName(text.startsWith('docker://') ? text.slice('docker://'.length) : text)
  if (name.digest === undefined) return name
  return fail('argument.invalid', `${JSON.stringify(text)} has a digest, and that follows from what is pushed.`, {
    remedy: 'Give name:tag.',
  })
}

function pushed(names: readonly RegistryName[], { digest, sent }: PushedImages): Pushed {
  const [first] = names
  if (first === undefined) throw new Error('unreachable: names were counted')
  const { domain, path } = first
  return {
    reference: formatRegistryName({ domain, path, digest }),
    digest,
    names: names.map(formatRegistryName),
    sent,
  }
}
