/**
 * Writes a docker-archive (`docker load`, `podman load`, `skopeo copy docker-archive:…`) in one pass.
 *
 * Each layer goes out under its recipe's digest and is hashed on the way; the config and `manifest.json`, which need the diff IDs, come
 * last. Every size follows from the plan, so the whole size is known before the first byte. Outer headers are those of nixpkgs' archives:
 * mode 0644, owner 0:0 without names, mtime 1, the end filled up to 10,240 bytes. A layer that an image lists twice is there once.
 */
import { createHash } from 'node:crypto'
import type { Digest } from '../base/digest.ts'
import type { Watch } from '../base/event.ts'
import { compress } from '../format/compression.ts'
import { headerBytes, headerSize } from '../format/tar/encode.ts'
import { type MemberHeader, paddingOf } from '../format/tar/member.ts'
import { endSize, readPieces } from '../format/tar/write.ts'
import { configSize } from '../image/config.ts'
import type { ImagePlan } from '../image/image.ts'
import { configMember, layerMember, settle, settleArchiveIndex } from '../image/settle.ts'
import type { LayerPlan } from '../layer/layer.ts'
import { layerPieces } from '../layer/layer-tree.ts'
import type { Store } from '../store/store.ts'
import { plain } from '../tree/entry.ts'

/** What an archive is made with. */
export interface ArchiveOptions {
  readonly store: Store
  readonly watch: Watch
  readonly compressor: 'none' | 'gz' | 'zstd'
}

/** The archive's bytes, packed. @throws BuildError content.changed */
export function archiveBytes(plan: ImagePlan, { store, watch, compressor }: ArchiveOptions): AsyncIterable<Uint8Array> {
  const kinds = { none: 'none', gz: 'gzip', zstd: 'zstd' } as const
  return compress(kinds[compressor], plainBytes(plan, store, watch))
}

/** The size in bytes of the archive before it is packed. */
export function archiveSize(plan: ImagePlan): number {
  const layers = uniqueLayers(plan).map((layer) => memberSize(layerMember(layer), layer.size))
  const total = layers.reduce((sum, size) => sum + size, 0) + documentSize(plan)
  return total + endSize(total, 'record')
}

/** What stands in an archive before its documents: headers and padding as bytes, layers still as plans, each once. */
export function* archiveSections(plan: ImagePlan): Generator<Uint8Array | LayerPlan> {
  for (const layer of uniqueLayers(plan)) {
    yield headerBytes(member(layerMember(layer), layer.size))
    yield layer
    const padding = paddingOf(layer.size)
    if (padding > 0) yield new Uint8Array(padding)
  }
}

/** What stands in an archive behind the layers: config, index and end. */
export function archiveDocuments(plan: ImagePlan, diffIds: ReadonlyMap<Digest, Digest>): Uint8Array {
  const { config, id } = settle(
    plan,
    plan.layers.map((layer) => diffIds.get(layer.name) ?? missing(layer)),
  )
  const documents = [
    document(configMember(id), config.bytes),
    document('manifest.json', settleArchiveIndex(plan, id)),
  ].flat()
  const before = uniqueLayers(plan).reduce((sum, layer) => sum + memberSize(layerMember(layer), layer.size), 0)
  const total = before + documents.reduce((sum, bytes) => sum + bytes.length, 0)
  return Buffer.concat([...documents, new Uint8Array(endSize(total, 'record'))])
}

async function* plainBytes(plan: ImagePlan, store: Store, watch: Watch): AsyncGenerator<Uint8Array> {
  const diffIds = new Map<Digest, Digest>()
  for (const section of archiveSections(plan)) {
    watch.signal.throwIfAborted()
    if (section instanceof Uint8Array) yield section
    else diffIds.set(section.name, yield* layerBytes(section, store))
  }
  yield archiveDocuments(plan, diffIds)
}

function* layerBytes(layer: LayerPlan, store: Store): Generator<Uint8Array, Digest> {
  const hash = layer.remembered === undefined ? createHash('sha256') : undefined
  for (const chunk of readPieces(layerPieces(store, layer.recipe))) {
    hash?.update(chunk)
    yield chunk
  }
  if (hash === undefined) return layer.remembered ?? missing(layer)
  const diffId: Digest = `sha256:${hash.digest('hex')}`
  store.memory.rememberLayer(layer.name, { diffId, size: layer.size })
  return diffId
}

function uniqueLayers(plan: ImagePlan): readonly LayerPlan[] {
  return [...new Map(plan.layers.map((layer) => [layer.name, layer])).values()]
}

function documentSize(plan: ImagePlan): number {
  const anyId: Digest = `sha256:${'0'.repeat(64)}`
  return (
    memberSize(configMember(anyId), configSize(plan)) +
    memberSize('manifest.json', settleArchiveIndex(plan, anyId).length)
  )
}

function document(name: string, bytes: Uint8Array): readonly Uint8Array[] {
  return [headerBytes(member(name, bytes.length)), bytes, new Uint8Array(paddingOf(bytes.length))]
}

function memberSize(name: string, size: number): number {
  return headerSize(member(name, size)) + size + paddingOf(size)
}

const metadata = plain(0o644, { uname: '', gname: '' })

function member(name: string, size: number): MemberHeader {
  return { type: 'file', name, link: '', size, metadata, major: 0, minor: 0 }
}

function missing(layer: LayerPlan): never {
  throw new Error(`unreachable: layer ${layer.name} has no diff ID`)
}
