/**
 * One planned layer → one blob: what it is stored as, and its bytes.
 *
 * Compressing is the costly part, so a compressed layer is kept in the store and remembered by recipe and compressor. A plain one is
 * read from the store's objects whenever its bytes are wanted.
 */
import { setImmediate as turn } from 'node:timers/promises'
import type { Content } from '../base/bytes.ts'
import { type Digest, isDigest } from '../base/digest.ts'
import { isPlainObject } from '../base/document.ts'
import { BuildError } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import type { Room } from '../base/limit.ts'
import { type Compressor, encoderName, layerMediaType } from '../format/compression/compressors.ts'
import { compress } from '../format/compression.ts'
import { mediaTypes, ociLayerType } from '../format/media-types.ts'
import { hashLayers, streamLayers } from '../layer/bytes/stream.ts'
import type { Descriptor, LayerPlan } from '../layer/layer.ts'
import type { Store } from '../store/store.ts'
import { verified } from './content.ts'

/** What packing works with. */
export interface PackOptions {
  readonly store: Store
  readonly watch: Watch
  readonly compressor: Compressor
  /** Whether the layers of a base stay compressed as they came. Default: false. */
  readonly keepBase?: boolean
  /** Limits how many layers are compressed at once: each takes 1. Default: no limit. */
  readonly packing?: Room
}

/** A layer that is ready to be stored. */
export interface PackedLayer {
  readonly diffId: Digest
  readonly descriptor: Descriptor
  readonly content: Content
}

/** What a layer is stored as, and its diff ID. */
export type LayerBlob = Omit<PackedLayer, 'content'>

/** What packing a layer gives, where that is known before: from an earlier time, or from the base that the layer is of. */
export function knownBlob(layer: LayerPlan, { store, compressor, keepBase }: PackOptions): LayerBlob | undefined {
  const { packed, remembered: diffId, size } = layer
  if (keepBase === true && packed !== undefined && diffId !== undefined)
    return { diffId, descriptor: { ...packed, mediaType: ociLayerType(packed.mediaType) } }
  const mediaType = layerMediaType(compressor)
  if (compressor.name === 'none')
    return diffId === undefined ? undefined : { diffId, descriptor: { mediaType, digest: diffId, size } }
  const known = parsePacked(store.memory.fact(factKind, factKey(layer, compressor)))
  if (known === undefined || (diffId ?? known.diffId) !== known.diffId) return undefined
  return { diffId: known.diffId, descriptor: { mediaType, digest: known.digest, size: known.size } }
}

/** Packs a layer, unless the store has its blob already, undamaged. @throws BuildError stream.mismatch, content.changed, store.disk-full */
export async function packLayer(layer: LayerPlan, options: PackOptions): Promise<PackedLayer> {
  if (options.compressor.name === 'none' && !isBase(layer, options)) return plainLayer(layer, options)
  const known = knownBlob(layer, options)
  if (known !== undefined && known.descriptor.digest === known.diffId) return plainLayer(layer, options)
  const content = known === undefined ? undefined : await keptBlob(known.descriptor, options)
  if (known !== undefined && content !== undefined) return { ...known, content }
  return options.compressor.name === 'none' ? plainLayer(layer, options) : compressedLayer(layer, options)
}

/** Returns a blob of the store. What a disk or a program has damaged is as good as lost. */
async function keptBlob(descriptor: Descriptor, { store, watch }: PackOptions): Promise<Content | undefined> {
  const content = store.blobs.get(descriptor.digest)
  if (content === undefined) return undefined
  try {
    for await (const _ of verified(content, descriptor, 'blobs').open()) {
      await turn()
      watch.signal.throwIfAborted()
    }
    return content
  } catch (error) {
    watch.signal.throwIfAborted()
    if (error instanceof BuildError) return undefined
    throw error
  }
}

function isBase({ packed }: LayerPlan, { keepBase }: PackOptions): boolean {
  return keepBase === true && packed !== undefined
}

async function plainLayer(layer: LayerPlan, { store, watch }: PackOptions): Promise<PackedLayer> {
  const diffId = layer.remembered ?? (await hashLayers([layer], store, watch)).get(layer.name) ?? unread()
  const { size } = layer
  const open = (): AsyncIterable<Uint8Array> => layerBytes(layer, { store, watch, chunks: 'owned' }).bytes
  return {
    diffId,
    descriptor: { mediaType: mediaTypes.layer, digest: diffId, size },
    content: { size, open },
  }
}

async function compressedLayer(layer: LayerPlan, options: PackOptions): Promise<PackedLayer> {
  const { store, watch, compressor, packing } = options
  using writer = store.blobs.create()
  const plain = layerBytes(layer, { store, watch, chunks: 'lent' })
  {
    using _place = await packing?.enter(1)
    for await (const chunk of compress(compressor, plain.bytes, store.pieces)) writer.write(chunk)
  }
  const { digest, size } = await writer.commit(layer.recipe.members.map(({ path }) => path))
  const diffId = plain.digest()
  store.memory.rememberFact(factKind, factKey(layer, compressor), JSON.stringify({ diffId, digest, size }))
  const content = store.blobs.get(digest)
  if (content === undefined) throw new Error(`unreachable: the blob ${digest} was just kept`)
  return { diffId, descriptor: { mediaType: layerMediaType(compressor), digest, size }, content }
}

const factKind = 'packed-layer'

function factKey({ name }: LayerPlan, compressor: Compressor): string {
  return `${name} ${encoderName(compressor)}`
}

interface Packed {
  readonly diffId: Digest
  readonly digest: Digest
  readonly size: number
}

function parsePacked(text: string | undefined): Packed | undefined {
  const value: unknown = text === undefined ? undefined : JSON.parse(text)
  if (!isPlainObject(value)) return undefined
  const { diffId, digest, size } = value
  if (typeof diffId !== 'string' || typeof digest !== 'string' || typeof size !== 'number') return undefined
  return isDigest(diffId) && isDigest(digest) ? { diffId, digest, size } : undefined
}

/** Bytes, and their digest once they were read. */
interface Digested {
  readonly bytes: AsyncIterable<Uint8Array>
  digest(): Digest
}

function layerBytes(
  layer: LayerPlan,
  { store, ...options }: { readonly store: Store; readonly watch: Watch; readonly chunks: 'owned' | 'lent' },
): Digested {
  let found: Digest | undefined
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const part of streamLayers([layer], store, options)) {
      if (part.kind === 'bytes') yield part.bytes
      if (part.kind === 'diff-id') found = part.diffId
    }
  }
  return { bytes: bytes(), digest: () => found ?? unread() }
}

function unread(): never {
  throw new Error('unreachable: the bytes were not read to their end')
}
