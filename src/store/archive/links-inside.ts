/** Finds symbolic links that lead out of a tree. */
import type { SymlinkEntry } from '../../tree/entry.ts'
import { join, parent, root } from '../../tree/path.ts'
import type { Tree } from '../../tree/tree.ts'

/** Limit on the links in one path, as in Linux (path_resolution(7)): a cycle leads nowhere, and so not out. */
const mostLinks = 40

/**
 * Tells whether a link leads out of its tree, by an absolute target or by more ".." parts than there are directories, through whatever other
 * links. What does not exist has no links.
 */
export function leavesTree(tree: Tree, link: SymlinkEntry): boolean {
  if (link.target.startsWith('/')) return true
  const ahead = partsOf(link.target)
  let at = parent(link.path)
  let links = 0
  for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
    if (part === '..') {
      if (at === root) return true
      at = parent(at)
      continue
    }
    const next = join(at, part)
    const found = tree.get(next)
    if (found?.kind !== 'symlink') at = next
    else if (found.target.startsWith('/')) return true
    else if (++links > mostLinks) return false
    else ahead.push(...partsOf(found.target))
  }
  return false
}

function partsOf(target: string): string[] {
  return target
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .reverse()
}
