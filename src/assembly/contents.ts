/**
 * What `contents` puts into an image's root: links to the files of its packages; of two items with one path the earlier wins.
 *
 * Names are taken through the root's directory links first (`/bin/x` is `/usr/bin/x` where `/bin` is a link), and a link that would then
 * lead to itself is left out: it stands for a package's file that is there already.
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
  /** What is at the store paths of packages whose files are elsewhere. */
  standIn(path: StorePath): Tree | undefined
}

/** The links of all items; packages outside the store are in the image by themselves and add none. */
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
    // A directory that is a link in the root stays that link.
    place: (path) => (place.links.has(path) || own.has(path) ? undefined : to.name(path)),
  }
}

/** Whether a link, laid at its own path in the image's root, would stand for the very file it leads to. */
export function leadsToItself(entry: Entry, { links, standIn }: Place): boolean {
  if (entry.kind !== 'symlink' || !entry.target.startsWith('/')) return false
  const inStore = placeInStore(entry.target)
  const tree = inStore === undefined ? undefined : standIn(inStore.object)
  const target =
    inStore === undefined || tree === undefined ? entry.target : throughStandIn(tree, inStore.path.split('/'))
  const to = through(links)
  return to.name(entryPathOf(target)) === to.name(entry.path)
}
