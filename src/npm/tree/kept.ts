/** Selects the entries of a lock file for an image: those of its project, for its platform. */
import type { LockEntry } from '../lock-file/entry.ts'
import type { NodeSet } from '../options.ts'
import { above, type Graph, isTop, reached } from './graph.ts'
import { optionalSet } from './optional-set.ts'
import { fits, fitsNode, type Platform } from './platform.ts'

/** Inputs of the selection. */
export interface Choice {
  readonly graph: Graph
  readonly platform: Platform
  readonly omit: NodeSet['omit']
  /** Place of the link of a workspace; undefined for the whole project. */
  readonly workspace: string | undefined
}

/** Returns the entries of an image. */
export function keptEntries(choice: Choice): ReadonlyMap<string, LockEntry> {
  const { graph, workspace } = choice
  const inert = inertPlaces(choice)
  const wanted = workspace === undefined ? undefined : reached(graph, [workspace])
  const stays = (entry: LockEntry): boolean =>
    !inert.has(entry.place) &&
    !entry.extraneous &&
    !isOmitted(entry, choice) &&
    (wanted === undefined || wanted.has(entry.place) || entry.inBundle)
  const kept = new Map<string, LockEntry>()
  for (const entry of graph.entries.values()) if (stays(entry)) kept.set(entry.place, entry)
  // Packages inside an excluded package are excluded too.
  for (const place of kept.keys()) if (!isTop(place) && !isHeld(place, kept, graph)) kept.delete(place)
  return kept
}

function isHeld(place: string, kept: ReadonlyMap<string, LockEntry>, { entries }: Graph): boolean {
  for (let up = above(place, entries); up !== undefined && !isTop(up); up = above(up, entries))
    if (!kept.has(up)) return false
  return true
}

/** Returns optional packages that are not for the platform, with the packages that go with them. */
function inertPlaces({ graph, platform }: Choice): ReadonlySet<string> {
  const inert = new Set<string>()
  for (const entry of graph.entries.values()) {
    if (!entry.optional || inert.has(entry.place) || (fits(entry, platform) && fitsNode(entry, platform))) continue
    for (const place of optionalSet(entry.place, graph, inert)) inert.add(place)
  }
  return inert
}

function isOmitted(entry: LockEntry, { omit, graph }: Choice): boolean {
  const top = topOf(entry.place, graph)
  if (top !== '' && !isWorkspace(top, graph)) return false
  const { dev, optional, devOptional, peer } = flagsOf(entry, graph)
  return (
    (peer && omit.includes('peer')) ||
    (dev && omit.includes('dev')) ||
    (optional && omit.includes('optional')) ||
    (devOptional && omit.includes('optional') && omit.includes('dev'))
  )
}

/** A link has the kind of its directory. */
function flagsOf(entry: LockEntry, { entries }: Graph): LockEntry {
  const target = entry.link ? entries.get(entry.resolved ?? '') : undefined
  return target ?? entry
}

function topOf(place: string, { entries }: Graph): string {
  for (let up = place; ; ) {
    if (isTop(up)) return up
    up = above(up, entries) ?? ''
  }
}

function isWorkspace(place: string, { entries, out }: Graph): boolean {
  return (out.get('') ?? []).some(({ to, kind }) => kind === 'required' && entries.get(to ?? '')?.resolved === place)
}
