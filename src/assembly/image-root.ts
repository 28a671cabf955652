/**
 * An image's own layer: files computed for its packages together, its contents, stand-ins for packages named by store path, and edits.
 *
 * Made as one layer file in the store, at a path that follows from the conf's: the same image, the same layer. Conflicts are resolved
 * by tree/merge.ts, with the ranks of ranks.ts. On a base, the layer contains only the files that the base lacks.
 */
import type { LocalContent } from '../base/bytes.ts'
import { tarSize, writeTar } from '../format/tar/write.ts'
import { type ComputedTree, ecosystemOf } from '../source/ecosystem.ts'
import type { Workshop } from '../source/package.ts'
import { layoutOf } from '../store/layout.ts'
import type { PathInfo } from '../store/store.ts'
import { recipePath, type StorePath } from '../store/store-path.ts'
import { accountFilesIn } from '../tree/accounts.ts'
import type { Ranked } from '../tree/choose.ts'
import { type Entry, plain } from '../tree/entry.ts'
import { sameEntry } from '../tree/equal.ts'
import { type DirectoryLinks, through } from '../tree/links.ts'
import { mergeTrees } from '../tree/merge.ts'
import { inOrder } from '../tree/order.ts'
import { overlay } from '../tree/overlay.ts'
import { type Accounts, parseAccounts } from '../tree/owner-names.ts'
import { type EntryPath, parent } from '../tree/path.ts'
import { adjusted } from '../tree/transform.ts'
import { emptyTree, type Tree, treeOf } from '../tree/tree.ts'
import type { BaseImage } from './base-image.ts'
import { applyChanges, editedFirst, runsShell } from './changes.ts'
import { rankedMembers } from './collisions.ts'
import { contentsTree } from './contents.ts'
import { copiedContents } from './copied-contents.ts'
import { type CopiedLayer, copiedLayers, overCopied, withCopied } from './copied-files.ts'
import { accountsIn, needsAccounts, ownerOf } from './copied-owners.ts'
import { nixDatabase } from './nix-database.ts'
import { layerOptions } from './own-layers.ts'
import type { Parts } from './parts.ts'
import { ranks } from './ranks.ts'
import { standInsOf, standInTree } from './stand-ins.ts'
import { fileInStore } from './store-file.ts'

/** Version of this computation, part of every image's recipe. Must change whenever the bytes of any image's own layer would change. */
export const imageRootVersion = 'image-root-2'

/** Makes the layer of an image, unless the store has it. */
export async function imageRoot(parts: Parts, shop: Workshop): Promise<Own & { readonly info: PathInfo }> {
  const { image, whole } = parts
  const name = `${image.name}-customisation-layer`
  const path = recipePath(name, { maker: imageRootVersion, name, arguments: { conf: image.path }, closure: [] })
  const { tree: changed, ...own } = await rootTree(parts, shop)
  const tree = image.data.copies === null ? changed : withoutVain(changed, parts.base?.tree ?? emptyTree)
  const form = { names: 'relative', end: 'record' } as const
  const size = tarSize(tree.entries(), form)
  const candidates = [...whole.closure.nodes.keys()]
  return { info: await shop.store.addFile(path, writeTar(tree.entries(), form), { size, candidates }), ...own }
}

/** Facts about an image's own layer. */
export interface Own {
  readonly notes: readonly string[]
  /** Objects that the commands' output refers to. */
  readonly left: readonly StorePath[]
  /** Directories that commands made or changed. */
  readonly directories: ReadonlySet<EntryPath>
  /** Layers of copied files, which go below it. */
  readonly copied: readonly CopiedLayer[]
  /** The root file system that a container of the image sees. */
  readonly root: Tree
  /** Parts of it besides the base: the files of all packages, and then what goes above them, copied files and the image's own. */
  readonly packages: Tree
  readonly over: readonly Tree[]
}

async function rootTree(parts: Parts, shop: Workshop): Promise<Own & { readonly tree: Tree }> {
  const { base, whole, members } = parts
  const { store } = shop
  const computed = await computedTrees(parts, shop)
  const links = new Map([...(base?.links ?? []), ...computed.flatMap((each) => [...each.links])])
  const laidOut = mergeTrees(rankedMembers(members, store), { links, within: () => 'first' })
  const own = ownTrees(parts, { computed, links, laidOut })
  const follow = (target: string): LocalContent | undefined => fileInStore(target, store)
  const merged = mergeTrees(own, { links, follow, within: () => 'first' })
  const notes = computed.flatMap((each) => each.notes)
  const lower = base === undefined ? laidOut : overlay([base.tree, laidOut])
  const copied = copiedInto(parts, lower, merged)
  const over = overCopied(merged, copied)
  const below = (): Tree => withCopied(lower, copied)
  const stable = (): Tree => lower
  const visible = (tree: Tree) => ({ packages: laidOut, over: [...copied.map((layer) => layer.tree), tree] })
  if (base === undefined) {
    const { tree, left, directories } = await applyChanges({ parts, layer: over, copied, below, stable }, shop)
    return { tree, left, directories, notes, copied, root: overlay([below(), tree]), ...visible(tree) }
  }
  const between = withCopied(laidOut, copied)
  const gone = whole.gone.filter((path) => copied.every((layer) => layer.tree.get(path) === undefined))
  const added = withWhiteouts(lacking(over, base, between), gone)
  const { tree, left, directories } = await applyChanges({ parts, layer: added, copied, below, stable }, shop)
  return {
    tree: lacking(tree, base, between),
    left,
    directories,
    notes,
    copied,
    root: overlay([below(), tree]),
    ...visible(tree),
  }
}

/** Returns the layers of copied files. Owners are looked up after the typed commands. @throws BuildError merge.directory, account.unknown */
function copiedInto(parts: Parts, lower: Tree, own: Tree): readonly CopiedLayer[] {
  const { image, whole } = parts
  const { copied, data } = image
  const { store } = whole
  const { uid, gid } = data.copies ?? { uid: 0, gid: 0 }
  const naming = { byDefault: `${uid}:${gid}`, byShell: runsShell(parts) }
  const place = { store, options: layerOptions(data), lower, own }
  const ownedBy = (accounts: Accounts): readonly CopiedLayer[] =>
    copiedLayers(copied, { ...place, ownerOf: (each) => ownerOf(each, accounts, naming) })
  if (!copied.some(needsAccounts)) return ownedBy(parseAccounts('', ''))
  const unowned = copiedLayers(copied, { ...place, ownerOf: () => plain(0) })
  const below = withCopied(lower, unowned)
  const edited = editedFirst({
    parts,
    layer: overCopied(own, unowned),
    copied: unowned,
    below: () => below,
    stable: () => lower,
  })
  return ownedBy(accountsIn(overlay([below, edited]), store))
}

interface Computed extends ComputedTree {
  readonly kind: string
}

/** Computes the files that each ecosystem adds for its packages together. */
async function computedTrees({ image, whole }: Parts, shop: Workshop): Promise<readonly Computed[]> {
  const found: Computed[] = []
  for (const { kind, use } of image.uses) found.push({ kind, ...(await use.root(whole, shop)) })
  return found
}

interface Below {
  readonly computed: readonly Computed[]
  readonly links: DirectoryLinks
  /** All packages as laid out in the image. */
  readonly laidOut: Tree
}

/** Returns the trees of the image's own layer, before edits. */
function ownTrees(parts: Parts, { computed, links, laidOut }: Below): readonly Ranked[] {
  const { image, base, whole } = parts
  const { temporary } = layoutOf(whole.store.root)
  const { includeStorePaths, includeNixDB } = image.data
  const standIns = standInsOf({ named: whole.named, recipes: parts.recipes })
  const roots = image.contents.flatMap((item) => (item.as === 'store' ? [item.path] : []))
  const database = includeNixDB ? nixDatabase({ closure: whole.closure, roots, standIns }, temporary) : emptyTree
  const below = [base?.tree ?? emptyTree, ...computed.map(({ tree }) => tree), laidOut]
  return [
    ...computed.map(({ kind, tree }) => ({ rank: ranks.computed, name: `${kind}-root`, tree })),
    // Users of the base keep its lines.
    { rank: ranks.accounts, name: 'the base image', tree: accountFilesIn(base?.tree ?? emptyTree) },
    { rank: ranks.contents, name: 'contents', tree: contentsOf(parts, links, below) },
    { rank: ranks.contents, name: 'store paths', tree: includeStorePaths ? standInTree(standIns) : emptyTree },
    { rank: ranks.contents, name: 'Nix database', tree: database },
  ]
}

function contentsOf({ image, whole, recipes }: Parts, links: DirectoryLinks, below: readonly Tree[]): Tree {
  const standIn = (path: StorePath): Tree | undefined => {
    const recipe = recipes.get(path)
    return recipe === undefined || recipe.as === 'store' ? undefined : ecosystemOf(recipe)?.standIn(recipe)
  }
  const place = { store: whole.store, links, standIn }
  const { copies } = image.data
  if (copies === null) return contentsTree(image.contents, place)
  return keepingDirectories(copiedContents(image.contents, copies, place), links, below)
}

/** Gives the directories of copied contents the metadata of existing ones, from the first tree that has them: copies do not change their owner. */
function keepingDirectories(tree: Tree, links: DirectoryLinks, below: readonly Tree[]): Tree {
  const to = through(links)
  return adjusted(tree, ({ kind, path, metadata }) => {
    if (kind !== 'directory') return metadata
    const place = to.directory(path)
    return below.map((each) => each.get(place)).find((entry) => entry?.kind === 'directory')?.metadata ?? metadata
  })
}

/**
 * Removes entries that the base has already, unless a package puts something else there. Keeps the directories of remaining entries, and
 * the targets of remaining hard links.
 */
function lacking(tree: Tree, base: BaseImage, laidOut: Tree): Tree {
  const isThere = (entry: Entry): boolean => {
    const own = entry.kind === 'hardlink' ? (tree.get(entry.path) ?? entry) : entry
    const below = base.tree.get(entry.path)
    const between = laidOut.get(entry.path)
    return below !== undefined && sameEntry(own, below) && (between === undefined || sameEntry(between, below))
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

/** Leaves out removals of what no lower layer has, in a layer that the packages share. */
function withoutVain(tree: Tree, lower: Tree): Tree {
  const isRemoval = ({ kind }: Entry): boolean => kind === 'whiteout' || kind === 'opaque'
  const entries = [...tree.entries()]
  const kept = entries.filter((entry) => !isRemoval(entry) || lower.get(entry.path) !== undefined)
  return kept.length === entries.length ? tree : treeOf(kept)
}

/** Adds whiteouts for files of the base that must not be visible any more. */
function withWhiteouts(tree: Tree, gone: readonly EntryPath[]): Tree {
  if (gone.length === 0) return tree
  const missing = gone.filter((path) => tree.get(path) === undefined)
  const whiteouts = missing.map((path): Entry => ({ kind: 'whiteout', path }))
  return treeOf(inOrder([...tree.entries(), ...whiteouts]))
}
