/** Planned images → a content target: each layer is packed and put while others are packed, then config and manifest. */
import { contentOf } from '../base/bytes.ts'
import type { Digest } from '../base/digest.ts'
import { digestOf } from '../base/digest.ts'
import { limit } from '../base/limit.ts'
import { mediaTypes } from '../format/oci.ts'
import type { ImagePlan } from '../image/image.ts'
import { type Settled, settle } from '../image/settle.ts'
import { hashLayers } from '../layer/bytes/stream.ts'
import type { Descriptor, LayerPlan } from '../layer/layer.ts'
import { type PackedLayer, type PackOptions, packLayer } from './blob.ts'
import type { ContentTarget } from './content.ts'

/** Layers packed at once: one waits for the disk or the network while the other is compressed. */
const concurrency = 2

/** Puts an image into a target and gives its documents; what the target has is not put again. */
export async function putImage(plan: ImagePlan, target: ContentTarget, options: PackOptions): Promise<Settled> {
  const packed = await putLayers(plan.layers, target, options)
  const layers = plan.layers.map((layer) => packed.get(layer.name) ?? unpacked(layer))
  const settled = settle(
    plan,
    layers.map(({ diffId }) => diffId),
    layers.map(({ descriptor }) => descriptor),
  )
  await putDocument(settled.manifest.value.config, settled.config.bytes, target)
  await putDocument(manifestDescriptor(settled), settled.manifest.bytes, target)
  return settled
}

/** Puts a document that was made for a target. */
export async function putDocument(descriptor: Descriptor, bytes: Uint8Array, target: ContentTarget): Promise<void> {
  if (!(await target.has(descriptor))) await target.put(descriptor, contentOf(bytes))
}

/** What a manifest is listed as. */
export function manifestDescriptor({ manifest }: Settled): Descriptor {
  return descriptorOf(mediaTypes.manifest, manifest.bytes)
}

/** What a document is listed as. */
export function descriptorOf(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length }
}

async function putLayers(
  layers: readonly LayerPlan[],
  target: ContentTarget,
  options: PackOptions,
): Promise<ReadonlyMap<Digest, PackedLayer>> {
  const { compressor, store, watch } = options
  // Hashed together, a second thread helps.
  const known = compressor.name === 'none' ? await hashLayers(layers, store, watch) : undefined
  const unique = [...new Map(layers.map((layer) => [layer.name, layer])).values()]
  const put = async (layer: LayerPlan): Promise<readonly [Digest, PackedLayer]> => {
    const remembered = known?.get(layer.name)
    const packed = await packLayer(remembered === undefined ? layer : { ...layer, remembered }, options)
    if (!(await target.has(packed.descriptor))) await target.put(packed.descriptor, packed.content)
    return [layer.name, packed]
  }
  return new Map(await limit(unique, put, { concurrency, signal: watch.signal }))
}

function unpacked(layer: LayerPlan): never {
  throw new Error(`unreachable: the layer ${layer.name} was packed`)
}
