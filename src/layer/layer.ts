/** Layers: planned (nothing hashed), then real (digest known). Two types, so that nothing can be asked too early. */
import type { Content } from '../base/bytes.ts'
import type { Digest } from '../base/digest.ts'
import type { Descriptor, History } from '../format/oci.ts'
import type { Closure, LaidOut } from '../store/store.ts'
import type { StorePath } from '../store/store-path.ts'
import type { Metadata } from '../tree/entry.ts'
import type { MemberOptions } from './member-options.ts'

export type { Descriptor, History } from '../format/oci.ts'

/** The store paths of one layer, in the order in which the layer holds them. */
export type Group = readonly StorePath[]

/** Pure: the same closure always gives the same groups, bottom layer first. */
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
  /** Absent where it is laid out as it is. */
  readonly options?: MemberOptions
}

/**
 * All that the bytes of a layer follow from. JSON and nothing else, so it can cross to a worker; equal recipes are equal bytes, for ever:
 * `format` rises whenever the bytes made from one change.
 */
export interface LayerRecipe {
  readonly format: 2
  readonly members: readonly LayerMember[]
  /** By path (latin1, relative to "/"): entries whose metadata differs from what the members say. */
  readonly adjustments: Readonly<Record<string, Adjustment>>
  /** mtime (Unix seconds) for all but layer files, which keep theirs; owner for members at their store paths only. */
  readonly options: {
    readonly mtime: number
    readonly uid: number
    readonly gid: number
    readonly uname: string
    readonly gname: string
  }
}

/** Bytes that lie in files, in order, and how many zeros come behind them. Plain, so it can cross to a worker. */
export interface Spliced {
  readonly ranges: readonly { readonly file: string; readonly offset: number; readonly size: number }[]
  readonly end: number
}

/** A layer not yet hashed. Its tar's size in bytes follows from its entries alone; its member in an archive is named by `name`. */
export interface LayerPlan {
  readonly recipe: LayerRecipe
  /** The digest of the recipe's canonical JSON. */
  readonly name: Digest
  readonly size: number
  /** Where its bytes lie, when planning found that they do. */
  readonly spliced?: Spliced
  /** The diff ID, when this recipe was hashed before. */
  readonly remembered?: Digest
  /** Of a base's layer: what it is stored as where it came from, when that is not the uncompressed tar. */
  readonly packed?: Descriptor
  readonly history: History
}

/** A layer whose bytes are known: its content is the uncompressed tar; `descriptor` says how it is stored where it comes from. */
export interface Layer extends Content {
  readonly descriptor: Descriptor
  readonly diffId: Digest
  readonly history: History
}
