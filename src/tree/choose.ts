/** Chooses the winner at one path among the entries that several trees have there. merge.ts states the rule; this file implements it. */
import type { LocalContent } from '../base/bytes.ts'
import { fail } from '../base/error.ts'
import { isAccountFile, mergedAccounts } from './accounts.ts'
import { type Entry, type HardlinkEntry, hasMetadata, plain } from './entry.ts'
import { sameContent, sameEntry, sameMetadata } from './equal.ts'
import type { DirectoryLinks } from './links.ts'
import { type EntryPath, show } from './path.ts'
import type { Tree } from './tree.ts'

/** A tree with its rank. */
export interface Ranked {
  readonly rank: number
  /** Name in messages: a package's name, "contents". */
  readonly name: string
  readonly tree: Tree
  /** Whether its directories set permissions and owner: `special` (default) only if they differ from 0755 root:root. */
  readonly directories?: 'special' | 'all'
}

/** Rules of a merge. */
export interface MergeRules<R extends Ranked = Ranked> {
  /** Links to directories in the root (links.ts). */
  readonly links?: DirectoryLinks
  /** Which tree wins within a rank: the earlier one, the later one, or (default) neither. */
  readonly within?: (rank: number) => 'first' | 'last' | 'error'
  /** Tells whether one tree may replace the other's files (Debian's Replaces and diversions). Called only if no other rule decides. */
  readonly replaces?: (winner: R, loser: R, path: EntryPath) => boolean
  /** Reads content that an absolute link leads to outside these trees, so that account files that are links can be merged. */
  readonly follow?: (target: string) => LocalContent | undefined
  /** Called for every entry that lost against another one. */
  readonly report?: (path: EntryPath, winner: R, loser: R) => void
}

/** The entry of one tree at a path. */
export interface Candidate<R extends Ranked> {
  /** The entry at its final path; for a hard link, the object itself. */
  readonly entry: Exclude<Entry, HardlinkEntry>
  readonly layer: R
  /** The object's own name in its tree, of which a hard link is another one; directories have none. */
  readonly object?: EntryPath
}

/** All candidates at one path, in the order of the trees. */
export type Group<R extends Ranked> = readonly [Candidate<R>, ...Candidate<R>[]]

/** Chooses the winning candidate. @throws BuildError merge.conflict, merge.directory */
export function choose<R extends Ranked>(group: Group<R>, rules: MergeRules<R>): Candidate<R> {
  const [first] = group
  if (group.length === 1 || first.entry.kind === 'opaque') return first
  const order = byPrecedence(group, rules)
  const directory = order.find(({ entry }) => entry.kind === 'directory')
  const file = order.find(({ entry }) => entry.kind !== 'directory')
  if (directory === undefined) return chooseFile(order, rules)
  return file === undefined ? chooseDirectory(order, rules) : refuseMixed(directory, file)
}

/** Orders candidates: the higher rank first, within a rank the winner; a whiteout last, since it counts only if it is alone. */
function byPrecedence<R extends Ranked>(group: Group<R>, rules: MergeRules<R>): readonly Candidate<R>[] {
  const real = group.filter(({ entry }) => entry.kind !== 'whiteout')
  const byRank = Map.groupBy(real.length === 0 ? group : real, ({ layer }) => layer.rank)
  return [...byRank]
    .sort(([a], [b]) => b - a)
    .flatMap(([rank, peers]) => (within(rank, rules) === 'last' ? peers.reverse() : peers))
}

function within<R extends Ranked>(rank: number, rules: MergeRules<R>): 'first' | 'last' | 'error' {
  return rules.within?.(rank) ?? 'error'
}

function chooseFile<R extends Ranked>(order: readonly Candidate<R>[], rules: MergeRules<R>): Candidate<R> {
  const accounts = chooseAccounts(order, rules)
  if (accounts !== undefined) return accounts
  const winner = amongPeers(order, rules, (a, b) => sameEntry(a.entry, b.entry))
  if (rules.report !== undefined)
    for (const other of order)
      if (!sameEntry(winner.entry, other.entry)) rules.report(winner.entry.path, winner.layer, other.layer)
  return winner
}

/** The first candidate; if its rank has no order, one that equals or replaces all its peers. */
function amongPeers<R extends Ranked>(
  order: readonly Candidate<R>[],
  rules: MergeRules<R>,
  same: (a: Candidate<R>, b: Candidate<R>) => boolean,
): Candidate<R> {
  const [first] = order
  if (first === undefined) throw new Error('unreachable: a path without candidates')
  if (within(first.layer.rank, rules) !== 'error') return first
  const peers = order.filter(({ layer }) => layer.rank === first.layer.rank)
  const beats = (a: Candidate<R>, b: Candidate<R>): boolean =>
    a === b || same(a, b) || rules.replaces?.(a.layer, b.layer, a.entry.path) === true
  return (
    peers.find((candidate) => peers.every((other) => beats(candidate, other))) ??
    refuseConflict(first, peers.find((other) => !beats(first, other)) ?? first)
  )
}

/** A directory with permissions and owner from the highest rank that sets them. */
function chooseDirectory<R extends Ranked>(order: readonly Candidate<R>[], rules: MergeRules<R>): Candidate<R> {
  const setters = order.filter(({ entry, layer }) => layer.directories === 'all' || isSpecial(entry))
  return amongPeers(setters.length === 0 ? order.slice(0, 1) : setters, rules, (a, b) => sameEntry(a.entry, b.entry))
}

const ordinary = plain(0o755)

function isSpecial(entry: Entry): boolean {
  return hasMetadata(entry) && !sameMetadata(entry.metadata, ordinary)
}

/** The merged account file; undefined if the path is not one, a file cannot be read, or all are equal. */
function chooseAccounts<R extends Ranked>(
  order: readonly Candidate<R>[],
  rules: MergeRules<R>,
): Candidate<R> | undefined {
  const [first] = order
  if (first === undefined || !isAccountFile(first.entry.path)) return undefined
  const contents: LocalContent[] = []
  for (const { entry } of order) {
    const content =
      entry.kind === 'file' ? entry.content : entry.kind === 'symlink' ? rules.follow?.(entry.target) : undefined
    if (content === undefined) return undefined
    contents.push(content)
  }
  if (contents.every((content) => contents[0] !== undefined && sameContent(contents[0], content))) return undefined
  const files = order.flatMap(({ entry }) => (entry.kind === 'file' ? [entry] : []))
  const { path } = first.entry
  const metadata = files[0]?.metadata ?? plain(path.endsWith('shadow') ? 0o640 : 0o644)
  return { layer: first.layer, entry: { kind: 'file', path, metadata, content: mergedAccounts(contents) } }
}

function refuseConflict<R extends Ranked>(a: Candidate<R>, b: Candidate<R>): never {
  const path = show(a.entry.path)
  return fail(
    'merge.conflict',
    `${a.layer.name} and ${b.layer.name} both provide ${quoted(a.entry.path)}, with different contents.`,
    {
      remedy: 'Leave one of them out.',
      detail: { path, first: a.layer.name, second: b.layer.name },
    },
  )
}

/** Reports that a directory meets another kind of entry. */
export function refuseMixed<R extends Ranked>(a: Candidate<R>, b: Candidate<R>): never {
  const names = `${a.layer.name} has a ${a.entry.kind} at ${quoted(a.entry.path)}, ${b.layer.name} a ${b.entry.kind} at ${quoted(b.entry.path)}`
  return fail('merge.directory', `${names}: a directory cannot be merged with another kind of entry.`, {
    remedy: 'Leave one of them out.',
    detail: { path: show(a.entry.path), first: a.layer.name, second: b.layer.name },
  })
}

function quoted(path: EntryPath): string {
  return JSON.stringify(`/${show(path)}`)
}
