/** Planned images, or those of a place, to names in registries: blobs once for each repository, then the tags. */
import type { Digest } from '../base/digest.ts'
import type { Watch } from '../base/event.ts'
import type { ImagePlan } from '../image/image.ts'
import type { Descriptor } from '../layer/layer.ts'
import type { Registries } from '../registry/client.ts'
import type { RegistryName } from '../registry/name.ts'
import type { Store } from '../store/store.ts'
import type { PackOptions } from './blob.ts'
import { copyContent } from './copy.ts'
import { findContents } from './find-image.ts'
import { putIndexed } from './layout.ts'
import { openPlace } from './open-place.ts'
import { manifestDescriptor, putImage } from './packed-image.ts'
import type { Place } from './place.ts'
import { type RegistryTarget, registryTarget } from './registry-store.ts'
import { selectionAt } from './transport.ts'

/** Dependencies of pushing. */
export interface PushingOptions extends PackOptions {
  readonly store: Store
  readonly watch: Watch
  readonly registries: Registries
}

/** Result of pushing: the digest of the manifest or the index, and the size of the blobs that were sent, in bytes. */
export interface PushedImages {
  readonly digest: Digest
  readonly sent: number
}

/** Pushes one image. @throws BuildError registry.*, network.*, stream.mismatch */
export async function pushImages(
  plans: readonly ImagePlan[],
  names: readonly RegistryName[],
  options: PushingOptions,
): Promise<PushedImages> {
  const [plan] = plans
  if (plan === undefined || plans.length > 1) throw new Error('unreachable: one image has one name')
  return toEach(names, options, async (target) =>
    manifestDescriptor(await putImage(plan, target, { ...options, keepBase: true })),
  )
}

/** Pushes images and an index of them. @throws BuildError registry.*, network.*, stream.mismatch */
export async function pushIndex(
  plans: readonly ImagePlan[],
  names: readonly RegistryName[],
  options: PushingOptions & { readonly annotations: Readonly<Record<string, string>> },
): Promise<PushedImages> {
  return toEach(names, options, async (target) => {
    const { index } = await putIndexed(plans, target, { ...options, keepBase: true })
    return index
  })
}

/** Pushes what is in a place, an index whole. A docker-archive has no contents by descriptor: its images are packed. */
export async function pushPlace(
  place: Place,
  names: readonly RegistryName[],
  options: PushingOptions,
): Promise<PushedImages> {
  using opened = await openPlace(place, { ...options, registries: async () => options.registries })
  const { listing } = opened
  if (listing === undefined) {
    const [{ planImage }, { storeImage }] = await Promise.all([import('../image/base.ts'), import('./read-image.ts')])
    const image = await storeImage(await opened.find(selectionAt(place)), options)
    return await pushImages([planImage(image, options.store)], names, options)
  }
  const [content] = await findContents(listing, { ...selectionAt(place), all: true })
  if (content === undefined) throw new Error('unreachable: nothing was found')
  const { annotations: _place, ...root } = content.descriptor
  return await toEach(names, options, async (target) => {
    await copyContent(root, { from: listing.source, to: target, watch: options.watch })
    return root
  })
}

/** Pushes to every repository, and then sets its tags. */
async function toEach(
  names: readonly RegistryName[],
  { registries, watch, store }: PushingOptions,
  fill: (target: RegistryTarget) => Promise<Descriptor>,
): Promise<PushedImages> {
  let result: PushedImages | undefined
  for (const [first, ...others] of byRepository(names)) {
    const target = registryTarget(first, { registries, watch, memory: store.memory })
    const descriptor = await fill(target)
    for (const name of [first, ...others]) await target.tag(descriptor, name.tag ?? 'latest')
    result = { digest: descriptor.digest, sent: (result?.sent ?? 0) + target.sent() }
  }
  if (result === undefined) throw new Error('unreachable: there is a name')
  return result
}

function byRepository(names: readonly RegistryName[]): Iterable<readonly [RegistryName, ...RegistryName[]]> {
  const groups = new Map<string, [RegistryName, ...RegistryName[]]>()
  for (const name of names) {
    const key = `${name.domain}/${name.path}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [name])
    else group.push(name)
  }
  return groups.values()
}
