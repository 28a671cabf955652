/** Entries of a tree: the kinds of file system objects, independent of any machine. */
import type { LocalContent } from '../base/bytes.ts'
import type { EntryPath } from './path.ts'

/** Metadata of an object. `mode` is the 12 permission bits; `mtime` is Unix seconds; owner names are byte strings, perhaps empty. */
export interface Metadata {
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly uname: string
  readonly gname: string
  readonly mtime: number
  /** Attribute name → value, names sorted. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>
}

interface At {
  readonly path: EntryPath
}
interface Node extends At {
  readonly metadata: Metadata
}
export type DirectoryEntry = Node & { readonly kind: 'directory' }
export type FileEntry = Node & { readonly kind: 'file'; readonly content: LocalContent }
export type SymlinkEntry = Node & {
  readonly kind: 'symlink' /** Target of the link, an uninterpreted byte string. */
  readonly target: string
}
export type DeviceEntry = Node & {
  readonly kind: 'device'
  readonly device: 'char' | 'block'
  readonly major: number
  readonly minor: number
}
export type FifoEntry = Node & { readonly kind: 'fifo' }
/** The same object as the entry at `target`, which comes earlier in the tree. */
export type HardlinkEntry = At & { readonly kind: 'hardlink'; readonly target: EntryPath }
/**
 * Removes the entry that lower layers have at this path (OCI image specification, layer.md, "Whiteouts").
 */
export type WhiteoutEntry = At & { readonly kind: 'whiteout' }
/**
 * Hides everything that lower layers have below this directory (the same, "Opaque Whiteout"); follows its directory's entry at the same
 * path.
 */
export type OpaqueEntry = At & { readonly kind: 'opaque' }

export type Entry =
  | DirectoryEntry
  | FileEntry
  | SymlinkEntry
  | DeviceEntry
  | FifoEntry
  | HardlinkEntry
  | WhiteoutEntry
  | OpaqueEntry

/** Entries with metadata. */
export type NodeEntry = Exclude<Entry, HardlinkEntry | WhiteoutEntry | OpaqueEntry>

const noXattrs: ReadonlyMap<string, Uint8Array> = new Map()

/** Metadata for a mode, owned by root, mtime 1 (1970-01-01T00:00:01Z), no xattrs; owner names are "root". */
export function plain(mode: number, more: Partial<Metadata> = {}): Metadata {
  return { mode, uid: 0, gid: 0, uname: 'root', gname: 'root', mtime: 1, xattrs: noXattrs, ...more }
}

/** Tells whether an entry has metadata. */
export function hasMetadata(entry: Entry): entry is NodeEntry {
  return entry.kind !== 'hardlink' && entry.kind !== 'whiteout' && entry.kind !== 'opaque'
}
