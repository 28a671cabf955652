/**
 * An image's own layer: debian-root, its contents, the links that stand for Debian packages named by store path, and edits.
 *
 * Made as one layer file in the store, at a path that follows from the conf's: the same image, the same layer. Who wins at a path is said
 * by tree/merge.ts; the ranks are given here. Over a base it holds only what the base lacks.
 */
import type { LocalContent } from '../base/bytes.ts'
import { tarSize, writeTar } from '../format/tar/write.ts'
import type { Workshop } from '../source/package.ts'
import type { PathInfo, StoreReader } from '../store/store.ts'
import { recipePath, type StorePath } from '../store/store-path.ts'
import { isAccountFile } from '../tree/accounts.ts'
import { applyEdits } from '../tree/apply-edits.ts'
import type { Ranked } from '../tree/choose.ts'
import type { Entry, Metadata } from '../tree/entry.ts'
import { sameEntry } from '../tree/equal.ts'
import { type DirectoryLinks, through } from '../tree/links.ts'
import { mergeTrees } from '../tree/merge.ts'
import { inOrder } from '../tree/order.ts'
import { overlay } from '../tree/overlay.ts'
import { type EntryPath, entryPathOf, parent } from '../tree/path.ts'
import { adjusted, filtered } from '../tree/transform.ts'
import { emptyTree, type Tree, treeOf } from '../tree/tree.ts'
import type { Assembling, Parts } from './assemble.ts'
import type { BaseImage } from './base-image.ts'
import { contentsTree } from './contents.ts'
import { copiedContents } from './copied-contents.ts'
import { debianRootOf } from './debian-set.ts'
import { linkDirectories, namedPackages } from './link-directories.ts'
import { nixDatabase } from './nix-database.ts'
import { fileInStore } from './store-file.ts'

/** Ranks of who wins at a path: a base below, packages, debian-root, contents; edits come after all of them. */
export const ranks = { base: 0, packages: 1, debianRoot: 2, accounts: 3, contents: 4 } as const

/** Makes the layer of an image, or finds it in the store. */
export async function imageRoot(parts: Parts, shop: Workshop): Promise<PathInfo> {
  const { image, closure } = parts
  const maker = 'image-root-1'
  const name = `${image.name}-customisation-layer`
  const path = recipePath(name, { maker, name, arguments: { conf: image.path }, closure: [] })
  const present = shop.store.info(path)
  if (present !== undefined) return present
  const tree = await rootTree(parts, shop)
  const form = { names: 'relative', end: 'record' } as const
  const size = tarSize(tree.entries(), form)
  return shop.store.addFile(path, writeTar(tree.entries(), form), { size, candidates: [...closure.nodes.keys()] })
}

/** The Debian packages of a closure, ranked. */
export function rankedPackages(
  { nodes }: Parts['closure'],
  store: StoreReader,
): readonly (Ranked & { readonly path: StorePath })[] {
  return [...nodes].flatMap(([path, node]) =>
    node.as === 'deb' ? [{ path, rank: ranks.packages, name: path.slice(33), tree: store.laidOut(path, 'deb') }] : [],
  )
}

async function rootTree(parts: Parts, shop: Workshop): Promise<Tree> {
  const { image, base, closure, over } = parts
  const { store } = shop
  const { includeStorePaths, includeNixDB, copies } = image.data
  const packages = rankedPackages(closure, store)
  const debs = new Set(packages.map((each) => each.path))
  const standIns = namedPackages(image, closure, debs)
  const debianRoot = await debianRootFor(parts, shop)
  const links = linksOf(base, debianRoot)
  const place = { store, links, debs }
  const laidOut = mergeTrees(packages, { links, within: () => 'first' })
  const contents =
    copies === null
      ? contentsTree(image.contents, place)
      : keepingDirectories(copiedContents(image.contents, copies, place), links, [
          base?.tree ?? emptyTree,
          debianRoot,
          laidOut,
        ])
  const roots = image.contents.flatMap((item) => (item.as === 'store' ? [item.path] : []))
  const own: readonly Ranked[] = [
    { rank: ranks.debianRoot, name: 'debian-root', tree: debianRoot },
    // Users that the base has keep its lines.
    { rank: ranks.accounts, name: 'the base image', tree: accountsOf(base) },
    { rank: ranks.contents, name: 'contents', tree: contents },
    { rank: ranks.contents, name: 'store paths', tree: includeStorePaths ? linkDirectories(standIns) : emptyTree },
    {
      rank: ranks.contents,
      name: 'Nix database',
      tree: includeNixDB ? nixDatabase({ closure, roots, standIns }) : emptyTree,
    },
  ]
  const follow = (target: string): LocalContent | undefined => fileInStore(target, store)
  const merged = mergeTrees(own, { links, follow, within: () => 'first' })
  if (base === undefined) return withEdits(image, merged, () => laidOut)
  const added = withWhiteouts(lacking(merged, base, laidOut), over?.gone ?? [])
  return lacking(
    withEdits(image, added, () => overlay([base.tree, laidOut])),
    base,
    laidOut,
  )
}

function withEdits({ data }: Assembling, tree: Tree, below: () => Tree): Tree {
  const { extraCommands, fakeRootCommands } = data
  if (extraCommands.length + fakeRootCommands.length === 0) return tree
  const lower = below()
  const first = applyEdits(tree, extraCommands, { lower, place: 'extraCommands' })
  return applyEdits(first, fakeRootCommands, { lower, place: 'fakeRootCommands' })
}

/** debian-root, where there is a Debian package; over a base without the links for directories that the base really has. */
async function debianRootFor({ image, base, closure, over }: Parts, shop: Workshop): Promise<Tree> {
  const hasDebian = [...closure.nodes.values()].some((node) => node.as === 'deb')
  if (image.debian === undefined || !hasDebian) return emptyTree
  const tree = await debianRootOf(image.debian, { closure, base, over }, shop)
  if (base === undefined) return tree
  return filtered(tree, (entry) => entry.kind !== 'symlink' || base.entries.get(entry.path)?.kind !== 'directory')
}

/** The root's links to directories: the base's, and those of merged /usr that debian-root makes. */
function linksOf(base: BaseImage | undefined, debianRoot: Tree): DirectoryLinks {
  const links = new Map(base?.links)
  for (const entry of debianRoot.entries()) {
    if (entry.kind === 'symlink' && /^usr\/[^/]+$/.test(entry.target)) links.set(entry.path, entryPathOf(entry.target))
  }
  return links
}

/** The account files of a base, to be merged with. */
function accountsOf(base: BaseImage | undefined): Tree {
  if (base === undefined) return emptyTree
  return treeOf([...base.entries.values()].filter((entry) => isAccountFile(entry.path)))
}

/** Copies with an owner of their own go into directories that are there without them, and do not take these over; the first tree says. */
function keepingDirectories(tree: Tree, links: DirectoryLinks, below: readonly Tree[]): Tree {
  const to = through(links)
  const known = new Map<EntryPath, Metadata>()
  for (const entry of below.flatMap((each) => [...each.entries()]))
    if (entry.kind === 'directory' && !known.has(entry.path)) known.set(entry.path, entry.metadata)
  return adjusted(tree, ({ kind, path, metadata }) =>
    kind === 'directory' ? (known.get(to.directory(path)) ?? metadata) : metadata,
  )
}

/**
 * What a base does not have already, unless a package lays something else there. Directories stay where a layer has something in them, and
 * so does what another name of the layer is a link to.
 */
function lacking(tree: Tree, base: BaseImage, laidOut: Tree): Tree {
  const covered = new Map(Iterator.from(laidOut.entries()).map((entry) => [entry.path, entry]))
  const isThere = (entry: Entry): boolean => {
    const below = base.entries.get(entry.path)
    const between = covered.get(entry.path)
    return below !== undefined && sameEntry(entry, below) && (between === undefined || sameEntry(between, below))
  }
  const needed = new Set<EntryPath>()
  const kept: Entry[] = []
  for (const entry of [...tree.entries()].reverse()) {
    if (entry.kind === 'hardlink') needed.add(entry.target)
    if (!needed.has(entry.path) && isThere(entry)) continue
    needed.add(parent(entry.path))
    kept.push(entry)
  }
  return treeOf(kept.reverse())
}

/** Removes files of the base that nothing has any more. */
function withWhiteouts(tree: Tree, gone: readonly EntryPath[]): Tree {
  if (gone.length === 0) return tree
  const present = new Set(Iterator.from(tree.entries()).map((entry) => entry.path))
  const whiteouts = gone.filter((path) => !present.has(path)).map((path): Entry => ({ kind: 'whiteout', path }))
  return treeOf(inOrder([...tree.entries(), ...whiteouts]))
}
