/**
 * Writes a docker-archive (`docker load`, `podman load`, `skopeo copy docker-archive:…`) in one pass.
 *
 * Each layer goes out under its recipe's digest and is hashed on the way; the config and `manifest.json`, which need the diff IDs, come
 * last. Every size follows from the plan, so the whole size is known before the first byte. Outer headers are those of nixpkgs' archives:
 * mode 0644, owner 0:0 without names, mtime 1, the end filled up to 10,240 bytes. A layer that an image lists twice is there once.
 */
import type { Digest } from '../base/digest.ts'
import type { Watch } from '../base/event.ts'
import { pump } from '../base/pump.ts'
import { compress } from '../format/compression.ts'
import { headerBytes, headerSize } from '../format/tar/encode.ts'
import { type MemberHeader, paddingOf } from '../format/tar/member.ts'
import { endSize } from '../format/tar/write.ts'
import { configSize } from '../image/config.ts'
import type { ImagePlan } from '../image/image.ts'
import { configMember, layerMember, settle, settleArchiveIndex } from '../image/settle.ts'
import type { LayerPlan } from '../layer/layer.ts'
import { type LayerStore, streamLayers } from '../layer/stream.ts'
import { plain } from '../tree/entry.ts'

/** What an archive is made with. */
export interface ArchiveOptions {
  readonly store: LayerStore
  readonly watch: Watch
  readonly compressor: 'none' | 'gz' | 'zstd'
}

/** Where an archive is written to: an open descriptor. Not packed unless told. */
export interface WriteOptions extends Omit<ArchiveOptions, 'compressor'> {
  readonly output: number
  readonly compressor?: ArchiveOptions['compressor']
}

/** What was sent. `sent` is in bytes. */
export interface Sent {
  /** The image's ID: the digest of its config. */
  readonly id: Digest
  readonly sent: number
}

/** The archive's bytes, packed. @throws BuildError content.changed, stream.mismatch */
export function archiveBytes(plan: ImagePlan, { compressor, ...options }: ArchiveOptions): AsyncIterable<Uint8Array> {
  return compress(compressions[compressor], plainArchive(plan, { ...options, chunks: 'owned' }))
}

/**
 * Writes the archive to a descriptor, which stays open.
 *
 * @throws BuildError stream.closed, stream.unwritable, content.changed, stream.mismatch
 */
export async function writeDockerArchive(
  plan: ImagePlan,
  { output, compressor = 'none', ...options }: WriteOptions,
): Promise<Sent> {
  let id: Digest | undefined
  // A compressor works on chunks while the next are read; what is written at once can be lent.
  const chunks = compressor === 'none' ? 'lent' : 'owned'
  async function* archive(): AsyncGenerator<Uint8Array> {
    id = yield* plainArchive(plan, { ...options, chunks })
  }
  const sent = await pump(compress(compressions[compressor], archive()), output)
  if (id === undefined) throw new Error('unreachable: the archive was not read to its end')
  return { id, sent }
}

const compressions = { none: 'none', gz: 'gzip', zstd: 'zstd' } as const

/** The size in bytes of the archive before it is packed. */
export function archiveSize(plan: ImagePlan): number {
  const total = sizeWithoutEnd(plan)
  return total + endSize(total, 'record')
}

/** The archive's bytes in order; results in the image's ID. */
async function* plainArchive(
  plan: ImagePlan,
  { store, ...options }: Pick<ArchiveOptions, 'store' | 'watch'> & { readonly chunks: 'owned' | 'lent' },
): AsyncGenerator<Uint8Array, Digest> {
  const diffIds = new Map<Digest, Digest>()
  for await (const part of streamLayers(uniqueLayers(plan), store, options)) {
    if (part.kind === 'bytes') yield part.bytes
    else if (part.kind === 'begin') yield headerBytes(member(layerMember(part.plan), part.plan.size))
    else {
      diffIds.set(part.plan.name, part.diffId)
      const padding = paddingOf(part.plan.size)
      if (padding > 0) yield new Uint8Array(padding)
    }
  }
  const { config, id } = settle(
    plan,
    plan.layers.map((layer) => diffIds.get(layer.name) ?? missing(layer)),
  )
  const documents = [
    ...document(configMember(id), config.bytes),
    ...document('manifest.json', settleArchiveIndex(plan, id)),
  ]
  yield Buffer.concat([...documents, new Uint8Array(endSize(sizeWithoutEnd(plan), 'record'))])
  return id
}

function sizeWithoutEnd(plan: ImagePlan): number {
  const anyId: Digest = `sha256:${'0'.repeat(64)}`
  const layers = uniqueLayers(plan).map((layer) => memberSize(layerMember(layer), layer.size))
  return (
    layers.reduce((sum, size) => sum + size, 0) +
    memberSize(configMember(anyId), configSize(plan)) +
    memberSize('manifest.json', settleArchiveIndex(plan, anyId).length)
  )
}

function uniqueLayers(plan: ImagePlan): readonly LayerPlan[] {
  return [...new Map(plan.layers.map((layer) => [layer.name, layer])).values()]
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
