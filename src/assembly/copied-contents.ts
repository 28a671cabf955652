/**
 * What `copyToRoot` puts into an image's root: copies of its items' files; at one path the later item wins.
 *
 * A link to a directory becomes a directory with copies of what is there (rsync's `-k`, as nixpkgs has it), unless links are kept or it
 * leads to a directory that it lies in itself. Links to files stay links.
 */

import type { Recipe } from '../source/package.ts'
import type { StoreReader } from '../store/store.ts'
import { logical, type StorePath } from '../store/store-path.ts'
import { type Entry, plain } from '../tree/entry.ts'
import { mergeTrees } from '../tree/merge.ts'
import { inOrder } from '../tree/order.ts'
import { type EntryPath, isWithin, join, parent, relative, root } from '../tree/path.ts'
import { owned, withoutRoot } from '../tree/transform.ts'
import { type Tree, treeOf } from '../tree/tree.ts'
import { leadsToItself, type Place } from './contents.ts'
import type { Copies } from './image-data.ts'
import { placeInStore, type StorePlace } from './store-file.ts'

/** Copies of all items; packages outside the store are in the image by themselves and add none. */
export function copiedContents(items: readonly Recipe[], { keepDirlinks, uid, gid }: Copies, place: Place): Tree {
  const trees = items
    .filter((item) => item.as === 'store')
    .map((item) => ({ rank: 0, name: item.name, tree: copyOf(item.path, keepDirlinks, place) }))
  const merged = mergeTrees(trees, { links: place.links, within: () => 'last' })
  const owner = uid === 0 && gid === 0 ? { uid, gid, uname: 'root', gname: 'root' } : { uid, gid, uname: '', gname: '' }
  return owned(withoutRoot(merged), owner)
}

function copyOf(path: StorePath, keepDirlinks: boolean, place: Place): Tree {
  const entries = keepDirlinks
    ? [...place.store.tree(path).entries()]
    : [...expanded({ object: path, path: root }, root, { store: place.store, within: [] })]
  return treeOf(inOrder(entries.filter((entry) => !leadsToItself(entry, place)).map(writable)))
}

/** A store object's directories are read-only; in a root file system they are 0755. */
function writable(entry: Entry): Entry {
  return entry.kind === 'directory' ? { ...entry, metadata: plain(0o755) } : entry
}

interface Expanding {
  readonly store: StoreReader
  /** The directories whose links are being expanded: a link back into one of them stays a link. */
  readonly within: readonly StorePlace[]
}

/** The entries below a place, at `at`, with links to directories followed. */
function* expanded(from: StorePlace, at: EntryPath, { store, within }: Expanding): Generator<Entry> {
  for (const entry of store.tree(from.object).below(from.path)) {
    const place = join(at, relative(entry.path, from.path) ?? root)
    const leads = entry.kind === 'symlink' ? targetOf(entry.path, entry.target, from.object) : undefined
    const around = [...within, { object: from.object, path: entry.path }]
    if (leads === undefined || !isDirectory(leads, store) || isAround(leads, around)) yield { ...entry, path: place }
    else yield* expanded(leads, place, { store, within: around })
  }
}

function targetOf(path: EntryPath, target: string, object: StorePath): StorePlace | undefined {
  return placeInStore(target.startsWith('/') ? target : normal(`${logical(object)}/${parent(path)}/${target}`))
}

function normal(text: string): string {
  const parts: string[] = []
  for (const part of text.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

function isDirectory({ object, path }: StorePlace, store: StoreReader): boolean {
  return store.info(object) !== undefined && store.tree(object).get(path)?.kind === 'directory'
}

function isAround(directory: StorePlace, places: readonly StorePlace[]): boolean {
  return places.some(({ object, path }) => object === directory.object && isWithin(path, directory.path))
}
