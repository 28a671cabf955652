/** One image's use of sets, for act 5 (source/ecosystem.ts). */
import { posix } from 'node:path'
import type { MemberOptions } from '../../layer/member-options.ts'
import type { EcosystemUse, Whole } from '../../source/ecosystem.ts'
import { realise } from '../../source/realise.ts'
import type { StoreReader } from '../../store/store.ts'
import type { StorePath } from '../../store/store-path.ts'
import { path as pathOf } from '../../tree/path.ts'
import type { Tree } from '../../tree/tree.ts'
import { asNpm } from '../tarball/normaliser.ts'
import { makesAllExecutable, targetOf } from '../tree/bins.ts'
import { treeIdentity } from './identity.ts'
import { checkInstalled, installedPackages } from './installed.ts'
import { inImage, type Layout, latin1, layoutOf, placesIn } from './layout.ts'
import { rootOf } from './root.ts'
import { runConfig } from './run.ts'
import { codeOf, type UsedSet } from './used-set.ts'

/** Version of the layout of trees. Must change whenever the bytes of any image would change. */
const version = 'npm-tree-3'

/** Returns an image's use of some sets. */
export function npmUse(sets: readonly UsedSet[]): EcosystemUse {
  const layouts = once((whole) => sets.map((set) => layoutOf(set, whole.closure)))
  const installed = once((whole) => installedPackages(layouts(whole), whole))
  return {
    recipe: { version, sets: sets.map(recipeOf) },
    architecture: sets[0]?.resolution.architecture,
    implied: () => [],
    over: () => ({ present: new Set(), gone: [] }),
    check: (whole) => checkInstalled(installed(whole)),
    member: (path, whole) =>
      whole.closure.nodes.get(path)?.as === asNpm ? memberOptions(path, layouts(whole), whole) : undefined,
    yields: () => undefined,
    config: ({ store }) => runConfigOf(sets, store),
    // Node has a time zone database of its own (ICU).
    hasTimeZones: true,
    root: async (whole, shop) => {
      // No object refers to them, so no existing object implies that they exist.
      await realise(
        sets.flatMap(codeOf).map(({ recipe }) => recipe),
        shop,
      )
      return rootOf(sets, { layouts: layouts(whole), packages: installed(whole) }, whole)
    },
  }
}

/** Caches a computation, one result for each image. */
function once<T extends object>(compute: (whole: Whole) => T): (whole: Whole) => T {
  const known = new WeakMap<Whole, T>()
  return (whole) => {
    const found = known.get(whole) ?? compute(whole)
    known.set(whole, found)
    return found
  }
}

/** Returns the config of the image's application, if it has one. */
function runConfigOf(sets: readonly UsedSet[], store: StoreReader): Readonly<Record<string, unknown>> {
  for (const tree of sets.flatMap(({ trees }) => trees))
    if (tree.run !== undefined) return runConfig(tree.run, tree, store)
  return {}
}

/** Everything that determines a set's files, besides the tarballs. */
function recipeOf({ resolution, trees, named }: UsedSet): unknown {
  const code = trees.flatMap((tree) => tree.code.map(({ recipe: { path }, at }) => [at, path]))
  const { writable } = resolution.set.code
  const run = trees.flatMap((tree) => tree.run ?? [])
  const { scripts } = resolution.set
  const notes = [...resolution.notes, ...Object.keys(scripts).sort(), ...[...resolution.root.allowScripts].sort()]
  return {
    tree: treeIdentity(resolution),
    code,
    ...(named.length === 0 ? {} : { named }),
    // These determine the image's notes.
    ...(notes.length === 0 ? {} : { notes }),
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
    for (const place of places) {
      executable.push(...everyCommandIn(tree, place, layout))
      for (const bin of layout.bins.get(place) ?? []) {
        if (tree.get(pathOf(posix.relative(place, bin.file))) === undefined) continue
        executable.push(inImage(layout, bin.file))
        links.push([inImage(layout, bin.link), latin1(targetOf(bin))])
      }
    }
  }
  const without = layouts.flatMap((layout) =>
    placesIn(object, layout).flatMap((place) => replacedIn(tree, place, layout).map((each) => inImage(layout, each))),
  )
  return {
    at: at.sort(),
    ...(without.length === 0 ? {} : { without: without.sort() }),
    ...(executable.length === 0 ? {} : { executable: [...new Set(executable)].sort() }),
    ...(links.length === 0 ? {} : { links: Object.fromEntries(links.sort()) }),
  }
}

/** Returns the commands of a package that are executable even without a link. */
function everyCommandIn(tree: Tree, place: string, layout: Layout): readonly string[] {
  const entry = layout.resolution.kept.get(place)
  if (entry === undefined || !makesAllExecutable(entry)) return []
  const files = [...entry.bin.values()].filter((file) => tree.get(pathOf(file)) !== undefined)
  return files.map((file) => inImage(layout, posix.join(place, file)))
}

/** Finds files of a tarball at places of other packages: npm empties a package's directory before it fills it. */
function replacedIn(tree: Tree, place: string, { places, resolution }: Layout): readonly string[] {
  if (tree.get(pathOf('node_modules')) === undefined) return []
  return [...places].filter((each) => {
    const below = each.startsWith(`${place}/`) ? each.slice(place.length + 1) : undefined
    const isFilled = resolution.kept.get(each)?.inBundle === false
    return below !== undefined && isFilled && tree.get(pathOf(below)) !== undefined
  })
}
