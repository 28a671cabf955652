/**
 * podman: it loads an OCI archive of one image with one name, and reads a layer from it only if it has none with the same diff ID.
 */
import type { Digest } from '../base/digest.ts'
import { compressors } from '../format/compression/compressors.ts'
import type { ImagePlan } from '../image/image.ts'
import { partialLayout } from '../transport/layout-archive.ts'
import { type Calling, type Client, call } from './client.ts'
import type { Load, LoadContext } from './engine.ts'
import { podmanName } from './names.ts'
import { idOf, nothingSent, type Sent, sendMissing } from './partial.ts'
import { isThere, storedImages } from './stored-images.ts'

/** Queries the images that podman has. */
export async function preparePodman(client: Client, calling: Calling): Promise<Load> {
  const stored = await storedImages(client, calling)
  const diffIds = new Set(stored.flatMap((image) => image.diffIds))
  return async (plans, context) => {
    let result = nothingSent
    for (const plan of plans) {
      const named = { id: idOf(plan), names: plan.names.map(podmanName) }
      if (await isThere(client, named, { stored, watch: context.watch })) continue
      const { sent, isComplete } = await send(client, { ...plan, names: named.names }, { diffIds, context })
      result = { sent: result.sent + sent, isComplete: result.isComplete || isComplete }
    }
    return { images: plans.map((plan) => ({ names: plan.names, id: idOf(plan) })), ...result }
  }
}

async function send(
  client: Client,
  plan: ImagePlan,
  { diffIds, context }: { readonly diffIds: ReadonlySet<Digest>; readonly context: LoadContext },
): Promise<Sent> {
  const { store, watch } = context
  const [name, ...others] = plan.names
  const there = new Set(plan.layers.flatMap(({ remembered }) => (remembered === undefined ? [] : [remembered])))
  const result = await sendMissing(there.intersection(diffIds), new Set<Digest>(), async (has) => {
    const named = { ...plan, names: name === undefined ? [] : [name] }
    const options = { store, watch, compressor: compressors.none }
    const layout = await partialLayout([named], (digest) => has.has(digest), options)
    return (await call(client, ['load', '--quiet'], { signal: watch.signal, input: layout.bytes() })).fed
  })
  if (name !== undefined && others.length > 0) await call(client, ['tag', name, ...others], watch)
  return result
}
