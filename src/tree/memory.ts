/**
 * A tree written down in code: names and their entries.
 *
 * Unnamed parents are filled in (0755, root:root, mtime 1), except the root itself, which is an entry only if it is named (""). Names and
 * link targets are strings; for names that are not UTF-8, pass a map keyed by `EntryPath`.
 */
import { contentOf, type LocalContent } from '../base/bytes.ts'
import { type Entry, type Metadata, plain } from './entry.ts'
import { inOrder } from './order.ts'
import { type EntryPath, path } from './path.ts'
import { withParents } from './transform.ts'
import { type Tree, treeOf } from './tree.ts'

/** An entry without its path. */
export type Item = (at: EntryPath) => readonly Entry[]

/** Metadata that differs from `plain(mode)`. */
export type ItemMetadata = Partial<Metadata>

/**
 * Makes a tree of named items. @example memoryTree({ 'etc/motd': file('hello\n'), 'bin/sh': symlink('bash'), 'var/empty': directory() })
 */
export function memoryTree(items: Readonly<Record<string, Item>> | ReadonlyMap<EntryPath, Item>): Tree {
  const placed = isMap(items) ? [...items] : Object.entries(items).map(([name, item]) => [path(name), item] as const)
  return treeOf([...withParents(treeOf(inOrder(placed.flatMap(([at, item]) => item(at))))).entries()])
}

/** A file, 0644. */
export function file(content: string | Uint8Array | LocalContent, metadata: ItemMetadata = {}): Item {
  const held = typeof content === 'string' || content instanceof Uint8Array ? contentOf(content) : content
  return (at) => [{ kind: 'file', path: at, metadata: plain(0o644, metadata), content: held }]
}

/** A file, 0755. */
export function executable(content: string | Uint8Array, metadata: ItemMetadata = {}): Item {
  return file(content, { mode: 0o755, ...metadata })
}

/** A directory, 0755. */
export function directory(metadata: ItemMetadata = {}): Item {
  return (at) => [{ kind: 'directory', path: at, metadata: plain(0o755, metadata) }]
}

/** A directory, 0755, that hides everything lower layers have below it. */
export function opaqueDirectory(metadata: ItemMetadata = {}): Item {
  return (at) => [...directory(metadata)(at), { kind: 'opaque', path: at }]
}

/** A symbolic link, 0777. */
export function symlink(target: string, metadata: ItemMetadata = {}): Item {
  const bytes = Buffer.from(target, 'utf8').toString('latin1')
  return (at) => [{ kind: 'symlink', path: at, metadata: plain(0o777, metadata), target: bytes }]
}

/** A hard link to another name of the same tree. */
export function hardlink(target: string): Item {
  return (at) => [{ kind: 'hardlink', path: at, target: path(target) }]
}

/** A device node, 0600. */
export function device(
  kind: 'char' | 'block',
  number: { readonly major: number; readonly minor: number },
  metadata: ItemMetadata = {},
): Item {
  const { major, minor } = number
  return (at) => [{ kind: 'device', device: kind, path: at, metadata: plain(0o600, metadata), major, minor }]
}

/** A named pipe, 0644. */
export function fifo(metadata: ItemMetadata = {}): Item {
  return (at) => [{ kind: 'fifo', path: at, metadata: plain(0o644, metadata) }]
}

/** A whiteout: removes the entry of lower layers. */
export function whiteout(): Item {
  return (at) => [{ kind: 'whiteout', path: at }]
}

function isMap(
  items: Readonly<Record<string, Item>> | ReadonlyMap<EntryPath, Item>,
): items is ReadonlyMap<EntryPath, Item> {
  return items instanceof Map
}
