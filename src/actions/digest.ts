/** `digest`: resolves a name in a registry to a digest, without reading a layer. */
import { checkString } from '../base/check.ts'
import type { Digest } from '../base/digest.ts'
import type { Platform } from '../image/platform.ts'
import type { Descriptor } from '../layer/layer.ts'
import type { Registries } from '../registry/client.ts'
import { formatRegistryName, parseRegistryName } from '../registry/name.ts'
import { findContents } from '../transport/find-image.ts'
import { registryPlace } from '../transport/place.ts'
import { registryListing } from '../transport/registry-store.ts'
import { actionChecks, checkCall, givenOptions, type OptionChecks, optional } from './call.ts'
import { bound } from './credentials.ts'
import { parsePlatform } from './platform.ts'
import { type ActionOptions, withRegistries } from './workshop.ts'

/** Options of `digest`. */
export interface DigestOptions extends Pick<ActionOptions, 'registry' | 'signal'> {
  /** Platform whose manifest is looked for in an index, such as "linux/arm64". Default: the digest is the index's own. */
  readonly platform?: string
}

const optionChecks: OptionChecks<DigestOptions> = { ...actionChecks, platform: optional(checkString) }

/** Result of `digest`. */
export interface DigestResult {
  /** Name in full, with registry and tag. */
  readonly name: string
  /** Digest of the manifest or index. */
  readonly digest: Digest
  /** Media type of the manifest or index. */
  readonly mediaType: string
  /** Size of the manifest or index, in bytes. */
  readonly size: number
}

/**
 * Resolves a name in a registry to the digest of its manifest or index.
 *
 * @example
 * import { digest } from 'slipway'
 *
 * const { digest: pinned } = await digest('debian:trixie-slim', { platform: 'linux/amd64' })
 * console.log(pinned)
 * @param name - name of the image, with a tag or digest, as `docker pull` takes it.
 * @throws BuildError argument.invalid, registry.*, network.*, image.not-found
 */
export async function digest(name: string, options: DigestOptions = {}): Promise<DigestResult> {
  checkCall('digest', { name, options }, { name: checkString, options: givenOptions(optionChecks) })
  const place = registryPlace(name)
  const parsed = parseRegistryName(place.file)
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform)
  return withRegistries(bound(options, [place]), async (registries) => {
    const found =
      platform === undefined ? await registries.resolve(parsed) : await imageFor(platform, place.file, registries)
    const { digest, mediaType, size } = found
    return { name: formatRegistryName(parsed), digest, mediaType, size }
  })
}

async function imageFor(platform: Platform, name: string, registries: Registries): Promise<Descriptor> {
  const [found] = await findContents(await registryListing(name, registries), { platform, all: false })
  if (found === undefined) throw new Error('unreachable: one was found')
  return found.descriptor
}
