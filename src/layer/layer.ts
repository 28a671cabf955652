/** Layers: planned (nothing hashed), then real (digest known). Two types, so that nothing can be used too early. */
import type { Content } from '../base/bytes.ts'
import type { Digest } from '../base/digest.ts'
import type { Descriptor, History } from '../format/oci.ts'
import type { Closure, LaidOut } from '../store/store.ts'
import type { StorePath } from '../store/store-path.ts'
import type { Metadata } from '../tree/entry.ts'
import type { MemberOptions } from './member-options.ts'

export type { Descriptor, History } from '../format/oci.ts'

/** Store paths of one layer, in the layer's order. */
export type Group = readonly StorePath[]

/** Pure: equal closures give equal groups, bottom layer first. */
export type Layering = (closure: Closure) => readonly Group[]

/** `Metadata` as JSON: xattrs in base64. */
export interface Adjustment extends Omit<Metadata, 'xattrs'> {
  readonly xattrs: Readonly<Record<string, string>>
}

/** An object in a layer. */
export interface LayerMember {
  readonly path: StorePath
  readonly narHash: Digest
  readonly as: LaidOut
  /** Absent if the object is laid out unchanged. */
  readonly options?: MemberOptions
}

/**
 * Everything that determines the bytes of a layer. Pure JSON, so it can be sent to a worker; equal recipes give equal bytes, permanently:
 * `format` increases whenever those bytes change.
 */
export interface LayerRecipe {
  readonly format: 2
  readonly members: readonly LayerMember[]
  /** By path (latin1, relative to "/"): entries whose metadata differs from the members'. */
  readonly adjustments: Readonly<Record<string, Adjustment>>
  /** mtime (Unix seconds) for everything except layer files, which keep theirs; owner only for members at their store paths. */
  readonly options: {
    readonly mtime: number
    readonly uid: number
    readonly gid: number
    readonly uname: string
    readonly gname: string
  }
}

/** Bytes in files, in order, and the number of zeros after them. Plain data, so it can be sent to a worker. */
export interface Spliced {
  readonly ranges: readonly { readonly file: string; readonly offset: number; readonly size: number }[]
  readonly end: number
}

/**
 * A layer that is not hashed yet. The size of its tar, in bytes, follows from its entries alone; `name` is the name of its member in an
 * archive.
 */
export interface LayerPlan {
  readonly recipe: LayerRecipe
  /** Digest of the recipe's canonical JSON. */
  readonly name: Digest
  readonly size: number
  /** Location of its bytes, if planning found them in files. */
  readonly spliced?: Spliced
  /** Diff ID, if this recipe was hashed before. */
  readonly remembered?: Digest
  /** For a base's layer: its stored form at its origin, if that is kept when the image is stored. */
  readonly packed?: Descriptor
  readonly history: History
}

/** A layer whose bytes are known: its content is the uncompressed tar; `descriptor` describes its stored form at its origin. */
export interface Layer extends Content {
  readonly descriptor: Descriptor
  readonly diffId: Digest
  readonly history: History
}
