/**
 * docker with its classic store: it loads a docker-archive and opens only the members of layers that it lacks.
 *
 * A layer exists if an image has it above the same layers (their chain ID, config.md of the OCI image specification).
 */
import { type Digest, digestOf } from '../base/digest.ts'
import { compressors } from '../format/compression/compressors.ts'
import type { ImagePlan } from '../image/image.ts'
import { archiveBytes } from '../transport/archive.ts'
import { type Calling, type Client, call } from './client.ts'
import type { Load, LoadContext } from './engine.ts'
import { diffIdOf, idOf, nothingSent, type Sent, sendMissing } from './partial.ts'
import { isThere, type StoredImage, storedImages } from './stored-images.ts'

/** Queries the images that docker has. */
export async function prepareDocker(client: Client, calling: Calling): Promise<Load> {
  const stored = await storedImages(client, calling)
  return async (plans, context) => {
    const images = plans.map((plan) => ({ names: plan.names, id: idOf(plan) }))
    const absent: ImagePlan[] = []
    for (const [index, image] of images.entries()) {
      const plan = plans[index]
      if (plan !== undefined && !(await isThere(client, image, { stored, watch: context.watch }))) absent.push(plan)
    }
    return { images, ...(await send(client, absent, { stored, context })) }
  }
}

async function send(
  client: Client,
  plans: readonly ImagePlan[],
  { stored, context }: { readonly stored: readonly StoredImage[]; readonly context: LoadContext },
): Promise<Sent> {
  if (plans.length === 0) return nothingSent
  const { store, watch } = context
  return sendMissing(layersThere(plans, stored), new Set<Digest>(), async (without) => {
    const input = archiveBytes(plans, { store, watch, compressor: compressors.none, without })
    return (await call(client, ['load', '--quiet'], { signal: watch.signal, input })).fed
  })
}

/** Returns the names of the layers that docker has at every position where the images use them. */
function layersThere(plans: readonly ImagePlan[], stored: readonly StoredImage[]): ReadonlySet<Digest> {
  const chains = new Set(stored.flatMap(({ diffIds }) => chainIds(diffIds)))
  const [there, needed] = [new Set<Digest>(), new Set<Digest>()]
  for (const { layers } of plans)
    for (const [index, chain] of chainIds(layers.map(diffIdOf)).entries()) {
      const name = layers[index]?.name
      if (name !== undefined) (chains.has(chain) ? there : needed).add(name)
    }
  return new Set([...there].filter((name) => !needed.has(name)))
}

/** Computes the chain ID of each layer (config.md of the OCI image specification, "Layer ChainID"). */
function chainIds(diffIds: readonly Digest[]): readonly Digest[] {
  let below: Digest | undefined
  return diffIds.map((diffId) => {
    below = below === undefined ? diffId : digestOf(`${below} ${diffId}`)
    return below
  })
}
