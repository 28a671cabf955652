/** Packages excluded with an optional package that cannot be installed: its dependents up to the optional dependency, and what only they need. */
import type { Edge, Graph } from './graph.ts'

/** @param inert - places excluded already: their dependencies do not count. */
export function optionalSet(place: string, graph: Graph, inert: ReadonlySet<string>): ReadonlySet<string> {
  const failed = new Set([place])
  for (const each of failed)
    for (const { from, kind } of graph.in.get(each) ?? []) if (kind !== 'optional') failed.add(from)
  const counts = ({ from, to }: Edge): boolean => to !== undefined && !failed.has(to) && !inert.has(from)
  const gone = new Set(failed)
  for (const each of gone)
    for (const edge of graph.out.get(each) ?? []) if (edge.to !== undefined && counts(edge)) gone.add(edge.to)
  return withoutNeeded(gone, graph, counts)
}

/** Keeps packages that other packages need, and their dependencies. */
function withoutNeeded(gone: Set<string>, graph: Graph, counts: (edge: Edge) => boolean): ReadonlySet<string> {
  const isNeeded = (place: string): boolean =>
    (graph.in.get(place) ?? []).some((edge) => !gone.has(edge.from) && counts(edge))
  const waiting = [...gone]
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    if (!gone.has(place) || !isNeeded(place)) continue
    gone.delete(place)
    for (const { to } of graph.out.get(place) ?? []) if (to !== undefined) waiting.push(to)
  }
  return gone
}
