/**
 * Files that `contents` adds to an image's root: links to the files of its packages; if two items provide one path, the earlier wins.
 *
 * Paths are first resolved through the root's directory links (`/bin/x` is `/usr/bin/x` if `/bin` is a link), and a link that would then
 * point to itself is omitted: the package's file is already there.
 */

import { farmItem } from '../source/environment.ts'
import { linkFarm } from '../source/link-farm.ts'
import type { Recipe } from '../source/package.ts'
import type { StoreReader } from '../store/store.ts'
import type { StorePath } from '../store/store-path.ts'
import type { Entry } from '../tree/entry.ts'
import { type DirectoryLinks, through } from '../tree/links.ts'
import { type EntryPath, entryPathOf } from '../tree/path.ts'
import { withoutRoot } from '../tree/transform.ts'
import type { Tree } from '../tree/tree.ts'
import { throughStandIn } from './stand-ins.ts'
import { placeInStore } from './store-file.ts'

/** Where the contents go. */
export interface Place {
  readonly store: StoreReader
  readonly links: DirectoryLinks
  /** Stand-ins at the store paths of packages whose files are elsewhere. */
  standIn(path: StorePath): Tree | undefined
}

/** Returns the links of all items; packages outside the store are in the image directly and add none. */
export function contentsTree(items: readonly Recipe[], place: Place): Tree {
  const farms = items
    .filter((item) => item.as === 'store')
    .map((item) => withoutSelfLinks(farmItem(item, 0, place.store), place))
  const tree = linkFarm(farms, { collisions: 'first' })
  return withoutRoot(tree)
}

type Item = ReturnType<typeof farmItem>

function withoutSelfLinks(item: Item, place: Place): Item {
  const to = through(place.links)
  const own = new Set<EntryPath>()
  for (const entry of item.tree.entries()) if (leadsToItself(entry, place)) own.add(entry.path)
  return {
    ...item,
    // A directory that is a link in the root remains that link.
    place: (path) => (place.links.has(path) || own.has(path) ? undefined : to.name(path)),
  }
}

/** Tells whether a link, placed in the image's root, would point to itself. */
export function leadsToItself(entry: Entry, { links, standIn }: Place): boolean {
  if (entry.kind !== 'symlink' || !entry.target.startsWith('/')) return false
  const inStore = placeInStore(entry.target)
  const tree = inStore === undefined ? undefined : standIn(inStore.object)
  const target =
    inStore === undefined || tree === undefined ? entry.target : throughStandIn(tree, inStore.path.split('/'))
  const to = through(links)
  return to.name(entryPathOf(target)) === to.name(entry.path)
}
