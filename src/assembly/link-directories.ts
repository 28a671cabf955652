/**
 * What stands at a Debian package's store path: a directory of links to where its files are, so `${pkgs.hello}/bin/hello` works whatever
 * the base's `/bin` is. Only packages that something names by store path have one.
 */
import type { Closure } from '../store/store.ts'
import { hashPart, logical, type StorePath } from '../store/store-path.ts'
import { directory, memoryTree, symlink } from '../tree/memory.ts'
import { mergeTrees } from '../tree/merge.ts'
import { path as pathOf } from '../tree/path.ts'
import { under } from '../tree/transform.ts'
import type { Tree } from '../tree/tree.ts'
import type { Assembling } from './assemble.ts'

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

const linkDirectory: Tree = memoryTree({
  '': directory(),
  ...Object.fromEntries(Object.entries(links).map(([link, target]) => [link, symlink(target)])),
})

/** The Debian packages that something names by store path, with what stands there. */
export function namedPackages(
  { data }: Assembling,
  closure: Closure,
  debs: ReadonlySet<StorePath>,
): ReadonlyMap<StorePath, Tree> {
  const said = JSON.stringify([data.config, data.extraCommands, data.fakeRootCommands])
  const referred = new Set([...closure.nodes.values()].flatMap((node) => node.info.references))
  const named = [...debs].filter((path) => referred.has(path) || said.includes(hashPart(path)))
  return new Map(named.map((path) => [path, linkDirectory]))
}

/** All of them at their places. */
export function linkDirectories(named: ReadonlyMap<StorePath, Tree>): Tree {
  return mergeTrees(
    [...named].map(([path, tree]) => ({ rank: 0, name: path, tree: under(tree, pathOf(logical(path))) })),
  )
}

/** Where in an image's root a path inside a Debian package's link directory leads: `/nix/store/<deb>/bin/x` is `/usr/bin/x`. */
export function throughLinkDirectory(rest: readonly string[]): string {
  const [first = '', ...inner] = rest
  return [links[first] ?? `/${first}`, ...inner].join('/')
}
