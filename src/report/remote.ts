/** An image in a registry explained: its platforms, and what pulling each of them would move. Plain data, for JSON and text. */

import type { Digest } from '../base/digest.ts'
import type { Document } from '../base/document.ts'
import { printable } from '../base/printable.ts'
import type { ImageConfig, Manifest } from '../image/image.ts'
import { formatSize } from './text.ts'

/** One layer. `size` is the bytes of its blob. */
export interface RemoteLayer {
  readonly digest: Digest
  readonly diffId: Digest
  readonly mediaType: string
  readonly size: number
  /** Whether it is in the local store. */
  readonly inStore: boolean
  /** Whether the image that it is compared with has it. */
  readonly shared?: boolean
}

/** The image for one platform. */
export interface RemoteImage {
  readonly platform: string
  /** Digests of its manifest and of its config. */
  readonly digest: Digest
  readonly id: Digest
  readonly created?: string
  /** Bytes of its blobs. */
  readonly size: number
  /** Bytes that pulling it into the local store would move. */
  readonly missing: number
  /** Bytes of layers that the image that it is compared with has. */
  readonly shared?: number
  readonly layers: readonly RemoteLayer[]
}

/** What a name stands for. */
export interface RemoteSummary {
  readonly name: string
  readonly digest: Digest
  readonly mediaType: string
  readonly images: readonly RemoteImage[]
}

/** What is known of layers on this machine. */
export interface LocalLayers {
  inStore(layer: { readonly digest: Digest; readonly diffId: Digest }): boolean
  /** Diff IDs of the image to compare with. */
  readonly compared: ReadonlySet<Digest> | undefined
}

/** The documents of an image, and the digest of its manifest. */
export interface RemoteDocuments {
  readonly manifest: Document<Manifest>
  readonly config: Document<ImageConfig>
  readonly digest: Digest
}

/** Explains an image for one platform. */
export function remoteImage(
  { manifest, config, digest }: RemoteDocuments,
  { inStore, compared }: LocalLayers,
): RemoteImage {
  const { os, architecture, variant, created, rootfs } = config.value
  const layers = manifest.value.layers.map(({ digest, mediaType, size }, index): RemoteLayer => {
    const diffId = rootfs.diff_ids[index] ?? digest
    const shared = compared === undefined ? {} : { shared: compared.has(diffId) }
    return { digest, diffId, mediaType, size, inStore: inStore({ digest, diffId }), ...shared }
  })
  const sum = (some: readonly RemoteLayer[]): number => some.reduce((total, { size }) => total + size, 0)
  return {
    platform: [os, architecture, ...(variant === undefined ? [] : [variant])].join('/'),
    digest,
    id: manifest.value.config.digest,
    ...(created === undefined ? {} : { created }),
    size: sum(layers) + config.bytes.length,
    missing: sum(layers.filter((layer) => !layer.inStore)),
    ...(compared === undefined ? {} : { shared: sum(layers.filter((layer) => layer.shared === true)) }),
    layers,
  }
}

/** The summary as people read it. */
export function formatRemote({ name, digest, images }: RemoteSummary): string {
  const lines = [name, `digest   ${digest}`, ...images.flatMap(imageLines)]
  return lines.map((line) => printable(line)).join('\n')
}

function imageLines(image: RemoteImage): readonly string[] {
  const { platform, digest, created, size, missing, shared, layers } = image
  const notes = [
    `${layers.length} ${layers.length === 1 ? 'layer' : 'layers'}`,
    formatSize(size),
    missing === 0 ? 'all in the store' : `${formatSize(missing)} not in the store`,
    ...(shared === undefined ? [] : [`${formatSize(shared)} shared`]),
    ...(created === undefined ? [] : [`created ${created}`]),
  ]
  return [
    '',
    `${platform}  ${notes.join(', ')}`,
    `  ${digest}`,
    ...layers.map(
      (layer) => `  ${formatSize(layer.size).padStart(9)}  ${layer.digest}${layer.inStore ? '  in the store' : ''}`,
    ),
  ]
}
