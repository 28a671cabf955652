/**
 * An image's own layer: debian-root, the links of its contents, the links that stand for Debian packages named by store path, and edits.
 *
 * Made as one layer file in the store, at a path that follows from the conf's: the same image, the same layer. Who wins at a path is said
 * by tree/merge.ts; the ranks are given here (docs/architecture.md, "Who wins").
 */
import type { LocalContent } from '../base/bytes.ts'
import { tarSize, writeTar } from '../format/tar/write.ts'
import type { Workshop } from '../source/package.ts'
import type { Closure, PathInfo, StoreReader } from '../store/store.ts'
import { hashPart, logical, parseStorePath, recipePath, type StorePath, storeDirectory } from '../store/store-path.ts'
import { applyEdits } from '../tree/apply-edits.ts'
import type { Ranked } from '../tree/choose.ts'
import { directory, memoryTree, symlink } from '../tree/memory.ts'
import { mergeTrees } from '../tree/merge.ts'
import { type EntryPath, entryPathOf, path as pathOf } from '../tree/path.ts'
import { under } from '../tree/transform.ts'
import { emptyTree, type Tree } from '../tree/tree.ts'
import { contentsTree, type DirectoryLinks } from './contents.ts'
import { debianRootOf } from './debian-set.ts'
import type { Assembling } from './layered-assembly.ts'
import { nixDatabase } from './nix-database.ts'

/** Ranks of who wins at a path: a base below, packages, debian-root, contents; edits come after all of them. */
export const ranks = { base: 0, packages: 1, debianRoot: 2, contents: 3 } as const

/** Makes the layer of an image, or finds it in the store. `packages` are the Debian packages' trees. */
export async function imageRoot(image: Assembling, closure: Closure, shop: Workshop): Promise<PathInfo> {
  const maker = 'image-root-1'
  const name = `${image.name}-customisation-layer`
  const path = recipePath(name, { maker, name, arguments: { conf: image.path }, closure: [] })
  const present = shop.store.info(path)
  if (present !== undefined) return present
  const tree = await rootTree(image, closure, shop)
  const form = { names: 'relative', end: 'record' } as const
  const size = tarSize(tree.entries(), form)
  return shop.store.addFile(path, writeTar(tree.entries(), form), { size, candidates: [...closure.nodes.keys()] })
}

/** The Debian packages of a closure, ranked. */
export function rankedPackages(
  closure: Closure,
  store: StoreReader,
): readonly (Ranked & { readonly path: StorePath })[] {
  return [...closure.nodes].flatMap(([path, node]) =>
    node.as === 'deb' ? [{ path, rank: ranks.packages, name: path.slice(33), tree: store.laidOut(path, 'deb') }] : [],
  )
}

async function rootTree(image: Assembling, closure: Closure, shop: Workshop): Promise<Tree> {
  const { store } = shop
  const { extraCommands, fakeRootCommands, includeStorePaths, includeNixDB } = image.data
  const packages = rankedPackages(closure, store)
  const debs = new Set(packages.map((each) => each.path))
  const named = namedPackages(image, closure, debs)
  const roots = image.contents.flatMap((item) => (item.as === 'store' ? [item.path] : []))
  const debianRoot =
    image.debian === undefined || debs.size === 0 ? emptyTree : await debianRootOf(image.debian, closure, shop)
  const links = directoryLinks(debianRoot)
  const follow = (target: string): LocalContent | undefined => contentAt(target, store)
  const own: readonly Ranked[] = [
    { rank: ranks.debianRoot, name: 'debian-root', tree: debianRoot },
    { rank: ranks.contents, name: 'contents', tree: contentsTree(image.contents, { store, links, debs }) },
    { rank: ranks.contents, name: 'store paths', tree: includeStorePaths ? linkDirectories(named) : emptyTree },
    {
      rank: ranks.contents,
      name: 'Nix database',
      tree: includeNixDB ? nixDatabase({ closure, roots, standIns: named }) : emptyTree,
    },
  ]
  const tree = mergeTrees(own, { links, follow, within: () => 'first' })
  if (extraCommands.length + fakeRootCommands.length === 0) return tree
  const lower = mergeTrees(packages, { links, within: () => 'first' })
  const first = applyEdits(tree, extraCommands, { lower, place: 'extraCommands' })
  return applyEdits(first, fakeRootCommands, { lower, place: 'fakeRootCommands' })
}

/** The root's links to directories: `bin` → `usr/bin`. */
function directoryLinks(tree: Tree): DirectoryLinks {
  const links = new Map<EntryPath, EntryPath>()
  for (const entry of tree.entries()) {
    if (entry.kind === 'symlink' && entry.target.startsWith('usr/')) links.set(entry.path, entryPathOf(entry.target))
  }
  return links
}

/** What a link into the store leads to, for account files that are links. */
function contentAt(target: string, store: StoreReader): LocalContent | undefined {
  if (!target.startsWith(`${storeDirectory}/`)) return undefined
  const [base = '', ...rest] = target.slice(storeDirectory.length + 1).split('/')
  const path = parseStorePath(base)
  if (path === undefined || store.info(path) === undefined) return undefined
  for (const entry of store.tree(path).entries()) {
    if (entry.path === rest.join('/')) return entry.kind === 'file' ? entry.content : undefined
  }
  return undefined
}

/** What stands at a Debian package's store path in an image. */
const standIns: Readonly<Record<string, string>> = {
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

/** The directory of links that stands at a Debian package's store path. */
const standIn: Tree = memoryTree({
  '': directory(),
  ...Object.fromEntries(Object.entries(standIns).map(([link, target]) => [link, symlink(target)])),
})

/** The Debian packages that something names by store path, with what stands there. */
function namedPackages(
  { data }: Assembling,
  closure: Closure,
  debs: ReadonlySet<StorePath>,
): ReadonlyMap<StorePath, Tree> {
  const said = JSON.stringify([data.config, data.extraCommands, data.fakeRootCommands])
  const referred = new Set([...closure.nodes.values()].flatMap((node) => node.info.references))
  const named = [...debs].filter((path) => referred.has(path) || said.includes(hashPart(path)))
  return new Map(named.map((path) => [path, standIn]))
}

/** All of them at their places. */
function linkDirectories(named: ReadonlyMap<StorePath, Tree>): Tree {
  return mergeTrees(
    [...named].map(([path, tree]) => ({ rank: ranks.contents, name: path, tree: under(tree, pathOf(logical(path))) })),
  )
}
