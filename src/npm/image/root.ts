/** Files computed for the sets of an image together: the project's own files, links to its directories, and the application's account. */
import { posix } from 'node:path'
import type { ComputedTree, Whole } from '../../source/ecosystem.ts'
import { memoryTree, symlink } from '../../tree/memory.ts'
import { mergeTrees } from '../../tree/merge.ts'
import { entryPathOf } from '../../tree/path.ts'
import { adjusted } from '../../tree/transform.ts'
import { emptyTree, type Tree } from '../../tree/tree.ts'
import { ownTree } from '../own-code/own-code.ts'
import { targetOf } from '../tree/bins.ts'
import { linkTarget } from '../tree/graph.ts'
import { accountTree } from './account.ts'
import { type InstalledPackage, scriptNotes } from './installed.ts'
import { inImage, type Layout } from './layout.ts'
import { codeOf, type UsedSet } from './used-set.ts'

/** Packages installed in an image. */
export interface Installed {
  /** One for each set. */
  readonly layouts: readonly Layout[]
  readonly packages: readonly InstalledPackage[]
}

/** Returns the tree of some sets, each with its layout. */
export function rootOf(sets: readonly UsedSet[], { layouts, packages }: Installed, { store }: Whole): ComputedTree {
  const own = sets.map((set) => ownTree(codeOf(set), set.resolution, store))
  const commands = layouts.flatMap((layout, index) => commandsOf(layout, sets[index], own[index] ?? emptyTree))
  const executable = new Set(commands.map(({ file }) => file))
  const trees = [...own.map((tree) => withCommands(tree, executable)), ...layouts.map(linkTree), commandLinks(commands)]
  const ranked = trees.map((tree) => ({ rank: 0, name: 'npm', tree }))
  const accounts = sets
    .filter(hasAccount)
    .map(({ resolution }) => ({ rank: 1, name: 'npm', tree: accountTree(resolution) }))
  const engines = layouts.flatMap(({ resolution }) => resolution.notes)
  const notes = [...engines, ...scriptNotes(packages)]
  return { tree: mergeTrees([...ranked, ...accounts]), links: new Map(), notes }
}

/** Tells whether the application of a set runs as its own user or has writable directories. */
function hasAccount({ resolution, trees }: UsedSet): boolean {
  return trees.some(({ run }) => run !== undefined || resolution.set.code.writable.length > 0)
}

/** A command among the project's own files, and the link to it. Paths are those in the image. */
interface OwnCommand {
  readonly file: string
  readonly link: string
  readonly target: string
}

/** Returns the commands of linked directories, without those whose file does not exist. */
function commandsOf(layout: Layout, set: UsedSet | undefined, own: Tree): readonly OwnCommand[] {
  const { kept } = layout.resolution
  return layout.ownBins.flatMap((bin) => {
    const { link, place } = bin
    const directory = linkTarget(kept.get(place)) ?? place
    const file = inImage(layout, posix.join(directory, posix.relative(place, bin.file)))
    const isThere = set === undefined || codeOf(set).length === 0 || own.get(entryPathOf(file)) !== undefined
    return isThere ? [{ file, link: inImage(layout, link), target: targetOf(bin) }] : []
  })
}

function withCommands(tree: Tree, files: ReadonlySet<string>): Tree {
  if (files.size === 0) return tree
  return adjusted(tree, ({ kind, path, metadata }) =>
    kind === 'file' && files.has(path) ? { ...metadata, mode: metadata.mode | 0o111 } : metadata,
  )
}

function commandLinks(commands: readonly OwnCommand[]): Tree {
  return memoryTree(new Map(commands.map(({ link, target }) => [entryPathOf(link), symlink(target)])))
}

function linkTree(layout: Layout): Tree {
  const links = [...layout.places].flatMap((place) => {
    const target = linkTarget(layout.resolution.kept.get(place))
    return target === undefined ? [] : [[inImage(layout, place), relativeTo(place, target)] as const]
  })
  return memoryTree(new Map(links.map(([at, target]) => [entryPathOf(at), symlink(target)])))
}

function relativeTo(place: string, target: string): string {
  return posix.relative(posix.dirname(place), target)
}
