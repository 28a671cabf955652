/**
 * Links to directories in an image's root, such as `bin → usr/bin`: a name below one is a name below the directory it leads to.
 *
 * A layer that had a real `bin` would hide the link of the layers below, so names are written as what they lead to.
 */
import type { SymlinkEntry } from './entry.ts'
import { Files, pathOf } from './files.ts'
import { baseName, type EntryPath, entryPathOf, join, parent, root } from './path.ts'
import { type Tree, treeOf } from './tree.ts'

/** Link → the directory it leads to, which is itself written without links. */
export type DirectoryLinks = ReadonlyMap<EntryPath, EntryPath>

/** All symbolic links of a tree that lead to a directory of the tree. Files are of no account: only directories and links are looked into. */
export function directoryLinks(tree: Tree): DirectoryLinks {
  const entries = [...tree.entries()]
  const links = new Map<EntryPath, EntryPath>()
  const candidates = entries.filter((entry) => entry.kind === 'symlink')
  if (candidates.length === 0) return links
  const files = new Files(treeOf(entries.filter((entry) => entry.kind === 'symlink' || entry.kind === 'directory')))
  for (const entry of candidates) {
    const end = files.locate(entry.path, true)
    if (end.kind === 'found' && end.object.entry.kind === 'directory') links.set(entry.path, pathOf(end.name))
  }
  return links
}

/** Takes names through links. */
export interface Through {
  /** Where a directory of this name is. */
  directory(path: EntryPath): EntryPath
  /** Where anything else of this name is: links above it count, one at the name itself does not. */
  name(path: EntryPath): EntryPath
}

/** Names taken through the given links; every directory is looked up once. */
export function through(links: DirectoryLinks): Through {
  const known = new Map<EntryPath, EntryPath>([[root, root]])
  const name = (path: EntryPath): EntryPath => join(directory(parent(path)), baseName(path))
  const directory = (path: EntryPath): EntryPath => {
    let found = known.get(path)
    if (found === undefined) {
      const plain = name(path)
      found = links.get(plain) ?? plain
      known.set(path, found)
    }
    return found
  }
  return links.size === 0 ? { directory: (path) => path, name: (path) => path } : { directory, name }
}

/** Where a link leads by its text alone; undefined where it leads above the root. */
export function leadsTo({ path, target }: SymlinkEntry): EntryPath | undefined {
  const parts = target.startsWith('/') ? [] : parent(path).split('/')
  for (const part of target.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return undefined
    } else if (part !== '.' && part !== '') parts.push(part)
  }
  return entryPathOf(parts.join('/'))
}
