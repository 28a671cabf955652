/** `push`: pushes an image to a registry straight from the store; only what the registry lacks is compressed and sent. */
import { checkString, checkStrings } from '../base/check.ts'
import type { Digest } from '../base/digest.ts'
import { fail } from '../base/error.ts'
import type { CompressorInput } from '../format/compression/compressors.ts'
import { formatRegistryName, parseRegistryName, type RegistryName } from '../registry/name.ts'
import type { Package } from '../source/package.ts'
import { type Place, parsePlace, registryPlace } from '../transport/place.ts'
import { type PushedImages, pushImages, pushIndex, pushPlace } from '../transport/push-image.ts'
import { actionChecks, checkCall, checkTarget, checkTexts, givenOptions, type OptionChecks, optional } from './call.ts'
import { checkCompressor } from './compressor.ts'
import { bound, placesAmong } from './credentials.ts'
import { type DescribedImages, describedImages } from './described-images.ts'
import { type ActionOptions, inWorkshop } from './workshop.ts'

/** Options of `push`. */
export interface PushOptions extends ActionOptions {
  /**
   * Names to push under. Default: the image's own name and tag.
   *
   * @example ['registry.example/team/redis:1', 'registry.example/team/redis:latest']
   */
  readonly names?: readonly string[]
  /** Repository to push to with the image's own tag, in place of `names`, such as "registry.example/team/redis". Default: none. */
  readonly repository?: string
  /** Compression of the layers; those of a base image stay as they are. Default: "gz". */
  readonly compressor?: CompressorInput
  /** Annotations of each manifest (OCI image specification, annotations.md). Default: none. */
  readonly annotations?: Readonly<Record<string, string>>
  /** Annotations of the index, in addition to those of its description. Default: none. */
  readonly indexAnnotations?: Readonly<Record<string, string>>
}

/** Checks of the options. */
export const pushChecks: OptionChecks<PushOptions> = {
  ...actionChecks,
  names: optional(checkStrings),
  repository: optional(checkString),
  compressor: optional(checkCompressor),
  annotations: optional(checkTexts),
  indexAnnotations: optional(checkTexts),
}

/** Result of `push`. */
export interface PushResult {
  /** First name in full, with the digest instead of the tag, for `docker pull`. */
  readonly reference: string
  /** Digest of the manifest or index. */
  readonly digest: Digest
  /** All names in full, with registry and tag. */
  readonly names: readonly string[]
  /** Size of the blobs that were sent, in bytes. */
  readonly sent: number
}

/**
 * Pushes an image to a registry; a description is built first.
 *
 * @example
 * import { debian, push } from 'slipway'
 *
 * const { pkgs, dockerTools } = debian({ suite: 'trixie' })
 * const image = dockerTools.buildLayeredImage({ name: 'hello', contents: [pkgs('hello')], config: { Cmd: ['hello'] } })
 * const { reference } = await push(image, { names: ['registry.example/team/hello:1'] })
 * console.log(reference)
 * @param target - description of an image or of an index, or a place whose image is copied as it is.
 * @throws BuildError registry.*, network.*, argument.invalid, and every code of a build
 */
export async function push(target: string | Package, options: PushOptions = {}): Promise<PushResult> {
  checkCall('push', { target, options }, { target: checkTarget, options: givenOptions(pushChecks) })
  const given = (options.names ?? []).map(parsePushName)
  const compressor = checkCompressor(options.compressor ?? 'gz')
  const { annotations = {}, indexAnnotations = {} } = options
  if (typeof target === 'string') checkUnchanged(target, { ...annotations, ...indexAnnotations })
  return inWorkshop(bound(options, pushPlaces(target, options)), async (shop) => {
    const pushing = { store: shop.store, watch: shop, registries: await shop.registries(), compressor }
    if (typeof target === 'string') {
      const place = parsePlace(target)
      return pushed(named(given, []), await pushPlace(place, named(given, []), pushing))
    }
    const made = await describedImages(target, shop, options)
    const names = named(given, ownNames(made, options))
    const plans = made.plans.map((plan) => ({ ...plan, annotations: { ...plan.annotations, ...annotations } }))
    if (made.index === undefined) return pushed(names, await pushImages(plans, names, pushing))
    const notes = { ...made.index.annotations, ...indexAnnotations }
    return pushed(names, await pushIndex(plans, names, { ...pushing, annotations: notes }))
  })
}

/** An image in a place has its manifest, or gets the same one wherever it is copied. */
function checkUnchanged(place: string, annotations: Readonly<Record<string, string>>): void {
  const [key] = Object.keys(annotations)
  if (key === undefined) return
  fail('argument.invalid', `${place} is pushed as it is, without the annotation ${JSON.stringify(key)}.`, {
    remedy: 'Leave annotations out, or push the description of the image.',
  })
}

/** Returns the places that a push names. */
export function pushPlaces(target: string | Package, { names = [], repository }: PushOptions): readonly Place[] {
  const own = typeof target !== 'string' && 'imageName' in target ? [String(target.imageName)] : []
  const named = names.length > 0 ? names : repository === undefined ? own : [repository]
  return [...placesAmong([target]), ...named.map(registryPlace)]
}

function ownNames({ names }: DescribedImages, { repository = names.imageName }: PushOptions): readonly string[] {
  return repository === undefined || names.imageTag === undefined ? [] : [`${repository}:${names.imageTag}`]
}

function named(given: readonly RegistryName[], own: readonly string[]): readonly RegistryName[] {
  const names = given.length > 0 ? given : own.map(parsePushName)
  if (names.length > 0) return names
  return fail('argument.invalid', 'The image has no name to push under.', {
    remedy: 'Give one, such as registry.example/team/redis:1.',
  })
}

/** Parses a name to push under, which must not have a digest. */
function parsePushName(text: string): RegistryName {
  const name = parseRegistryName(registryPlace(text).file)
  if (name.digest === undefined) return name
  return fail('argument.invalid', `${JSON.stringify(text)} has a digest, which cannot be chosen when pushing.`, {
    remedy: 'Write it as name:tag.',
  })
}

function pushed(names: readonly RegistryName[], { digest, sent }: PushedImages): PushResult {
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
