/**
 * Writes a docker-archive (`docker load`, `podman load`, `skopeo copy docker-archive:…`) in one pass.
 *
 * Each layer goes out under its recipe's digest and is hashed on the way; the configs and `manifest.json`, which need the diff IDs, come
 * last. Every size follows from the plans, so the whole size is known before the first byte. Outer headers are those of nixpkgs' archives:
 * mode 0644, owner 0:0 without names, mtime 1, the end filled up to 10,240 bytes. Several images may stand in one archive; a layer that
 * is listed twice is there once.
 */
import type { Digest } from '../base/digest.ts'
import type { Watch } from '../base/event.ts'
import { pump } from '../base/pump.ts'
import { type Compressor, compressors } from '../format/compression/compressors.ts'
import { headerBytes, headerSize } from '../format/tar/encode.ts'
import { type MemberHeader, paddingOf } from '../format/tar/member.ts'
import { endSize } from '../format/tar/write.ts'
import type { ImagePlan } from '../image/image.ts'
import {
  configMember,
  layerMember,
  type Settled,
  settle,
  settleArchiveIndex,
  settleRepositories,
} from '../image/settle.ts'
import { type LayerStore, streamLayers } from '../layer/bytes/stream.ts'
import type { LayerPlan } from '../layer/layer.ts'
import type { Store } from '../store/store.ts'
import { plain } from '../tree/entry.ts'

/** Dependencies of writing an archive. */
export interface ArchiveOptions {
  readonly store: LayerStore & Pieces
  readonly watch: Watch
  readonly compressor: Compressor
  /** Adds the older index of names, `repositories`. Default false. */
  readonly repositories?: boolean
  /** Names of layers that are listed but left out, for a reader that has them; their diff IDs must be remembered. Default: none. */
  readonly without?: ReadonlySet<Digest>
}

/** One image, or several images for one archive. */
export type Plans = ImagePlan | readonly ImagePlan[]

/** Output of an archive: an open descriptor. Default compressor: none. */
export interface WriteOptions extends Omit<ArchiveOptions, 'compressor'> {
  readonly output: number
  readonly compressor?: Compressor
}

/** Result of sending an archive. `sent`: its size, in bytes. */
export interface Sent {
  /** ID of the image, the digest of its config; of several images, the first one's. */
  readonly id: Digest
  readonly sent: number
}

/** Yields the bytes of an archive, compressed; each chunk is valid until the next is requested. @throws BuildError content.changed, stream.mismatch */
export function archiveBytes(plans: Plans, { compressor, ...options }: ArchiveOptions): AsyncIterable<Uint8Array> {
  return packed(plainArchive(listOf(plans), options), compressor, options.store)
}

/**
 * Writes the archive to a descriptor, which stays open.
 *
 * @throws BuildError stream.closed, stream.unwritable, content.changed, stream.mismatch
 */
export async function writeDockerArchive(
  plans: Plans,
  { output, compressor = compressors.none, ...options }: WriteOptions,
): Promise<Sent> {
  let id: Digest | undefined
  async function* archive(): AsyncGenerator<Uint8Array> {
    id = yield* plainArchive(listOf(plans), options)
  }
  const sent = await pump(packed(archive(), compressor, options.store), output)
  if (id === undefined) throw new Error('unreachable: the archive was not read to its end')
  return { id, sent }
}

type Pieces = Partial<Pick<Store, 'pieces'>>

/** Compressors take a while to load. */
function packed(bytes: AsyncIterable<Uint8Array>, compressor: Compressor, store: Pieces): AsyncIterable<Uint8Array> {
  return compressor.name === 'none' ? bytes : compressed(bytes, compressor, store)
}

async function* compressed(
  bytes: AsyncIterable<Uint8Array>,
  compressor: Compressor,
  { pieces }: Pieces,
): AsyncGenerator<Uint8Array> {
  const { compress } = await import('../format/compression.ts')
  yield* compress(compressor, bytes, pieces)
}

/** Returns the size of an archive before compression, in bytes. */
export function archiveSize(plans: Plans, options: Pick<ArchiveOptions, 'repositories' | 'without'> = {}): number {
  const total = sizeWithoutEnd(listOf(plans), options)
  return total + endSize(total, 'record')
}

function listOf(plans: Plans): readonly ImagePlan[] {
  return 'layers' in plans ? [plans] : plans
}

/** Yields the bytes of an archive in order; returns the first image's ID. */
async function* plainArchive(
  plans: readonly ImagePlan[],
  { store, repositories = false, without = none, ...options }: Omit<ArchiveOptions, 'compressor'>,
): AsyncGenerator<Uint8Array, Digest> {
  const diffIds = new Map<Digest, Digest>()
  for await (const part of streamLayers(sentLayers(plans, without), store, { ...options, chunks: 'lent' })) {
    if (part.kind === 'bytes') yield part.bytes
    else if (part.kind === 'begin') yield headerBytes(member(layerMember(part.plan), part.plan.size))
    else if (part.kind === 'diff-id') diffIds.set(part.plan.name, part.diffId)
    else {
      const padding = paddingOf(part.plan.size)
      if (padding > 0) yield new Uint8Array(padding)
    }
  }
  const settled = plans.map((plan) =>
    settle(
      plan,
      plan.layers.map((layer) => diffIds.get(layer.name) ?? layer.remembered ?? missing(layer)),
    ),
  )
  const documents = documentsOf(plans, { settled, repositories }).flatMap(([name, bytes]) => document(name, bytes))
  yield Buffer.concat([
    ...documents,
    new Uint8Array(endSize(sizeWithoutEnd(plans, { repositories, without }), 'record')),
  ])
  const [first] = settled
  if (first === undefined) throw new Error('unreachable: an archive of no image')
  return first.id
}

/** Members after the layers: configs (equal ones once), then the indexes. */
function documentsOf(
  plans: readonly ImagePlan[],
  { settled, repositories }: { readonly settled: readonly Settled[]; readonly repositories: boolean },
): readonly (readonly [name: string, bytes: Uint8Array])[] {
  const configs = new Map(settled.map(({ id, config }) => [configMember(id), config.bytes]))
  const ids = settled.map(({ id }) => id)
  return [
    ...configs,
    ['manifest.json', settleArchiveIndex(plans, ids)],
    ...(repositories ? [['repositories', settleRepositories(plans)] as const] : []),
  ]
}

/** Diff IDs all have one length, so any will do; they must differ where the real configs do. */
function sizeWithoutEnd(
  plans: readonly ImagePlan[],
  { repositories = false, without = none }: Pick<ArchiveOptions, 'repositories' | 'without'>,
): number {
  const layers = sentLayers(plans, without).map((layer) => memberSize(layerMember(layer), layer.size))
  const settled = plans.map((plan) => settle(plan, plan.layers.map(standInDiffId)))
  const documents = documentsOf(plans, { settled, repositories }).map(([name, bytes]) => memberSize(name, bytes.length))
  return [...layers, ...documents].reduce((sum, size) => sum + size, 0)
}

/** Layers of one diff ID have one name here: `mergePlans` sees to it where images of several origins meet. */
function standInDiffId({ name, remembered }: LayerPlan): Digest {
  return remembered ?? name
}

const none: ReadonlySet<Digest> = new Set()

/** Returns the layers that become members, each once. */
function sentLayers(plans: readonly ImagePlan[], without: ReadonlySet<Digest>): readonly LayerPlan[] {
  const unique = new Map(plans.flatMap((plan) => plan.layers).map((layer) => [layer.name, layer]))
  return [...unique.values()].filter(({ name }) => !without.has(name))
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
