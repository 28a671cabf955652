/** Images in a registry of ours, made by hand: of one platform, and indexes of several. */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { type Digest, digestOf } from '../../src/base/digest.ts'
import { mediaTypes } from '../../src/format/media-types.ts'
import { writeTar } from '../../src/format/tar/write.ts'
import type { Platform } from '../../src/image/platform.ts'
import { file, memoryTree } from '../../src/tree/memory.ts'
import { type FakeRegistry, stock } from './fake-registry.ts'

/** How the layers of an image are stored. */
export type Packing = 'gz' | 'zstd' | 'none'

/** An image to be stocked. */
export interface StockedSpec {
  readonly repository: string
  readonly tag?: string
  readonly platform?: Platform
  /** One layer for each text, with the file `text`. */
  readonly texts: readonly string[]
  readonly packing?: Packing
  readonly form?: 'oci' | 'docker'
  readonly config?: Readonly<Record<string, unknown>>
}

/** What was stocked. */
export interface Stocked {
  readonly digest: Digest
  readonly size: number
  readonly mediaType: string
  readonly platform: Platform
  /** Digests of the layers as they are stored. */
  readonly blobs: readonly Digest[]
  readonly config: Buffer
}

/** A layer with one file. */
export function layerTar(text: string, name: string = 'text'): Buffer {
  return Buffer.concat([
    ...writeTar(memoryTree({ [name]: file(text) }).entries(), { names: 'relative', end: 'record' }),
  ])
}

/** Puts an image into a registry. */
export function stockImage(registry: FakeRegistry, spec: StockedSpec): Stocked {
  const {
    repository,
    tag,
    texts,
    packing = 'gz',
    form = 'oci',
    platform = { os: 'linux', architecture: 'amd64' },
  } = spec
  const tars = texts.map((text) => layerTar(text))
  const blobs = tars.map((tar) => (packing === 'gz' ? gzipSync(tar) : packing === 'zstd' ? zstdCompressSync(tar) : tar))
  const { os, architecture, variant } = platform
  const config = Buffer.from(
    JSON.stringify({
      ...{ architecture, os, ...(variant === undefined ? {} : { variant }) },
      config: { Env: ['PATH=/bin'], Cmd: ['/bin/sh'], ...spec.config },
      rootfs: { type: 'layers', diff_ids: tars.map(digestOf) },
      history: texts.map((text) => ({ created_by: text })),
    }),
  )
  const oci = { gz: mediaTypes.layerGzip, zstd: mediaTypes.layerZstd, none: mediaTypes.layer }
  const docker = { gz: mediaTypes.dockerLayerGzip, zstd: mediaTypes.layerZstd, none: mediaTypes.dockerLayer }
  const mediaType = form === 'oci' ? mediaTypes.manifest : mediaTypes.dockerManifest
  const bytes = Buffer.from(
    JSON.stringify({
      ...{ schemaVersion: 2, mediaType },
      config: listed(form === 'oci' ? mediaTypes.config : mediaTypes.dockerConfig, config),
      layers: blobs.map((blob) => listed((form === 'oci' ? oci : docker)[packing], blob)),
    }),
  )
  const digest = stock(registry, repository, {
    ...{ mediaType, bytes, children: [config, ...blobs] },
    ...(tag === undefined ? {} : { tag }),
  })
  return { digest, size: bytes.length, mediaType, platform, blobs: blobs.map(digestOf), config }
}

/** Puts an index of images into a registry. */
export function stockIndex(
  registry: FakeRegistry,
  images: readonly Stocked[],
  { repository, tag }: { readonly repository: string; readonly tag?: string },
): Digest {
  const manifests = images.map(({ digest, size, mediaType, platform }) => ({ mediaType, digest, size, platform }))
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }))
  return stock(registry, repository, { mediaType: mediaTypes.index, bytes, ...(tag === undefined ? {} : { tag }) })
}

function listed(mediaType: string, bytes: Buffer): object {
  return { mediaType, digest: digestOf(bytes), size: bytes.length }
}
