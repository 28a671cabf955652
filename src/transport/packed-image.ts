/** Planned images → a content target: each layer is packed and put while others are packed, then config and manifest. */
import { contentOf } from '../base/bytes.ts'
import type { Digest } from '../base/digest.ts'
import { digestOf } from '../base/digest.ts'
import { limit, openRoom, together } from '../base/limit.ts'
import { mediaTypes } from '../format/oci.ts'
import type { ImagePlan } from '../image/image.ts'
import { type Settled, settle } from '../image/settle.ts'
import { hashLayers } from '../layer/bytes/stream.ts'
import type { Descriptor, LayerPlan } from '../layer/layer.ts'
import { knownBlob, type LayerBlob, type PackOptions, packLayer } from './blob.ts'
import type { ContentTarget } from './content.ts'

/** Layers in work at once: some are compressed, others wait for the disk or the network. */
const concurrency = 6
/** Layers that are compressed at once: so few have no more than one piece in work that all cores are busy. */
const packedAtOnce = 3
/** Layers that are asked for at once. */
const questions = 8

/** Writes an image to a target and returns its documents; layers that the target has are neither compressed nor written. */
export async function putImage(plan: ImagePlan, target: ContentTarget, options: PackOptions): Promise<Settled> {
  const known = plan.layers.map((layer) => knownBlob(layer, options))
  const foreseen = known.every((blob) => blob !== undefined) ? settled(plan, known) : undefined
  // Where the manifest is, everything is that it lists.
  if (foreseen !== undefined && (await target.has(manifestDescriptor(foreseen)))) return foreseen
  const blobs = await putLayers(plan.layers, target, options)
  const image = settled(
    plan,
    plan.layers.map((layer) => blobs.get(layer.name) ?? unpacked(layer)),
  )
  await putDocument(image.manifest.value.config, image.config.bytes, target)
  await putDocument(manifestDescriptor(image), image.manifest.bytes, target)
  return image
}

function settled(plan: ImagePlan, layers: readonly LayerBlob[]): Settled {
  return settle(
    plan,
    layers.map(({ diffId }) => diffId),
    layers.map(({ descriptor }) => descriptor),
  )
}

/** Writes a document to a target. */
export async function putDocument(descriptor: Descriptor, bytes: Uint8Array, target: ContentTarget): Promise<void> {
  if (!(await target.has(descriptor))) await target.put(descriptor, contentOf(bytes))
}

/** Returns the descriptor of a manifest. */
export function manifestDescriptor({ manifest }: Settled): Descriptor {
  return descriptorOf(mediaTypes.manifest, manifest.bytes)
}

/** Returns the descriptor of a document. */
export function descriptorOf(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length }
}

async function putLayers(
  layers: readonly LayerPlan[],
  target: ContentTarget,
  options: PackOptions,
): Promise<ReadonlyMap<Digest, LayerBlob>> {
  const { compressor, store, watch } = options
  // Hashed together, a second thread helps.
  const hashed = compressor.name === 'none' ? await hashLayers(layers, store, watch) : undefined
  const unique = [...new Map(layers.map((layer) => [layer.name, layer])).values()].map((layer) => {
    const remembered = hashed?.get(layer.name)
    return remembered === undefined ? layer : { ...layer, remembered }
  })
  const there = await blobsThere(unique, target, options)
  // The largest first, so that none is sent alone at the end.
  const missing = unique.filter(({ name }) => !there.has(name)).sort((a, b) => b.size - a.size)
  const packing = openRoom(packedAtOnce)
  const put = async (layer: LayerPlan, signal: AbortSignal): Promise<readonly [Digest, LayerBlob]> => {
    const asked = knownBlob(layer, options)?.descriptor.digest
    const packed = await packLayer(layer, { ...options, packing, watch: { ...watch, signal } })
    const { descriptor, content } = packed
    if (descriptor.digest === asked || !(await target.has(descriptor))) await target.put(descriptor, content)
    return [layer.name, packed]
  }
  return new Map([...there, ...(await together(missing, put, { concurrency, signal: watch.signal }))])
}

/** Returns the layers that a target has, if their compressed form is known. */
async function blobsThere(
  layers: readonly LayerPlan[],
  target: ContentTarget,
  options: PackOptions,
): Promise<ReadonlyMap<Digest, LayerBlob>> {
  const ask = async (layer: LayerPlan): Promise<readonly (readonly [Digest, LayerBlob])[]> => {
    const blob = knownBlob(layer, options)
    return blob !== undefined && (await target.has(blob.descriptor)) ? [[layer.name, blob]] : []
  }
  const found = await limit(layers, ask, { concurrency: questions, signal: options.watch.signal })
  return new Map(found.flat())
}

function unpacked(layer: LayerPlan): never {
  throw new Error(`unreachable: the layer ${layer.name} was packed`)
}
