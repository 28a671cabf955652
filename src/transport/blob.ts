/** One planned layer → one blob file, packed, under its digest. */
import { createHash } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Digest, digestFromHex, hexOf } from '../base/digest.ts'
import type { Watch } from '../base/event.ts'
import { outputOf } from '../base/pump.ts'
import { compress } from '../format/compression.ts'
import { mediaTypes } from '../format/oci.ts'
import type { Descriptor, LayerPlan } from '../layer/layer.ts'
import { streamLayers } from '../layer/stream.ts'
import type { Store } from '../store/store.ts'

/** How a layer is packed. */
export type BlobCompressor = 'none' | 'gz' | 'zstd'

const forms = {
  none: { compression: 'none', mediaType: mediaTypes.layer },
  gz: { compression: 'gzip', mediaType: mediaTypes.layerGzip },
  zstd: { compression: 'zstd', mediaType: mediaTypes.layerZstd },
} as const

/** Writes a layer below `folder`; what is not packed and already there is not made again. */
export async function writeBlob(
  layer: LayerPlan,
  folder: string,
  { store, watch, compressor }: { readonly store: Store; readonly watch: Watch; readonly compressor: BlobCompressor },
): Promise<{ readonly diffId: Digest; readonly descriptor: Descriptor }> {
  const { compression, mediaType } = forms[compressor]
  const { remembered, size } = layer
  if (compressor === 'none' && remembered !== undefined && sizeOf(join(folder, hexOf(remembered))) === size)
    return { diffId: remembered, descriptor: { mediaType, digest: remembered, size } }
  const temporary = mkdtempSync(join(folder, '.making-'))
  try {
    const file = join(temporary, 'blob')
    const source = layerBytes(layer, { store, watch })
    const written = await writeHashed(compress(compression, source.bytes), file)
    renameSync(file, join(folder, hexOf(written.digest)))
    return { diffId: source.diffId(), descriptor: { mediaType, ...written } }
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

/** A layer's bytes, and its diff ID once they were read. */
function layerBytes(
  layer: LayerPlan,
  { store, watch }: { readonly store: Store; readonly watch: Watch },
): { readonly bytes: AsyncIterable<Uint8Array>; readonly diffId: () => Digest } {
  let found: Digest | undefined
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const part of streamLayers([layer], store, { watch })) {
      if (part.kind === 'bytes') yield part.bytes
      if (part.kind === 'end') found = part.diffId
    }
  }
  return {
    bytes: bytes(),
    diffId: () => {
      if (found === undefined) throw new Error('unreachable: the layer was not read to its end')
      return found
    },
  }
}

async function writeHashed(
  bytes: AsyncIterable<Uint8Array>,
  file: string,
): Promise<{ readonly digest: Digest; readonly size: number }> {
  const hash = createHash('sha256')
  const descriptor = openSync(file, 'wx')
  let size = 0
  try {
    using output = outputOf(descriptor)
    for await (const chunk of bytes) {
      hash.update(chunk)
      size += chunk.length
      await output.write(chunk)
    }
  } finally {
    closeSync(descriptor)
  }
  const digest = digestFromHex(hash.digest('hex'))
  if (digest === undefined) throw new Error('unreachable: a SHA-256 is 64 hex digits')
  return { digest, size }
}

function sizeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.size
}
