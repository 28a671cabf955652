/** The sets of one image: what act 5 asks of them (source/ecosystem.ts). */
import { posix } from 'node:path'
import type { MemberOptions } from '../../layer/member-options.ts'
import type { ComputedTree, EcosystemUse, Whole } from '../../source/ecosystem.ts'
import { realise } from '../../source/realise.ts'
import type { StoreReader } from '../../store/store.ts'
import type { StorePath } from '../../store/store-path.ts'
import { memoryTree, symlink } from '../../tree/memory.ts'
import { mergeTrees } from '../../tree/merge.ts'
import { type EntryPath, path as pathOf } from '../../tree/path.ts'
import type { Tree } from '../../tree/tree.ts'
import { ownTree } from '../own-code/own-code.ts'
import type { NpmPart, OwnCode, Resolution } from '../resolution.ts'
import { asNpm } from '../tarball/normaliser.ts'
import { targetOf } from '../tree/bins.ts'
import { linkTarget } from '../tree/graph.ts'
import { accountTree } from './account.ts'
import { treeIdentity } from './identity.ts'
import { checkInstalled, installedPackages, scriptNotes } from './installed.ts'
import { type Layout, layoutOf, placesIn } from './layout.ts'
import { runConfig } from './run.ts'

/** The tree of a set, with the project's own files. */
export type TreePart = Extract<NpmPart, { kind: 'tree' }> & { readonly path: StorePath }

/** A set, with its trees among an image's packages. */
export interface UsedSet {
  readonly resolution: Resolution
  readonly trees: readonly TreePart[]
}

/** Version of the way in which trees are laid out; it rises whenever some image would get other bytes. */
const version = 'npm-tree-1'

/** An image's use of some sets. */
export function npmUse(sets: readonly UsedSet[]): EcosystemUse {
  const known = new WeakMap<Whole, readonly Layout[]>()
  const layouts = (whole: Whole): readonly Layout[] => {
    const found = known.get(whole) ?? sets.map((set) => layoutOfSet(set, whole))
    known.set(whole, found)
    return found
  }
  return {
    recipe: { version, sets: sets.map(recipeOf) },
    architecture: sets[0]?.resolution.architecture,
    implied: () => [],
    over: () => ({ present: new Set(), gone: [] }),
    check: (whole) => checkInstalled(installedPackages(layouts(whole), whole)),
    member: (path, whole) =>
      whole.closure.nodes.get(path)?.as === asNpm ? memberOptions(path, layouts(whole), whole) : undefined,
    yields: () => undefined,
    config: ({ store }) => runConfigOf(sets, store),
    root: async (whole, shop) => {
      // No object refers to them, so none that is there already brings them along.
      await realise(
        sets.flatMap(codeOf).map(({ recipe }) => recipe),
        shop,
      )
      return rootOf(sets, layouts(whole), whole)
    },
  }
}

/** The config of the application that the image is of, if it is of one. */
function runConfigOf(sets: readonly UsedSet[], store: StoreReader): Readonly<Record<string, unknown>> {
  for (const tree of sets.flatMap(({ trees }) => trees))
    if (tree.run !== undefined) return runConfig(tree.run, tree, store)
  return {}
}

function codeOf({ trees }: UsedSet): readonly OwnCode[] {
  return trees.flatMap((tree) => tree.code)
}

function layoutOfSet({ resolution, trees }: UsedSet, { closure }: Whole): Layout {
  return layoutOf(
    resolution,
    trees.some(({ path }) => closure.nodes.has(path)),
    closure,
  )
}

/** All that a set's files follow from, besides the tarballs. */
function recipeOf({ resolution, trees }: UsedSet): unknown {
  const code = trees.flatMap((tree) => tree.code.map(({ recipe: { path }, at }) => [at, path]))
  const { writable } = resolution.set.code
  const run = trees.flatMap((tree) => tree.run ?? [])
  return {
    tree: treeIdentity(resolution),
    code,
    ...(writable.length === 0 ? {} : { writable }),
    ...(run.length === 0 ? {} : { run }),
  }
}

function memberOptions(object: StorePath, layouts: readonly Layout[], whole: Whole): MemberOptions {
  const tree = whole.store.laidOut(object, asNpm)
  const at: string[] = []
  const executable: string[] = []
  const links: [string, string][] = []
  for (const layout of layouts) {
    const places = new Set(placesIn(object, layout))
    at.push(...[...places].map((place) => inImage(layout, place)))
    for (const bin of layout.bins) {
      if (!places.has(bin.place) || tree.get(pathOf(posix.relative(bin.place, bin.file))) === undefined) continue
      executable.push(inImage(layout, bin.file))
      links.push([inImage(layout, bin.link), latin1(targetOf(bin))])
    }
  }
  return {
    at: at.sort(),
    ...(executable.length === 0 ? {} : { executable: executable.sort() }),
    ...(links.length === 0 ? {} : { links: Object.fromEntries(links.sort()) }),
  }
}

/** What the sets of an image need together: links to directories of the project, and its own files. */
function rootOf(sets: readonly UsedSet[], layouts: readonly Layout[], whole: Whole): ComputedTree {
  const { store } = whole
  const trees = [...sets.map((set) => ownTree(codeOf(set), set.resolution, store)), ...layouts.map(linkTree)]
  const ranked = trees.map((tree) => ({ rank: 0, name: 'npm', tree }))
  const accounts = sets
    .filter(hasAccount)
    .map(({ resolution }) => ({ rank: 1, name: 'npm', tree: accountTree(resolution) }))
  const engines = layouts.flatMap(({ resolution }) => resolution.notes)
  const notes = [...engines, ...scriptNotes(installedPackages(layouts, whole))]
  return { tree: mergeTrees([...ranked, ...accounts]), links: new Map(), notes }
}

/** Whether the application of a set runs as a user of its own, or has directories for one. */
function hasAccount({ resolution, trees }: UsedSet): boolean {
  return trees.some(({ run }) => run !== undefined || resolution.set.code.writable.length > 0)
}

function linkTree(layout: Layout): Tree {
  const links = [...layout.places].flatMap((place) => {
    const target = linkTarget(layout.resolution.kept.get(place))
    return target === undefined ? [] : [[inImage(layout, place), relativeTo(place, target)] as const]
  })
  return memoryTree(
    new Map(links.map(([at, target]): [EntryPath, ReturnType<typeof symlink>] => [pathOf(at), symlink(target)])),
  )
}

function relativeTo(place: string, target: string): string {
  return posix.relative(posix.dirname(place), target)
}

function inImage({ resolution: { set } }: Layout, place: string): string {
  return latin1(posix.join(set.place, place))
}

/** Paths in layers have one character per byte. */
function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
