/** Images as values: what builders plan, what destinations write, what origins read. Follows the OCI image specification v1.1. */
import type { Document } from '../base/document.ts'
import type { History, ImageConfig, Manifest } from '../format/oci.ts'
import type { Layer, LayerPlan } from '../layer/layer.ts'

/** Container config of an image: the fields of `ContainerConfigInput` that it sets (OCI image specification, config.md, "config"). */
export type ContainerConfig = Readonly<Record<string, unknown>>

export type { ImageConfig, Manifest } from '../format/oci.ts'

/** An image whose bytes are known: the documents as they are read or written, and their layers, bottom layer first. */
export interface Image {
  readonly manifest: Document<Manifest>
  readonly config: Document<ImageConfig>
  readonly layers: readonly Layer[]
}

/** An image with the full names, such as "redis:7", that it was found under. */
export interface NamedImage extends Image {
  readonly names: readonly string[]
}

/** What builders make: layers known or planned, and all else that config and manifest need. */
export interface ImagePlan {
  readonly layers: readonly LayerPlan[]
  readonly config: Omit<ImageConfig, 'rootfs' | 'history'>
  /** The whole history, where it is not one entry per layer: a base image has entries without a layer. */
  readonly history?: readonly History[]
  /** Annotations of the manifest (annotations.md). */
  readonly annotations?: Readonly<Record<string, string>>
  /** Full names with tag, such as "redis:latest". */
  readonly names: readonly string[]
  /** The config of an image that exists: its bytes are kept, so its ID is. */
  readonly known?: Document<ImageConfig>
}
