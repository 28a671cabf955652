/**
 * A Debian package's store path: a directory of links to its files, so that `${pkgs("hello")}/bin/hello` works whatever the base's `/bin` is.
 * Only packages that something refers to by store path have one.
 */
import { directory, memoryTree, symlink } from '../../tree/memory.ts'
import { type EntryPath, entryPathOf, isWithin, root } from '../../tree/path.ts'
import type { Tree } from '../../tree/tree.ts'

const links: Readonly<Record<string, string>> = {
  bin: '/usr/bin',
  sbin: '/usr/sbin',
  lib: '/usr/lib',
  libexec: '/usr/libexec',
  share: '/usr/share',
  include: '/usr/include',
  usr: '/usr',
  etc: '/etc',
  var: '/var',
}

/** The directory, the same for every package. */
export const linkDirectory: Tree = memoryTree({
  '': directory(),
  ...Object.fromEntries(Object.entries(links).map(([link, target]) => [link, symlink(target)])),
})

const records = entryPathOf('var/lib/dpkg')

/** Name of a package's file in a directory of links: `usr/bin/x` becomes `bin/x`; the package database is omitted. */
export function placeInLinkDirectory(at: EntryPath): EntryPath | undefined {
  if (isWithin(at, records)) return undefined
  if (at === 'usr') return root
  return at.startsWith('usr/') ? entryPathOf(at.slice(4)) : at
}
