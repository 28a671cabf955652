/** Images as values: planned by builders, written to destinations, read from places. Follows the OCI image specification v1.1. */
import type { Document } from '../base/document.ts'
import type { History, ImageConfig, Manifest } from '../format/oci.ts'
import type { Layer, LayerPlan } from '../layer/layer.ts'

/** Container config of an image: the fields of `ContainerConfigInput` that it sets (OCI image specification, config.md, "config"). */
export type ContainerConfig = Readonly<Record<string, unknown>>

export type { ImageConfig, Manifest } from '../format/oci.ts'

/** Image whose bytes are known: its documents, and its layers, bottom one first. */
export interface Image {
  readonly manifest: Document<Manifest>
  readonly config: Document<ImageConfig>
  readonly layers: readonly Layer[]
}

/** Image with the full names, such as "redis:7", that it was found under. */
export interface NamedImage extends Image {
  readonly names: readonly string[]
}

/** Plan of an image: layers, known or planned, and everything else that config and manifest need. */
export interface ImagePlan {
  readonly layers: readonly LayerPlan[]
  readonly config: Omit<ImageConfig, 'rootfs' | 'history'>
  /** Whole history, if it is not one entry for each layer: a base image may have entries without a layer. */
  readonly history?: readonly History[]
  /** Annotations of the manifest (annotations.md). */
  readonly annotations?: Readonly<Record<string, string>>
  /** Full names with tag, such as "redis:latest". */
  readonly names: readonly string[]
  /** Config of an existing image, whose bytes, and so its ID, are kept. */
  readonly known?: Document<ImageConfig>
}
