/**
 * Converts the upper directory of an overlay file system (kernel documentation, "Overlay Filesystem") to entries, and back: a whiteout is a
 * character device 0:0, an opaque directory has an extended attribute; all other attributes of this kind are internal.
 */
import { type Entry, hasMetadata, type Metadata, type NodeEntry, plain } from '../tree/entry.ts'
import { type Tree, treeOf } from '../tree/tree.ts'

const bookkeeping = /^(trusted|user)\.overlay\./
const opaque = /^(trusted|user)\.overlay\.opaque$/

/** Converts an upper directory, as the overlay wrote it, to a layer. */
export function readUpper(upper: Tree): Tree {
  return treeOf([...upper.entries()].flatMap(read))
}

function read(entry: Entry): readonly Entry[] {
  if (entry.kind === 'device' && isWhiteout(entry)) return [{ kind: 'whiteout', path: entry.path }]
  if (!hasMetadata(entry)) return [entry]
  const plain = { ...entry, metadata: withoutBookkeeping(entry.metadata) }
  return entry.kind === 'directory' && isOpaque(entry) ? [plain, { kind: 'opaque', path: entry.path }] : [plain]
}

/** Converts a layer without opaque directories to an upper directory. */
export function writeUpper(layer: Tree): Tree {
  return treeOf([...layer.entries()].map((entry) => (entry.kind === 'whiteout' ? whiteoutDevice(entry) : entry)))
}

function whiteoutDevice({ path }: Entry): NodeEntry {
  return { kind: 'device', device: 'char', path, metadata: plain(0), major: 0, minor: 0 }
}

function isWhiteout({ device, major, minor }: Extract<Entry, { readonly kind: 'device' }>): boolean {
  return device === 'char' && major === 0 && minor === 0
}

function isOpaque({ metadata }: NodeEntry): boolean {
  return [...metadata.xattrs].some(
    ([name, value]) => opaque.test(name) && Buffer.from(value).toString('latin1') === 'y',
  )
}

function withoutBookkeeping(metadata: Metadata): Metadata {
  if (metadata.xattrs.size === 0) return metadata
  return { ...metadata, xattrs: new Map([...metadata.xattrs].filter(([name]) => !bookkeeping.test(name))) }
}
