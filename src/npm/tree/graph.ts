/**
 * Dependency graph of a lock file: the place of each dependency of each package, as Node resolves packages, from a package's own directory
 * upwards.
 */
import type { LockEntry } from '../lock-file/entry.ts'

/** Kind of a dependency. Optional peers and optional dependencies may be missing; peers also, if npm is configured so. */
export type EdgeKind = 'required' | 'peer' | 'optional' | 'dev'

/** One dependency. */
export interface Edge {
  readonly from: string
  readonly name: string
  /** Range, address or path, as in a package.json. */
  readonly wanted: string
  readonly kind: EdgeKind
  /** Place that it resolves to; undefined if the lock file has none. */
  readonly to: string | undefined
}

/** Places and the dependencies between them. */
export interface Graph {
  readonly entries: ReadonlyMap<string, LockEntry>
  /** Dependencies of each entry; those of a link are its directory's. */
  readonly out: ReadonlyMap<string, readonly Edge[]>
  /** Dependencies that resolve to each place. */
  readonly in: ReadonlyMap<string, readonly Edge[]>
}

/** Returns the graph of some entries. */
export function graphOf(entries: ReadonlyMap<string, LockEntry>): Graph {
  const out = new Map([...entries.values()].map((entry) => [entry.place, edgesOf(entry, entries)]))
  const leading = Map.groupBy(
    [...out.values()].flat().filter(({ to }) => to !== undefined),
    ({ to = '' }) => to,
  )
  return { entries, out, in: leading }
}

/** Returns the places reachable from some places, including these; links lead to their directories. */
export function reached(graph: Graph, from: readonly string[]): ReadonlySet<string> {
  const found = new Set(from)
  for (const place of found) {
    const target = linkTarget(graph.entries.get(place))
    if (target !== undefined) found.add(target)
    for (const { to } of graph.out.get(place) ?? []) if (to !== undefined) found.add(to)
  }
  return found
}

/** Tells whether a place is a project's directory: the root, a workspace, or the target of another link. */
export function isTop(place: string): boolean {
  return !/(^|\/)node_modules\//.test(place)
}

/** Returns the directory that an entry links to; undefined for all other entries. */
export function linkTarget(entry: LockEntry | undefined): string | undefined {
  if (entry?.link !== true || entry.resolved === undefined) return undefined
  return entry.resolved
    .replace(/^file:/, '')
    .replace(/^\.\//, '')
    .replace(/\/$/, '')
}

function edgesOf(entry: LockEntry, entries: ReadonlyMap<string, LockEntry>): readonly Edge[] {
  if (entry.link) return []
  const edges = [...kindsOf(entry)].map(([name, wanted]) => ({
    from: entry.place,
    name,
    ...wanted,
    to: lookUp(name, entry.place, entries),
  }))
  return entry.place === '' ? [...edges, ...workspacesAmong(entries, new Set(edges.map(({ to }) => to)))] : edges
}

/** Returns dependencies by name; if a package.json names one twice, npm uses the later of these kinds. */
function kindsOf(entry: LockEntry): ReadonlyMap<string, Pick<Edge, 'kind' | 'wanted'>> {
  const kinds = new Map<string, Pick<Edge, 'kind' | 'wanted'>>()
  for (const [name, wanted] of entry.peerDependencies)
    kinds.set(name, { wanted, kind: entry.optionalPeers.has(name) ? 'optional' : 'peer' })
  for (const [name, wanted] of entry.dependencies) kinds.set(name, { wanted, kind: 'required' })
  for (const [name, wanted] of entry.optionalDependencies) kinds.set(name, { wanted, kind: 'optional' })
  if (isTop(entry.place)) for (const [name, wanted] of entry.devDependencies) kinds.set(name, { wanted, kind: 'dev' })
  return kinds
}

/** The root needs all of its workspaces: each of its links that is not one of its dependencies. */
function* workspacesAmong(
  entries: ReadonlyMap<string, LockEntry>,
  asked: ReadonlySet<string | undefined>,
): Generator<Edge> {
  for (const { place, link, name } of entries.values())
    if (link && /^node_modules\/(@[^/]+\/)?[^/]+$/.test(place) && !asked.has(place))
      yield { from: '', name, wanted: '*', kind: 'required', to: place }
}

function lookUp(name: string, from: string, entries: ReadonlyMap<string, LockEntry>): string | undefined {
  for (let place: string | undefined = from; place !== undefined; place = above(place, entries)) {
    const candidate = place === '' ? `node_modules/${name}` : `${place}/node_modules/${name}`
    if (entries.has(candidate)) return candidate
  }
  return undefined
}

/** Returns the package or project that contains a place; undefined for the root and for places outside its directory. */
export function above(place: string, entries: ReadonlyMap<string, LockEntry>): string | undefined {
  if (place === '' || place.startsWith('../')) return undefined
  if (!isTop(place)) return place.slice(0, place.lastIndexOf('node_modules/')).replace(/\/$/, '')
  const parts = place.split('/')
  for (let length = parts.length - 1; length > 0; length--) {
    const directory = parts.slice(0, length).join('/')
    if (entries.has(directory)) return directory
  }
  return ''
}
