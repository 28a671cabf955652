/**
 * Maps names of files in Debian packages to their paths in a root whose /bin, /sbin and /lib* are links into /usr (usrmerge) and whose
 * /var/run and /var/lock are links into /run (Policy 9.1.4).
 *
 * Every name and every hard link's target below such an alias moves; an alias that a package ships as a directory is omitted, since a real
 * directory in a layer would hide the link below it.
 */
import { type EntryPath, entryPathOf } from '../tree/path.ts'

/** Directories of the root that are links into /usr. */
export const usrAliases = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'] as const

const targets: ReadonlyMap<string, string> = new Map([
  ...usrAliases.map((alias) => [alias, `usr/${alias}`] as const),
  ['var/run', 'run'],
  ['var/lock', 'run/lock'],
])

/** Final path of a file. An alias itself stays: it is the link. */
export function mergedPath(path: EntryPath): EntryPath {
  for (const [alias, target] of targets) {
    if (path.startsWith(alias) && path[alias.length] === '/') return entryPathOf(target + path.slice(alias.length))
  }
  return path
}

/** Final path of a directory; an alias is replaced by its target. */
export function mergedDirectory(path: EntryPath): EntryPath {
  const target = targets.get(path)
  return target === undefined ? mergedPath(path) : entryPathOf(target)
}

/** Tells whether a path is one of the aliases itself. */
export function isAlias(path: string): boolean {
  return targets.has(path)
}
