/** Act 2 of pulled images: looks tags up in slipway.lock, and in their registry if the lock lacks them. */
import type { Digest } from '../../base/digest.ts'
import { fail } from '../../base/error.ts'
import { bestFirst, formatPlatform, type Platform } from '../../image/platform.ts'
import type { Definition, Workshop } from '../../source/package.ts'
import { growLock, lockFileOf } from '../../source/project-lock.ts'
import { type ResolvedSet, resolvedSets } from '../../source/resolved-sets.ts'
import { platformImages } from '../../transport/find-image.ts'
import { registryListing } from '../../transport/registry-store.ts'
import type { Pull } from './arguments.ts'
import {
  imageIn,
  imageKey,
  imageSetKind,
  type LockedImage,
  type LockedPlatform,
  parsePlatformKey,
} from './image-set.ts'

/** Digests of an image whose tag is resolved. */
export interface Pinned {
  /** Digest of its manifest, or of an index that lists it, by which it is fetched. */
  readonly digest: Digest
  /** Digest of the index that its name refers to, or of the manifest if there is no index. */
  readonly published: Digest
}

/** Looks up the tags of some images, and adds them to the lock. @throws BuildError lock.*, registry.*, network.* */
export async function resolvePulls(definitions: readonly Definition<Pull>[], shop: Workshop): Promise<void> {
  const tagged = definitions.map((definition) => definition.arguments).filter(({ digest }) => digest === null)
  const byKey = new Map(tagged.map((pull) => [resolverKey(pull, shop), pull]))
  for (const [key, pull] of byKey) await resolveTag(key, pull, shop)
}

interface ResolvedImage extends ResolvedSet {
  readonly locked: LockedImage
}

async function resolveTag(resolver: string, pull: Pull, shop: Workshop): Promise<void> {
  const file = lockFileOf(pull.lock, shop)
  const key = keyOf(pull)
  let locked: LockedImage | undefined
  const grown = await growLock(
    file,
    async (lock) => {
      const known = imageIn(lock, key)
      locked = known === undefined || shop.lock.update ? await askedFor(pull, { known, file, key }, shop) : known
      return { key, entry: { kind: imageSetKind, set: locked } }
    },
    shop,
  )
  if (locked === undefined) throw new Error('unreachable: a lock that grew without being asked')
  const resolved: ResolvedImage = {
    ...{ file, lockKey: key, before: grown.before, entry: grown.entry, names: [key], locked },
    pruned: (set) => set,
    files: () => [],
  }
  resolvedSets(shop).set(resolver, resolved)
}

/** Asks the registry for a tag's current image. Returns the locked value if it has not changed, so that nothing is written. */
async function askedFor(
  pull: Pull,
  { known, file, key }: { readonly known: LockedImage | undefined; readonly file: string; readonly key: string },
  shop: Workshop,
): Promise<LockedImage> {
  if (shop.lock.frozen) {
    const what =
      known === undefined ? `lacks the image ${nameOf(pull)}` : 'would be updated to the current images of its tags'
    fail('lock.frozen', `${file} ${what} (set "${key}"), and must not be written.`, {
      remedy: 'Run `slipway lock FILE` and commit the lock, or leave `--frozen` out.',
      detail: { file, set: key },
    })
  }
  const listing = await registryListing(nameOf(pull), await shop.registries(registrySettings(pull)), shop.store.memory)
  const images = await platformImages(listing)
  if (images.length === 0) {
    fail('image.not-found', `${nameOf(pull)} is not an image: it has no manifest of one.`, {
      remedy: 'Check the name and the tag; artifacts such as signatures cannot be pulled as images.',
      detail: { name: nameOf(pull) },
    })
  }
  const platforms = new Map<string, LockedPlatform>()
  for (const { platform, digest, manifest } of images) {
    const name = formatPlatform(platform)
    const size = manifest.layers.reduce((sum, layer) => sum + layer.size, 0)
    if (!platforms.has(name)) platforms.set(name, { manifest: digest, config: manifest.config.digest, size })
  }
  const { path, domain, tag = 'latest' } = listing.name
  const found = { name: `${domain}/${path}`, tag, digest: listing.root.digest, platforms }
  return known !== undefined && imageSetKind.lines(known) === imageSetKind.lines(found) ? known : found
}

/** Settings for asking registries for an image. */
export function registrySettings({ tlsVerify }: Pull): { readonly tlsVerify?: false } {
  return tlsVerify ? {} : { tlsVerify }
}

/** Returns the digests of an image, once its tag is resolved. @throws BuildError image.not-found - the tag has no image for the platform */
export function pinned(pull: Pull, wanted: Platform, shop: Workshop): Pinned {
  if (pull.digest !== null) return { digest: pull.digest, published: pull.digest }
  const resolved = resolvedSets(shop).get(resolverKey(pull, shop))
  if (resolved === undefined || !isImage(resolved)) throw new Error('unreachable: an image that is not resolved')
  const { digest, platforms } = resolved.locked
  const candidates = [...platforms].flatMap(([name, { manifest }]) => {
    const platform = parsePlatformKey(name)
    return platform === undefined ? [] : [{ platform, manifest }]
  })
  const [best] = bestFirst(candidates, ({ platform }) => platform, wanted)
  if (best !== undefined) return { digest: best.manifest, published: digest }
  return fail('image.not-found', `${nameOf(pull)} has no image for the platform ${formatPlatform(wanted)}.`, {
    remedy: `Choose one of these with os and arch: ${[...platforms.keys()].join(', ')}.`,
    detail: { name: nameOf(pull) },
  })
}

function isImage(resolved: ResolvedSet): resolved is ResolvedImage {
  return 'locked' in resolved && imageIn(new Map([[resolved.lockKey, resolved.entry]]), resolved.lockKey) !== undefined
}

function keyOf({ repository, tag }: Pull): string {
  return imageKey(repository, tag ?? 'latest')
}

function resolverKey(pull: Pull, shop: Workshop): string {
  return `${keyOf(pull)} ${lockFileOf(pull.lock, shop)}`
}

/** Returns the name by which an image is requested. */
export function nameOf({ repository, tag, digest }: Pull): string {
  return `${repository}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`
}
