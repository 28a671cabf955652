/** Images as values: what builders plan, what destinations write, what origins read. Follows the OCI image specification v1.1. */
import type { Digest } from '../base/digest.ts'
import type { Document } from '../base/document.ts'
import type { Descriptor, History, Layer, LayerPlan } from '../layer/layer.ts'

/** The container part of an image's config, as checked by docker-tools/config.ts; unknown vendor keys do not exist here. */
export type ContainerConfig = Readonly<Record<string, unknown>>

/** config.md of the image specification. Key order is the order of writing. */
export interface ImageConfig {
  readonly created?: string
  readonly architecture: string
  readonly variant?: string
  readonly os: string
  readonly config?: ContainerConfig
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly Digest[] }
  readonly history?: readonly History[]
}

/** manifest.md of the image specification. */
export interface Manifest {
  readonly schemaVersion: 2
  readonly mediaType: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly annotations?: Readonly<Record<string, string>>
}

export interface Image {
  readonly manifest: Document<Manifest>
  readonly config: Document<ImageConfig>
  readonly layers: readonly Layer[]
}

/** What builders make: layers known or planned, and all else that config and manifest need. */
export interface ImagePlan {
  readonly layers: readonly LayerPlan[]
  readonly config: Omit<ImageConfig, 'rootfs' | 'history'>
  /** Full names with tag, such as "redis:latest". */
  readonly names: readonly string[]
}
