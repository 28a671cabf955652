/**
 * Merges several trees into one: the single rule for who wins at a path.
 *
 * Names are first rewritten through the root's directory links (`bin/x` is `usr/bin/x` if `bin → usr/bin`). Then: equal entries become one;
 * account files are merged by line (accounts.ts); otherwise the higher rank wins and the loser is reported; within a rank the earlier or
 * the later wins, or it is an error, as the rank says. A directory combines the children from all trees; its permissions and owner come
 * from the highest rank that sets them. A file where another tree has a directory is an error, whatever the ranks.
 *
 * Idea: put all entries into one list and sort it. The trees are sorted runs, and the engine's sort merges runs, so this is a k-way merge.
 */
import { fail } from '../base/error.ts'
import { type Candidate, choose, type Group, type Inode, type MergeRules, type Ranked, refuseMixed } from './choose.ts'
import type { Entry, HardlinkEntry, NodeEntry, SymlinkEntry } from './entry.ts'
import { type DirectoryLinks, leadsTo, type Through, through } from './links.ts'
import { compareEntries, movedTo } from './order.ts'
import { type EntryPath, isWithin, show } from './path.ts'
import { type Tree, treeOf } from './tree.ts'

/** The entry at a path and the trees that have one there: the winner, then all others. */
export interface Decision<R extends Ranked = Ranked> {
  readonly entry: Entry
  readonly winner: R
  readonly others: readonly R[]
}

/** Merges trees into one. Parents that no tree has stay absent. @throws BuildError merge.conflict, merge.directory */
export function mergeTrees<R extends Ranked>(layers: readonly R[], rules: MergeRules<R> = {}): Tree {
  return treeOf(decide(layers, rules).map((decision) => decision.entry))
}

/** Merges trees, with the winner and the losers of each entry, in canonical order. @throws BuildError merge.conflict, merge.directory */
export function decide<R extends Ranked>(layers: readonly R[], rules: MergeRules<R> = {}): readonly Decision<R>[] {
  const candidates = layers.flatMap((layer) => [...candidatesOf(layer, rules.links ?? new Map())])
  candidates.sort((a, b) => compareEntries(a.entry, b.entry))
  const carriers = new Map<Inode, EntryPath>()
  const decisions: Decision<R>[] = []
  let file: Candidate<R> | undefined
  for (const group of groupsOf(candidates)) {
    const chosen = choose(group, rules)
    if (file !== undefined && isWithin(chosen.entry.path, file.entry.path)) refuseMixed(file, chosen)
    file = isDirectory(chosen.entry) ? undefined : chosen
    const others = new Set(group.map((candidate) => candidate.layer))
    others.delete(chosen.layer)
    decisions.push({ entry: asLink(chosen, carriers), winner: chosen.layer, others: [...others] })
  }
  return decisions
}

function* candidatesOf<R extends Ranked>(layer: R, links: DirectoryLinks): Generator<Candidate<R>> {
  const to = through(links)
  const inodes = new Map<EntryPath, Inode>()
  for (const entry of layer.tree.entries()) {
    const path = isDirectory(entry) ? to.directory(entry.path) : to.name(entry.path)
    if (entry.kind === 'symlink' && loops(entry, path, to)) continue
    if (entry.kind === 'whiteout' || entry.kind === 'opaque') {
      yield { layer, entry: { ...entry, path } }
      continue
    }
    const inode = entry.kind === 'hardlink' ? linked(entry, inodes) : { entry, isLinked: false }
    if (!isDirectory(entry)) inodes.set(entry.path, inode)
    const placed = inode.entry.path === path ? inode.entry : movedTo(inode.entry, path)
    if (links.has(path)) checkLink(placed, links, layer)
    yield { layer, inode, entry: placed }
  }
}

function linked(entry: HardlinkEntry, inodes: ReadonlyMap<EntryPath, Inode>): Inode {
  const inode = inodes.get(entry.target) ?? missingTarget(entry)
  inode.isLinked = true
  return inode
}

/** Tells whether a link would lead to itself once its name and its target are rewritten through the root's links. */
function loops(entry: SymlinkEntry, path: EntryPath, to: Through): boolean {
  const target = leadsTo(entry)
  return target !== undefined && target !== entry.path && to.name(target) === path
}

/** Checks that an entry at the name of one of the root's links is that link. */
function checkLink(entry: NodeEntry, links: DirectoryLinks, layer: Ranked): void {
  const target = entry.kind === 'symlink' ? leadsTo(entry) : undefined
  if (target !== undefined && through(links).directory(target) === links.get(entry.path)) return
  fail(
    'merge.directory',
    `${layer.name} has a ${entry.kind} at ${quoted(entry.path)}, where the root has a link to a directory.`,
    {
      remedy: 'Leave it out of the package, or rename it.',
      detail: { path: show(entry.path), layer: layer.name },
    },
  )
}

/** Turns later names of an object whose first name won into links to it. */
function asLink<R extends Ranked>({ entry, inode }: Candidate<R>, carriers: Map<Inode, EntryPath>): Entry {
  if (inode?.isLinked !== true) return entry
  const target = carriers.get(inode)
  if (target !== undefined) return { kind: 'hardlink', path: entry.path, target }
  carriers.set(inode, entry.path)
  return entry
}

function* groupsOf<R extends Ranked>(sorted: readonly Candidate<R>[]): Generator<Group<R>> {
  let group: [Candidate<R>, ...Candidate<R>[]] | undefined
  for (const candidate of sorted) {
    if (group !== undefined && compareEntries(group[0].entry, candidate.entry) === 0) group.push(candidate)
    else {
      if (group !== undefined) yield group
      group = [candidate]
    }
  }
  if (group !== undefined) yield group
}

function isDirectory(entry: Entry): boolean {
  return entry.kind === 'directory' || entry.kind === 'opaque'
}

function missingTarget(entry: HardlinkEntry): never {
  return fail(
    'tree.link-missing',
    `${quoted(entry.path)} is a hard link to ${quoted(entry.target)}, which does not exist.`,
    {
      remedy: 'Add the tree that contains its target, or make it a file.',
      detail: { path: show(entry.path) },
    },
  )
}

function quoted(path: EntryPath): string {
  return JSON.stringify(`/${show(path)}`)
}
