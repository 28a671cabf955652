/** Summary of an image in a registry: its platforms, and the amount that pulling each would transfer. Plain data, for JSON and text. */

import type { Digest } from '../base/digest.ts'
import type { Document } from '../base/document.ts'
import { printable } from '../base/printable.ts'
import type { ImageConfig, Manifest } from '../image/image.ts'
import { formatSize } from './text.ts'

/** Layer of an image in a registry. */
export interface RemoteLayer {
  /** Digest of its blob. */
  readonly digest: Digest
  /** Digest of its uncompressed archive. */
  readonly diffId: Digest
  /** Media type of its blob. */
  readonly mediaType: string
  /** Size of its blob, in bytes. */
  readonly size: number
  /** Whether it is in the local store. */
  readonly inStore: boolean
  /** Whether the image in `compare` has it; absent without `compare`. */
  readonly shared?: boolean
}

/** Image for one platform in a registry. */
export interface RemoteImage {
  /** Platform, such as "linux/arm64". */
  readonly platform: string
  /** Digest of its manifest. */
  readonly digest: Digest
  /** ID of the image: the digest of its config. */
  readonly id: Digest
  /** Creation date, in RFC 3339 form. */
  readonly created?: string
  /** Total size of its blobs, in bytes. */
  readonly size: number
  /** Size of the layers that the local store lacks, in bytes. */
  readonly missing: number
  /** Size of the layers that the image in `compare` has, in bytes; absent without `compare`. */
  readonly shared?: number
  /** Layers, bottom one first. */
  readonly layers: readonly RemoteLayer[]
}

/** Result of `inspectRemote`. */
export interface RemoteSummary {
  /** Name in full, with registry and tag. */
  readonly name: string
  /** Digest of the manifest or index. */
  readonly digest: Digest
  /** Media type of the manifest or index. */
  readonly mediaType: string
  /** Images, one for each platform. */
  readonly images: readonly RemoteImage[]
}

/** Knowledge about layers on this machine. */
export interface LocalLayers {
  inStore(layer: { readonly digest: Digest; readonly diffId: Digest }): boolean
  /** Diff IDs of the image to compare with. */
  readonly compared: ReadonlySet<Digest> | undefined
}

/** Documents of an image, and the digest of its manifest. */
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

/** Formats the summary for people. */
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
