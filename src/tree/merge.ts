/**
 * Merges several trees into one: the single rule for who wins at a path.
 *
 * Names are first rewritten through the root's directory links (`bin/x` is `usr/bin/x` if `bin → usr/bin`). Then: equal entries become one;
 * account files are merged by line (accounts.ts); otherwise the higher rank wins and the loser is reported; within a rank the earlier or
 * the later wins, or it is an error, as the rank says. A directory combines the children from all trees; its permissions and owner come
 * from the highest rank that sets them. A file where another tree has a directory is an error, whatever the ranks.
 *
 * Idea: the trees are sorted runs, so this is a k-way merge, which holds one entry of each. Only names that links move have to be sorted.
 */
import { fail } from '../base/error.ts'
import { Carriers } from './carriers.ts'
import { type Candidate, choose, type Group, type MergeRules, type Ranked, refuseMixed } from './choose.ts'
import { type Entry, type HardlinkEntry, hasMetadata, type NodeEntry, type SymlinkEntry } from './entry.ts'
import { type DirectoryLinks, leadsTo, type Through, through } from './links.ts'
import { compareEntries, movedTo } from './order.ts'
import { type EntryPath, isWithin, show } from './path.ts'
import { mergedRuns } from './runs.ts'
import { type Tree, treeOf } from './tree.ts'

/** Merges trees into one. Parents that no tree has stay absent. @throws BuildError merge.conflict, merge.directory */
export function mergeTrees<R extends Ranked>(layers: readonly R[], rules: MergeRules<R> = {}): Tree {
  return treeOf([...mergedEntries(layers, rules)])
}

/** Entries of the merged tree, in order, none of which is kept. @throws BuildError merge.conflict, merge.directory */
export function* mergedEntries<R extends Ranked>(
  layers: readonly R[],
  rules: MergeRules<R> = {},
): Generator<Entry, void, undefined> {
  const links = rules.links ?? new Map()
  const carriers = new Carriers<R>(through(links))
  let file: Candidate<R> | undefined
  for (const group of groupsOf(candidatesOf(layers, links))) {
    const chosen = choose(group, rules)
    if (file !== undefined && isWithin(chosen.entry.path, file.entry.path)) refuseMixed(file, chosen)
    file = isDirectory(chosen.entry) ? undefined : chosen
    for (const candidate of group) if (candidate !== chosen) carriers.lose(candidate)
    yield carriers.entryOf(chosen)
  }
}

/** Candidates of all trees, in order. */
function candidatesOf<R extends Ranked>(layers: readonly R[], links: DirectoryLinks): Iterable<Candidate<R>> {
  const runs = layers.map((layer) => placedIn(layer, links))
  if (links.size === 0) return mergedRuns(runs, byEntry)
  return runs.flatMap((run) => [...run]).sort(byEntry)
}

function byEntry<R extends Ranked>(a: Candidate<R>, b: Candidate<R>): number {
  return compareEntries(a.entry, b.entry)
}

/** Entries of one tree, at their final paths. */
function* placedIn<R extends Ranked>(layer: R, links: DirectoryLinks): Generator<Candidate<R>> {
  const to = through(links)
  const objects = new Map<EntryPath, EntryPath>()
  for (const entry of layer.tree.entries()) {
    const path = isDirectory(entry) ? to.directory(entry.path) : to.name(entry.path)
    if (entry.kind === 'symlink' && loops(entry, path, to)) continue
    if (entry.kind === 'whiteout' || entry.kind === 'opaque') {
      yield { layer, entry: { ...entry, path } }
      continue
    }
    const object = entry.kind === 'hardlink' ? (objects.get(entry.target) ?? entry.target) : entry.path
    if (entry.kind === 'hardlink') objects.set(entry.path, object)
    const node = entry.kind === 'hardlink' ? objectOf(entry, layer.tree.get(object)) : entry
    const placed = node.path === path ? node : movedTo(node, path)
    if (links.has(path)) checkLink(placed, links, layer)
    yield { layer, entry: placed, ...(placed.kind === 'directory' ? {} : { object }) }
  }
}

function objectOf(link: HardlinkEntry, target: Entry | undefined): NodeEntry {
  const isObject = target !== undefined && hasMetadata(target) && target.kind !== 'directory'
  return isObject ? target : missingTarget(link)
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

function* groupsOf<R extends Ranked>(sorted: Iterable<Candidate<R>>): Generator<Group<R>> {
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
