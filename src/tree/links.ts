/**
 * Links to directories in an image's root, such as `bin → usr/bin`: a name below one is a name below its target.
 *
 * A layer with a real `bin` would hide the link in the layers below, so names are rewritten to their targets.
 */
import type { SymlinkEntry } from './entry.ts'
import { Files, pathOf } from './files.ts'
import { baseName, type EntryPath, entryPathOf, join, parent, root } from './path.ts'
import { type Tree, treeOf } from './tree.ts'

/** Maps a link to its target directory, which is itself written without links. */
export type DirectoryLinks = ReadonlyMap<EntryPath, EntryPath>

/** Finds all symbolic links of a tree that lead to a directory of the tree. Looks at directories and links only. */
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

/** Rewrites names through links. */
export interface Through {
  /** Resolved path of a directory. */
  directory(path: EntryPath): EntryPath
  /** Resolved path of anything else: links above it apply, one at the name itself does not. */
  name(path: EntryPath): EntryPath
}

/** Rewrites names through the given links; looks up every directory once. */
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

/** Target of a link by its string alone; undefined if it leads above the root. */
export function leadsTo({ path, target }: SymlinkEntry): EntryPath | undefined {
  const parts = target.startsWith('/') ? [] : parent(path).split('/')
  for (const part of target.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return undefined
    } else if (part !== '.' && part !== '') parts.push(part)
  }
  return entryPathOf(parts.join('/'))
}
