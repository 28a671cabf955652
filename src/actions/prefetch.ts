/** `prefetch`: the pin of an image in a registry, for `pullImage` here and in nixpkgs. Layers are kept in the store; the archive is not. */
import { checkString } from '../base/check.ts'
import { type Digest, formatSri, isDigest } from '../base/digest.ts'
import { checkPull } from '../docker-tools/pull/arguments.ts'
import { archiveHash } from '../docker-tools/pull/recipes.ts'
import { nameOf } from '../docker-tools/pull/resolve.ts'
import { parseReference, repositoryOf } from '../format/reference.ts'
import { processorNamed } from '../image/platform.ts'
import { parseRegistryName } from '../registry/name.ts'
import { registryPlace } from '../transport/place.ts'
import { pullImage } from '../transport/pull.ts'
import { actionChecks, checkCall, givenOptions, type OptionChecks, optional } from './call.ts'
import { bound } from './credentials.ts'
import { type ActionOptions, inWorkshop } from './workshop.ts'

/** Options of `prefetch`; they take precedence over the name. */
export interface PrefetchOptions extends Pick<ActionOptions, 'store' | 'registry' | 'signal' | 'report'> {
  /** Tag of the image. Default: "latest", if there is no `imageDigest`. */
  readonly imageTag?: string
  /** Digest of the manifest or index. Default: the tag's current one. */
  readonly imageDigest?: string
  /** Name that the image gets in its archive, without tag. Default: `imageName`. */
  readonly finalImageName?: string
  /** Tag that the image gets in its archive. Default: `imageTag`, else "latest". */
  readonly finalImageTag?: string
  /** Operating system to take from an index. Default: "linux". */
  readonly os?: string
  /** Architecture to take from an index, such as "amd64", "aarch64" or "arm/v7". Default: this machine's. */
  readonly arch?: string
}

const optionChecks: OptionChecks<PrefetchOptions> = {
  ...actionChecks,
  imageTag: optional(checkString),
  imageDigest: optional(checkString),
  finalImageName: optional(checkString),
  finalImageTag: optional(checkString),
  os: optional(checkString),
  arch: optional(checkString),
}

/** Result of `prefetch`: arguments of `pullImage`. */
export interface PrefetchResult {
  /** Name of the image, as it was given, without tag and digest. */
  readonly imageName: string
  /** Digest of the manifest or index. */
  readonly imageDigest: Digest
  /** SHA-256 of the image's archive, in SRI form. */
  readonly hash: string
  /** Name that the image has in its archive, without tag. */
  readonly finalImageName: string
  /** Tag that the image has in its archive. */
  readonly finalImageTag: string
  /** Operating system; present if it was asked for. */
  readonly os?: string
  /** Architecture; present if it was asked for. */
  readonly arch?: string
}

/**
 * Computes the pin of an image in a registry.
 *
 * @example
 * import { prefetch } from 'slipway'
 *
 * const pin = await prefetch('debian', { imageTag: 'trixie-slim' })
 * console.log(pin.imageDigest, pin.hash)
 * @param name - name in a registry; a tag or digest may follow it, as in "debian:trixie-slim".
 * @throws BuildError argument.*, registry.*, network.*, image.not-found
 */
export async function prefetch(name: string, options: PrefetchOptions = {}): Promise<PrefetchResult> {
  checkCall('prefetch', { name, options }, { name: checkString, options: givenOptions(optionChecks) })
  const { finalImageName, finalImageTag, os, arch } = options
  const place = registryPlace(name)
  const named = imageNamed(place.file, options)
  const given = { ...named, finalImageName, finalImageTag, os, arch }
  const pull = checkPull(given, { architecture: undefined, lock: { lock: undefined, directory: '/' } })
  return inWorkshop(bound(options, [place]), async (shop) => {
    const registries = await shop.registries()
    const digest = pull.digest ?? (await registries.resolve(parseRegistryName(nameOf(pull)))).digest
    const platform = { os: pull.os, ...(pull.arch ?? processorNamed(shop.architecture)) }
    const pulling = { store: shop.store, watch: shop, registries, platform }
    const image = await pullImage(`${pull.repository}@${digest}`, pulling)
    const hash = await archiveHash(image, pull.final, { algorithm: 'sha256', store: shop.store, signal: shop.signal })
    if (!isDigest(hash)) throw new Error('unreachable: SHA-256 was asked for')
    return {
      ...{ imageName: named.imageName, imageDigest: digest, hash: formatSri(hash) },
      ...{ finalImageName: pull.finalName, finalImageTag: pull.final.tag },
      ...(os === undefined ? {} : { os }),
      ...(arch === undefined ? {} : { arch }),
    }
  })
}

/** Returns the image as arguments of `pullImage`, which refuse an invalid name. */
function imageNamed(
  name: string,
  { imageTag, imageDigest }: PrefetchOptions,
): { readonly imageName: string; readonly imageTag: string | undefined; readonly imageDigest: string | undefined } {
  const reference = parseReference(name)
  const digest = imageDigest ?? reference?.digest
  return {
    imageName: reference === undefined ? name : repositoryOf(reference),
    imageTag: imageTag ?? reference?.tag ?? (digest === undefined ? 'latest' : undefined),
    imageDigest: digest,
  }
}
