/**
 * Who wins at one path, among the entries that several trees have there. The rule is in merge.ts; this file is its letter.
 */
import type { LocalContent } from '../base/bytes.ts'
import { fail } from '../base/error.ts'
import { isAccountFile, mergedAccounts } from './accounts.ts'
import { type Entry, type HardlinkEntry, hasMetadata, type NodeEntry, plain } from './entry.ts'
import { sameContent, sameEntry, sameMetadata } from './equal.ts'
import type { DirectoryLinks } from './links.ts'
import { type EntryPath, show } from './path.ts'
import type { Tree } from './tree.ts'

/** A tree with its place among others. */
export interface Ranked {
  readonly rank: number
  /** For people: a package's name, "contents". */
  readonly name: string
  readonly tree: Tree
  /** Whether its directories set permissions and owner: `special` (default) only where they are not 0755 root:root. */
  readonly directories?: 'special' | 'all'
}

/** What a merge goes by. */
export interface MergeRules<R extends Ranked = Ranked> {
  /** The root's links to directories (links.ts). */
  readonly links?: DirectoryLinks
  /** Who wins within a rank: the earlier tree, the later one, or (default) nobody. */
  readonly within?: (rank: number) => 'first' | 'last' | 'error'
  /** Whether one tree may replace the other's files (Debian's Replaces and diversions). Asked only where nobody else wins. */
  readonly replaces?: (winner: R, loser: R, path: EntryPath) => boolean
  /** Content that an absolute link leads to outside these trees: lets account files that are links be merged. */
  readonly follow?: (target: string) => LocalContent | undefined
  /** Told of every entry that lost against another one. */
  readonly report?: (path: EntryPath, winner: R, loser: R) => void
}

/** An object of one tree. */
export interface Inode {
  readonly entry: NodeEntry
  /** Whether it has several names in its tree. */
  isLinked: boolean
}

/** What one tree has at a path. */
export interface Candidate<R extends Ranked> {
  /** At its final path; a hard link is the object itself. */
  readonly entry: Exclude<Entry, HardlinkEntry>
  readonly layer: R
  readonly inode?: Inode
}

/** All that stands at one path, in the order of the trees. */
export type Group<R extends Ranked> = readonly [Candidate<R>, ...Candidate<R>[]]

/** The candidate that stands. @throws BuildError merge.conflict, merge.directory */
export function choose<R extends Ranked>(group: Group<R>, rules: MergeRules<R>): Candidate<R> {
  const [first] = group
  if (group.length === 1 || first.entry.kind === 'opaque') return first
  const order = byPrecedence(group, rules)
  const directory = order.find(({ entry }) => entry.kind === 'directory')
  const file = order.find(({ entry }) => entry.kind !== 'directory')
  if (directory === undefined) return chooseFile(order, rules)
  return file === undefined ? chooseDirectory(order, rules) : refuseMixed(directory, file)
}

/** The higher rank first, within a rank the one that wins; what removes a lower tree's file only where nothing stands. */
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

/** The first; where its rank knows no first, one that is like all its peers or replaces them. */
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

/** Permissions and owner from the highest rank that sets them; content is everybody's. */
function chooseDirectory<R extends Ranked>(order: readonly Candidate<R>[], rules: MergeRules<R>): Candidate<R> {
  const setters = order.filter(({ entry, layer }) => layer.directories === 'all' || isSpecial(entry))
  return amongPeers(setters.length === 0 ? order.slice(0, 1) : setters, rules, (a, b) => sameEntry(a.entry, b.entry))
}

const ordinary = plain(0o755)

function isSpecial(entry: Entry): boolean {
  return hasMetadata(entry) && !sameMetadata(entry.metadata, ordinary)
}

/** The merged account file; undefined where the path is none, one cannot be read, or all are the same. */
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
    `${a.layer.name} and ${b.layer.name} have different things at ${quoted(a.entry.path)}.`,
    {
      remedy: 'Leave one of them out.',
      detail: { path, first: a.layer.name, second: b.layer.name },
    },
  )
}

/** Says that a directory and something else meet. */
export function refuseMixed<R extends Ranked>(a: Candidate<R>, b: Candidate<R>): never {
  const names = `${a.layer.name} has a ${a.entry.kind} at ${quoted(a.entry.path)}, ${b.layer.name} a ${b.entry.kind} at ${quoted(b.entry.path)}`
  return fail('merge.directory', `${names}: a directory and something else cannot stand at one path.`, {
    remedy: 'Leave one of them out.',
    detail: { path: show(a.entry.path), first: a.layer.name, second: b.layer.name },
  })
}

function quoted(path: EntryPath): string {
  return JSON.stringify(`/${show(path)}`)
}
