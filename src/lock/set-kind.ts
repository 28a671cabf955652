/**
 * Kinds of sets that a lock holds: one for each place that packages come from. A kind reads its own sets and has its own lines.
 */
import type { FileHash } from '../base/digest.ts'
import type { StorePath } from '../store/store-path.ts'
import type { Reader } from './reader.ts'

/** What is particular to the sets of one kind. `S` is what one of them locks. */
export interface SetKind<S extends object = object> {
  /** "debian": the first word of the keys of its sets. */
  readonly kind: string
  /** Reads a set, strictly. Inverse of `lines`. @throws BuildError lock.invalid */
  read(reader: Reader, value: unknown): S
  /** A set as JSON whose lines people read and merge, indented as it is in the file. */
  lines(set: S): string
  /** The store objects that a set names: kept from garbage collection for a while after its last use. */
  paths(set: S): readonly StorePath[]
  /** The packages of a set, to tell what changed. */
  packages(set: S): ReadonlyMap<string, LockedItem>
}

/** One package, as far as changes are told of it. `size` is in bytes. */
export interface LockedItem {
  readonly version: string
  readonly size: number
  readonly hash: FileHash
}

/** Kinds by name, each loaded when a lock holds a set of it. */
export type SetKinds = ReadonlyMap<string, { load(): Promise<SetKind> }>

/** A set with its kind. */
export interface LockEntry {
  readonly kind: SetKind
  readonly set: object
}

/** What a lock holds: sets by key. */
export type Lock = ReadonlyMap<string, LockEntry>
