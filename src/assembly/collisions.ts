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
import { decide } from '../tree/merge.ts'
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
  decide(rankedMembers(members, whole.store), {
    within: () => 'error',
    replaces: (winner, loser, at) => yields(winner.path, loser.path, at) !== undefined,
    report: (at, winner, loser) => {
      if (winner.path !== loser.path) add(lost, loser.path, [at, yields(winner.path, loser.path, at)?.to])
    },
  })
  return withoutLost(members, lost)
}

/** Does the same for a layer shared with the image's own files: also removes the packages' files at paths that the image itself provides or removes. */
export function settledInOneLayer(members: Members, own: readonly Tree[], store: StoreReader): Members {
  const others = new Set(
    own.flatMap((tree) => [...tree.entries()].flatMap((entry) => (entry.kind === 'directory' ? [] : [entry.path]))),
  )
  const lost: Lost = new Map()
  for (const { path: loser, tree } of rankedMembers(members, store)) {
    for (const { path } of tree.entries()) if (others.has(path)) add(lost, loser, [path, undefined])
  }
  return withoutLost(members, lost)
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
