/**
 * Names of files as Debian packages ship them → where they stand when /bin, /sbin and /lib* are links into /usr (usrmerge).
 *
 * Every name and every hard link's target below such an alias moves; an alias that a package ships as a directory is left out, since a
 * real directory in a layer would hide the link below it.
 */
import { type EntryPath, entryPathOf } from '../tree/path.ts'

/** The directories of the root that are links into /usr. */
export const aliases = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'] as const

/** Where a path stands in merged /usr. */
export function mergedPath(path: EntryPath): EntryPath {
  const slash = path.indexOf('/')
  return slash > 0 && isAlias(path.slice(0, slash)) ? entryPathOf(`usr/${path}`) : path
}

/** Whether a path is one of the aliases itself. */
export function isAlias(path: string): boolean {
  return aliases.some((alias) => alias === path)
}
