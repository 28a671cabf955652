/** One planned layer → one blob file, packed, under its digest. */
import { createHash } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Digest, digestFromHex, hexOf } from '../base/digest.ts'
import type { Watch } from '../base/event.ts'
import { flush, pump } from '../base/pump.ts'
import { type Compressor, layerMediaType } from '../format/compression/compressors.ts'
import { compress } from '../format/compression.ts'
import { streamLayers } from '../layer/bytes/stream.ts'
import type { Descriptor, LayerPlan } from '../layer/layer.ts'
import type { Store } from '../store/store.ts'

/** Writes a layer below `folder`; what is not packed and already there is not made again. */
export async function writeBlob(
  layer: LayerPlan,
  folder: string,
  { store, watch, compressor }: { readonly store: Store; readonly watch: Watch; readonly compressor: Compressor },
): Promise<{ readonly diffId: Digest; readonly descriptor: Descriptor }> {
  const mediaType = layerMediaType(compressor)
  const isPlain = compressor.name === 'none'
  const { remembered, size } = layer
  if (isPlain && remembered !== undefined && sizeOf(join(folder, hexOf(remembered))) === size)
    return { diffId: remembered, descriptor: { mediaType, digest: remembered, size } }
  const temporary = mkdtempSync(join(folder, '.making-'))
  try {
    const file = join(temporary, 'blob')
    const plain = layerBytes(layer, { store, watch, chunks: isPlain ? 'lent' : 'owned' })
    // What is not packed has the layer's own digest: nothing is hashed twice.
    const blob = isPlain ? plain : hashed(compress(compressor, plain.bytes))
    const size = await writeSynced(blob.bytes, file)
    const digest = blob.digest()
    renameSync(file, join(folder, hexOf(digest)))
    return { diffId: plain.digest(), descriptor: { mediaType, digest, size } }
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
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

function hashed(chunks: AsyncIterable<Uint8Array>): Digested {
  const hash = createHash('sha256')
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk)
      yield chunk
    }
  }
  return { bytes: bytes(), digest: () => digestFromHex(hash.digest('hex')) ?? unread() }
}

function unread(): never {
  throw new Error('unreachable: the bytes were not read to their end')
}

/** Gives the size in bytes. */
async function writeSynced(bytes: AsyncIterable<Uint8Array>, file: string): Promise<number> {
  const descriptor = openSync(file, 'wx')
  try {
    const size = await pump(bytes, descriptor)
    await flush(descriptor)
    return size
  } finally {
    closeSync(descriptor)
  }
}

function sizeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.size
}
