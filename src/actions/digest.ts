/** `digest`: what a name in a registry stands for, without reading a layer. */
import type { Digest } from '../base/digest.ts'
import { watchOf } from '../base/event.ts'
import { formatRegistryName, parseRegistryName } from '../registry/name.ts'
import { findContents } from '../transport/find-image.ts'
import { registryListing } from '../transport/registry-store.ts'
import { parsePlatform } from './platform.ts'
import { type ActionOptions, registriesFor } from './workshop.ts'

/** What `digest` takes besides the name. */
export interface DigestOptions extends Pick<ActionOptions, 'registry' | 'signal'> {
  /** Looks into an index, for the manifest of this platform, such as "linux/arm64". */
  readonly platform?: string
}

/** What a name stands for. */
export interface Resolved {
  /** The name in full. */
  readonly name: string
  readonly digest: Digest
  readonly mediaType: string
  /** The document's size in bytes. */
  readonly size: number
}

/** Resolves a name to the digest of its manifest or index. @throws BuildError registry.*, network.*, image.not-found */
export async function digest(name: string, options: DigestOptions = {}): Promise<Resolved> {
  const registries = await registriesFor(options, watchOf(options))
  const full = formatRegistryName(parseRegistryName(name))
  if (options.platform === undefined) {
    const { digest, mediaType, size } = await registries.resolve(parseRegistryName(name))
    return { name: full, digest, mediaType, size }
  }
  const platform = parsePlatform(options.platform)
  const [found] = await findContents(await registryListing(name, registries), { platform, all: false })
  if (found === undefined) throw new Error('unreachable: one was found')
  const { digest, mediaType, size } = found.descriptor
  return { name: full, digest, mediaType, size }
}
