/**
 * Merges images for one place: each layer, each name and each image once.
 *
 * Where two images have one name, the later one keeps it, as when they are loaded one after the other. Layers
 * are the same when their diff IDs are, whatever recipe they were made by, so what was never hashed is hashed here.
 */
import type { Digest } from '../base/digest.ts'
import type { Watch } from '../base/event.ts'
import { formatReference, parseReference, qualified } from '../format/reference.ts'
import { hashLayers, type LayerStore } from '../layer/bytes/stream.ts'
import type { LayerPlan } from '../layer/layer.ts'
import type { ImagePlan } from './image.ts'
import { settle } from './settle.ts'

/** Dependencies of hashing layers. */
export interface MergeOptions {
  readonly store: LayerStore
  readonly watch: Watch
}

/** Merges images for one archive, in the order of their first appearance. @throws BuildError stream.mismatch */
export async function mergePlans(plans: readonly ImagePlan[], options: MergeOptions): Promise<readonly ImagePlan[]> {
  const settled = await withSharedLayers(plans, options)
  const names = new Map<string, { readonly id: Digest; readonly name: string }>()
  const images = new Map<Digest, ImagePlan>()
  for (const plan of settled) {
    const { id } = settle(plan, plan.layers.map(diffIdOf))
    if (!images.has(id)) images.set(id, plan)
    for (const name of plan.names) names.set(canonical(name), { id, name })
  }
  return [...images].map(([id, plan]) => ({
    ...plan,
    names: [...names.values()].flatMap((each) => (each.id === id ? [each.name] : [])),
  }))
}

/** Returns the plans with the diff ID of every layer, and one layer for each diff ID. */
async function withSharedLayers(
  plans: readonly ImagePlan[],
  { store, watch }: MergeOptions,
): Promise<readonly ImagePlan[]> {
  const diffIds = await hashLayers(
    plans.flatMap((plan) => plan.layers),
    store,
    watch,
  )
  const first = new Map<Digest, LayerPlan>()
  const shared = (layer: LayerPlan): LayerPlan => {
    const remembered = diffIdOf({ ...layer, remembered: diffIds.get(layer.name) })
    const known = first.get(remembered) ?? { ...layer, remembered }
    first.set(remembered, known)
    return { ...known, history: layer.history }
  }
  return plans.map((plan) => ({ ...plan, layers: plan.layers.map(shared) }))
}

function diffIdOf({
  name,
  remembered,
}: Pick<LayerPlan, 'name'> & { readonly remembered?: Digest | undefined }): Digest {
  if (remembered === undefined) throw new Error(`unreachable: the layer ${name} was hashed`)
  return remembered
}

/** Normalises a name: "x", "x:latest" and "docker.io/library/x:latest" are the same. */
function canonical(name: string): string {
  const reference = parseReference(name)
  return reference === undefined ? name : formatReference(qualified(reference))
}
