/** Kinds of sets in a lock: one for each ecosystem. A kind reads its own sets and formats its own lines. */
import type { FileHash } from '../base/digest.ts'
import type { StorePath } from '../store/store-path.ts'
import type { Reader } from './reader.ts'

/** The parts that differ between kinds of sets. `S` is the type of a locked set. */
export interface SetKind<S extends object = object> {
  /** First word of the keys of its sets, such as "debian". */
  readonly kind: string
  /** Reads a set, strictly. Inverse of `lines`. @throws BuildError lock.invalid */
  read(reader: Reader, value: unknown): S
  /** Formats a set as JSON that people read and merge, indented as in the file. */
  lines(set: S): string
  /** Store objects that a set names; they are kept from garbage collection for a while after its last use. */
  paths(set: S): readonly StorePath[]
  /** Packages of a set, for reporting changes. */
  packages(set: S): ReadonlyMap<string, LockedItem>
}

/** A package as reports of changes show it. `size` is in bytes. */
export interface LockedItem {
  readonly version: string
  readonly size: number
  readonly hash: FileHash
}

/** Kinds by name, each loaded when a lock contains a set of it. */
export type SetKinds = ReadonlyMap<string, { load(): Promise<SetKind> }>

/** A set with its kind. */
export interface LockEntry {
  readonly kind: SetKind
  readonly set: object
}

/** Contents of a lock: sets by key. */
export type Lock = ReadonlyMap<string, LockEntry>
