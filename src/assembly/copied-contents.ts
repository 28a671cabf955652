/**
 * Files that `copyToRoot` adds to an image's root: copies of its items' files; if two items provide one path, the later wins.
 *
 * A link to a directory becomes a copy of that directory (rsync's `-k`, which nixpkgs uses), unless links are kept or it
 * points to a directory that contains the link itself. Links to files stay links.
 */

import { fail } from '../base/error.ts'
import { notADirectory } from '../source/link-farm.ts'
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

/** Returns copies of all items; packages outside the store are in the image directly and add none. */
export function copiedContents(items: readonly Recipe[], { keepDirlinks, uid, gid }: Copies, place: Place): Tree {
  const trees = items
    .filter((item) => item.as === 'store')
    .map((item) => ({ rank: 0, name: item.name, tree: copyOf(item, keepDirlinks, place) }))
  const merged = mergeTrees(trees, { links: place.links, within: () => 'last' })
  const owner = uid === 0 && gid === 0 ? { uid, gid, uname: 'root', gname: 'root' } : { uid, gid, uname: '', gname: '' }
  return owned(withoutRoot(merged), owner)
}

/** @throws BuildError environment.not-a-directory */
function copyOf({ path, name }: Recipe, keepDirlinks: boolean, place: Place): Tree {
  const { store } = place
  const top = directoryBehind({ object: path, path: root }, store) ?? notADirectory(name)
  let followed = 0
  const follow = (): void => {
    if (++followed > mostFollowed) tooMany(name)
  }
  const entries = keepDirlinks ? [...relocated(top, store)] : [...expanded(top, root, { store, within: [], follow })]
  return treeOf(inOrder(entries.filter((entry) => !leadsToItself(entry, place)).map(writable)))
}

/** Returns the directory at a place, following links. */
function directoryBehind(place: StorePlace, store: StoreReader): StorePlace | undefined {
  const passed = new Set<string>()
  for (let at: StorePlace | undefined = place; at !== undefined; ) {
    const key = `${at.object}/${at.path}`
    const entry = store.info(at.object) === undefined ? undefined : store.tree(at.object).get(at.path)
    if (entry?.kind === 'directory') return at
    if (entry?.kind !== 'symlink' || passed.has(key)) return undefined
    passed.add(key)
    at = targetOf(entry.path, entry.target, at.object)
  }
  return undefined
}

/** Returns the subtree at a place, with the place as its root. */
function* relocated({ object, path }: StorePlace, store: StoreReader): Generator<Entry> {
  for (const entry of store.tree(object).below(path)) yield { ...entry, path: relative(entry.path, path) ?? root }
}

/** A store object's directories are read-only; in a root file system they are 0755. */
function writable(entry: Entry): Entry {
  return entry.kind === 'directory' ? { ...entry, metadata: plain(0o755) } : entry
}

/** Maximum number of links to directories that are followed in one item: links below links multiply. */
const mostFollowed = 20_000

function tooMany(name: string): never {
  return fail('environment.too-large', `${name} leads through more than ${mostFollowed} links to directories.`, {
    remedy: 'Copy fewer links to directories, or set keepContentsDirlinks: true, which leaves them links.',
    detail: { name },
  })
}

interface Expanding {
  readonly store: StoreReader
  /** Directories whose links are being expanded: a link back into one of them stays a link. */
  readonly within: readonly StorePlace[]
  /** Called for each link that is followed. */
  readonly follow: () => void
}

/** Yields the entries below a place, moved to `at`, with links to directories followed. */
function* expanded(from: StorePlace, at: EntryPath, { store, within, follow }: Expanding): Generator<Entry> {
  for (const entry of store.tree(from.object).below(from.path)) {
    const place = join(at, relative(entry.path, from.path) ?? root)
    const leads = entry.kind === 'symlink' ? targetOf(entry.path, entry.target, from.object) : undefined
    const around = [...within, { object: from.object, path: entry.path }]
    if (leads === undefined || !isDirectory(leads, store) || isAround(leads, around)) yield { ...entry, path: place }
    else {
      follow()
      yield* expanded(leads, place, { store, within: around, follow })
    }
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
