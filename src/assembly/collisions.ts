/**
 * Paths that two packages of an image both provide: their ecosystem decides which wins (Debian's Replaces and diversions). The loser's layer
 * omits the file, or has it at the path that it was moved to.
 *
 * If no ecosystem decides, different files of two packages at one path are an error that names both.
 */
import { defaultOptions, isAtStorePath } from '../layer/recipe.ts'
import { memberTree } from '../layer/tree/member-tree.ts'
import type { Whole } from '../source/ecosystem.ts'
import type { StoreReader } from '../store/store.ts'
import { namePart, type StorePath } from '../store/store-path.ts'
import type { Ranked } from '../tree/choose.ts'
import type { Entry } from '../tree/entry.ts'
import { mergedEntries } from '../tree/merge.ts'
import type { EntryPath } from '../tree/path.ts'
import type { Tree } from '../tree/tree.ts'
import type { Used } from './ecosystems.ts'
import type { Member, Members } from './parts.ts'
import { ranks } from './ranks.ts'

/** Members outside the store directory, as trees. */
export function rankedMembers(
  members: Members,
  store: StoreReader,
): readonly (Ranked & { readonly path: StorePath })[] {
  return [...members.values()]
    .filter((member) => !isAtStorePath(member))
    .map((member) => {
      const { path } = member
      return { path, rank: ranks.packages, name: namePart(path), tree: memberTree(store, member, defaultOptions) }
    })
}

/** Removes from each member the paths that another member wins. @throws BuildError merge.conflict */
export function settled(members: Members, whole: Whole, uses: readonly Used[]): Members {
  const lost: Lost = new Map()
  const yields = (winner: StorePath, loser: StorePath, at: EntryPath) =>
    uses.map(({ use }) => use.yields(winner, loser, at, whole)).find((each) => each !== undefined)
  const entries = mergedEntries(rankedMembers(members, whole.store), {
    within: () => 'error',
    replaces: (winner, loser, at) => yields(winner.path, loser.path, at) !== undefined,
    report: (at, winner, loser) => {
      if (winner.path !== loser.path) add(lost, loser.path, [at, yields(winner.path, loser.path, at)?.to])
    },
  })
  // For what is reported meanwhile.
  for (const _ of entries);
  return withoutLost(members, lost)
}

/** The image's own files, above the members of the same layer. */
export interface Above {
  readonly own: Tree
  /** Root file system of a container, which lacks what commands removed; undefined without commands. */
  readonly root: Tree | undefined
}

/**
 * Removes from the members of one layer what a container does not see: files that a later part replaces, or that commands removed or replaced.
 * A layer has one entry for each path, and its whiteouts do not apply to itself.
 *
 * @param parts - members of the packages, then of each copy
 */
export function settledInOneLayer(
  parts: readonly (readonly Member[])[],
  { own, root }: Above,
  store: StoreReader,
): readonly Member[] {
  const isGone = root === undefined ? () => false : goneFrom(root)
  const replaced = filesIn(own.entries())
  const settledPart = (members: readonly Member[]): readonly Member[] => {
    const found = members.map((member) => {
      const entries = isAtStorePath(member) ? [] : [...memberTree(store, member, defaultOptions).entries()]
      const lost = entries.filter((entry) => replaced.has(entry.path) || isGone(entry))
      return { entries, settled: withoutPlaces(member, new Map(lost.map(({ path }) => [path, undefined]))) }
    })
    for (const { entries } of found) for (const path of filesIn(entries)) replaced.add(path)
    return found.map(({ settled }) => settled)
  }
  return parts.toReversed().map(settledPart).toReversed().flat()
}

function filesIn(entries: Iterable<Entry>): Set<EntryPath> {
  return new Set(Iterator.from(entries).flatMap(({ kind, path }) => (kind === 'directory' ? [] : [path])))
}

/** Tells whether a root lacks an entry, or has a file instead of the directory or the reverse. */
function goneFrom(root: Tree): (entry: Entry) => boolean {
  const visible = new Map(Iterator.from(root.entries()).map(({ kind, path }) => [path, kind === 'directory'] as const))
  return ({ kind, path }) => visible.get(path) !== (kind === 'directory')
}

/** For each package, the paths that it loses, each with the path that it is moved to, if any. */
type Lost = Map<StorePath, Map<EntryPath, EntryPath | undefined>>

function add(lost: Lost, loser: StorePath, [at, to]: readonly [EntryPath, EntryPath | undefined]): void {
  lost.set(loser, (lost.get(loser) ?? new Map()).set(at, to))
}

function withoutLost(members: Members, lost: Lost): Members {
  return new Map([...members].map(([path, member]) => [path, withoutPlaces(member, lost.get(path) ?? new Map())]))
}

function withoutPlaces(member: Member, places: ReadonlyMap<EntryPath, EntryPath | undefined>): Member {
  if (places.size === 0) return member
  const { options = {} } = member
  const left = [...places].flatMap(([at, to]) => (to === undefined ? [at] : []))
  const elsewhere = [...places].flatMap(([at, to]) => (to === undefined ? [] : [[at, to] as const]))
  const without = [...(options.without ?? []), ...left].sort()
  const moved = { ...options.moved, ...Object.fromEntries(elsewhere) }
  return {
    ...member,
    options: {
      ...options,
      ...(without.length === 0 ? {} : { without }),
      ...(Object.keys(moved).length === 0 ? {} : { moved }),
    },
  }
}
