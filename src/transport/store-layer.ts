/**
 * Layers of an image that was found → the store: uncompressed, as layer files named by their diff IDs, so all images share them.
 *
 * What the store has is not read again. Where a base is read for building upon, each compressed layer is kept as it came, too.
 */
import { createHash } from 'node:crypto'
import type { Bytes } from '../base/bytes.ts'
import type { Digest } from '../base/digest.ts'
import { BuildError, fail } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import { detect, magicLength } from '../format/compression.ts'
import { layerFile } from '../image/base.ts'
import type { BlobWriter, Store } from '../store/store.ts'
import type { StorePath } from '../store/store-path.ts'
import type { FoundLayer } from './found-image.ts'

/** Dependencies of storing layers. */
export interface StoreLayerOptions {
  readonly store: Store
  readonly watch: Watch
  /** Whether compressed layers are kept as well as their uncompressed files. Default: false. */
  readonly keepPacked?: boolean
  /** Lifts the guard against small archives that expand to very large ones. Bytes. */
  readonly maxUnpackedBytes?: number
}

/** Adds a layer to the store unless it exists; returns its uncompressed size, in bytes. @throws BuildError archive.*, compression.* */
export async function storeLayer(
  layer: FoundLayer,
  { diffId, place }: { readonly diffId: Digest; readonly place: string },
  options: StoreLayerOptions,
): Promise<number> {
  const { store, keepPacked = false } = options
  const path = layerFile(diffId)
  const { blob = diffId } = layer
  const isHere = store.info(path) !== undefined
  const kept = store.blobs.get(blob)
  const isWanted = keepPacked && blob !== diffId && kept === undefined
  if (isHere && !isWanted) return store.packedSize(path, 'layer')
  using writer = isWanted ? store.blobs.create() : undefined
  const bytes = followed({ ...layer, content: kept ?? layer.content }, { place, writer, watch: options.watch })
  if (isHere) for await (const _ of bytes);
  else await addLayer(path, bytes, { layer, diffId, place, ...options })
  await writer?.commit([path])
  return store.packedSize(path, 'layer')
}

interface Adding extends StoreLayerOptions {
  readonly layer: FoundLayer
  readonly diffId: Digest
  readonly place: string
}

async function addLayer(path: StorePath, packed: AsyncIterable<Uint8Array>, adding: Adding): Promise<void> {
  const { layer, diffId, place, store, maxUnpackedBytes } = adding
  const { size } = layer.content
  const { first, bytes } = await peeked(packed)
  const kind = detect(first)
  const limit = { packedSize: size, ...(maxUnpackedBytes === undefined ? {} : { maxBytes: maxUnpackedBytes }) }
  try {
    if (kind === 'none') await store.addFile(path, bytes, { size, fixed: diffId, candidates: [] })
    else await store.addPacked(path, { kind, bytes, size, name: `${place}: ${layer.name}`, limit }, { fixed: diffId })
  } catch (cause) {
    if (!(cause instanceof BuildError) || cause.code !== 'store.hash-mismatch') throw cause
    fail(
      'archive.invalid',
      `${place}: the layer "${layer.name}" does not have the diff ID that the config states, ${diffId}.`,
      {
        remedy: 'Download or create the archive again.',
        cause,
        detail: { place, member: layer.name, expected: diffId },
      },
    )
  }
}

interface Following {
  readonly place: string
  readonly watch: Watch
  readonly writer: BlobWriter | undefined
}

/** Reads the bytes of a layer as they are stored, and checks them against the digest in their name. */
async function* followed(
  { name, blob, content, isVerified = false }: FoundLayer,
  { place, watch, writer }: Following,
): AsyncGenerator<Uint8Array> {
  const hash = blob === undefined || isVerified ? undefined : createHash('sha256')
  let done = 0
  for await (const chunk of content.open()) {
    watch.signal.throwIfAborted()
    hash?.update(chunk)
    writer?.write(chunk)
    done += chunk.length
    watch.report({ at: 'layer', subject: name, done, total: content.size })
    yield chunk
  }
  const found = hash?.digest('hex')
  if (found === undefined || blob === `sha256:${found}`) return
  fail('archive.invalid', `${place}: "${name}" has the digest sha256:${found}.`, {
    remedy: 'Download or create the archive again: its name states another digest.',
    detail: { place, member: name },
  })
}

/** Peeks at the first bytes; the first chunk may be short. */
async function peeked(
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ readonly first: Uint8Array; readonly bytes: Bytes }> {
  const iterator = bytes[Symbol.asyncIterator]()
  const held: Uint8Array[] = []
  for (let size = 0; size < magicLength; ) {
    const next = await iterator.next()
    if (next.done === true) break
    held.push(next.value)
    size += next.value.length
  }
  async function* again(): AsyncGenerator<Uint8Array> {
    try {
      yield* held
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.()
    }
  }
  return { first: Buffer.concat(held).subarray(0, magicLength), bytes: again() }
}
