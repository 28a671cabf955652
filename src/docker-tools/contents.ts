/**
 * What `contents` puts into an image's root: links to the files of its packages; of two items with one path the earlier wins.
 *
 * Names are taken through the root's directory links first (`/bin/x` is `/usr/bin/x` where `/bin` is a link), and a link that would then
 * lead to itself is left out: it stands for a Debian file that is there already.
 */

import { farmItem } from '../source/environment.ts'
import { linkFarm } from '../source/link-farm.ts'
import type { Recipe } from '../source/package.ts'
import type { StoreReader } from '../store/store.ts'
import { parseStorePath, type StorePath, storeDirectory } from '../store/store-path.ts'
import type { Entry } from '../tree/entry.ts'
import { type EntryPath, entryPathOf, isWithin, join, root } from '../tree/path.ts'
import type { Tree } from '../tree/tree.ts'

/** Directory links of an image's root: `bin` → `usr/bin`. */
export type DirectoryLinks = ReadonlyMap<EntryPath, EntryPath>

/** Where the contents go. */
export interface Place {
  readonly store: StoreReader
  readonly links: DirectoryLinks
  /** Debian packages that are in the image, whose store path is a directory of links to "/". */
  readonly debs: ReadonlySet<StorePath>
}

/** The links of all items; Debian packages stand at "/" by themselves and add none. */
export function contentsTree(items: readonly Recipe[], place: Place): Tree {
  const farms = items
    .filter((item) => item.as === 'store')
    .map((item) => withoutSelfLinks(farmItem(item, 0, place.store), place))
  const tree = linkFarm(farms, { collisions: 'first' })
  return { entries: () => Iterator.from(tree.entries()).filter((entry) => entry.path !== root) }
}

/** A path with its leading directory links followed. */
export function canonical(path: EntryPath, links: DirectoryLinks): EntryPath {
  for (const [link, target] of links) {
    if (path !== link && isWithin(path, link)) return join(target, path.slice(link.length + 1))
  }
  return path
}

type Item = ReturnType<typeof farmItem>

function withoutSelfLinks(item: Item, place: Place): Item {
  const targets = new Map<EntryPath, EntryPath>()
  for (const entry of item.tree.entries()) {
    const target = landing(entry, place)
    if (target !== undefined) targets.set(entry.path, target)
  }
  return {
    ...item,
    place: (path) => {
      const at = canonical(path, place.links)
      // A directory that is a link in the root stays that link.
      return place.links.has(path) || targets.get(path) === at ? undefined : at
    },
  }
}

/** Where in the image's root a symlink of an item leads, one step. */
function landing(entry: Entry, { links, debs }: Place): EntryPath | undefined {
  if (entry.kind !== 'symlink') return undefined
  if (!entry.target.startsWith('/')) return undefined
  const debian = insideDebian(entry.target, debs)
  return canonical(entryPathOf(debian ?? entry.target), links)
}

/** `/nix/store/<deb>/bin/x` is `/usr/bin/x`. */
function insideDebian(target: string, debs: ReadonlySet<StorePath>): string | undefined {
  if (!target.startsWith(`${storeDirectory}/`)) return undefined
  const [base = '', first = '', ...rest] = target.slice(storeDirectory.length + 1).split('/')
  const path = parseStorePath(base)
  if (path === undefined || !debs.has(path)) return undefined
  return [...(['usr', 'etc', 'var'].includes(first) ? [] : ['usr']), first, ...rest].join('/')
}
