/** Layers: planned (nothing hashed), then real (digest known). Two types, so that nothing can be asked too early. */
import type { Content } from '../base/bytes.ts'
import type { Digest } from '../base/digest.ts'
import type { Descriptor, History } from '../format/oci.ts'
import type { Closure, LaidOut } from '../store/store.ts'
import type { StorePath } from '../store/store-path.ts'
import type { Metadata } from '../tree/entry.ts'

export type { Descriptor, History } from '../format/oci.ts'

/** The store paths of one layer, in the order in which the layer holds them. */
export type Group = readonly StorePath[]

/** Pure: the same closure always gives the same groups, bottom layer first. */
export type Layering = (closure: Closure) => readonly Group[]

/** `Metadata` as JSON: xattrs in base64. */
export interface Adjustment extends Omit<Metadata, 'xattrs'> {
  readonly xattrs: Readonly<Record<string, string>>
}

/** What a Debian package leaves out of its layer, and which records it keeps there. */
export type Records = 'status.d' | 'dpkg' | 'none'
export type Exclude = 'doc' | 'man' | 'locale'

/** An object in a layer. */
export interface LayerMember {
  readonly path: StorePath
  readonly narHash: Digest
  readonly as: LaidOut
  /** Paths (latin1, relative to "/", sorted) that another package's files take; only where there are any. */
  readonly dropped?: readonly string[]
  /** Path → path (latin1, relative to "/") of what another package diverts (dpkg-divert(1)); only where there is any. */
  readonly moved?: Readonly<Record<string, string>>
}

/**
 * All that the bytes of a layer follow from. JSON and nothing else, so it can cross to a worker; equal recipes are equal bytes, for ever:
 * `format` rises whenever the bytes made from one change.
 */
export interface LayerRecipe {
  readonly format: 1
  readonly members: readonly LayerMember[]
  /** By path (latin1, relative to "/"): entries whose metadata differs from what the members say. */
  readonly adjustments: Readonly<Record<string, Adjustment>>
  /** mtime (Unix seconds) for all but layer files, which keep theirs; owner for members laid out as 'store' only. */
  readonly options: {
    readonly mtime: number
    readonly uid: number
    readonly gid: number
    readonly uname: string
    readonly gname: string
    readonly records: Records
    readonly exclude: readonly Exclude[]
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
  readonly history: History
}

/** A layer whose bytes are known: its content is the uncompressed tar; `descriptor` says how it is stored where it comes from. */
export interface Layer extends Content {
  readonly descriptor: Descriptor
  readonly diffId: Digest
  readonly history: History
}
