/**
 * "auto": groups objects so that large ones get layers of their own, together with the objects that only they need.
 *
 * Input: the graph, with virtual vertices for objects that are outside these layers but refer to them (the image's config and its own
 * layer). Each vertex has a label, a set of large vertices; equal labels share a layer. The largest remaining vertex, n, becomes its own
 * label; each vertex below n loses the users of n from its label and, if nothing at or below n is left in it, gains n. This repeats while
 * at most `limit` labels exist (nixpkgs' rule since 2025).
 * Example (MB): glibc 30, zlib 1, openssl 6, python 90, openblas 25, numpy 40, bash 2, app 3, limit 4 → [glibc] [openssl python zlib]
 * [numpy openblas] [app bash].
 *
 * A cycle is one vertex. Order of layers: total size of everything that a group needs, ascending, so dependencies come first; equal sizes
 * by number of objects, then by name and hash. Order in a layer: name, then hash.
 */
import type { Closure } from '../../store/store.ts'
import { hashPart, namePart, type StorePath } from '../../store/store-path.ts'
import type { Group, Layering } from '../layer.ts'
import { condense, graphOf, parentsOf, reachable } from './graph.ts'

/** An object that refers to the closure but is laid out elsewhere; it takes part in the grouping only. */
export interface VirtualNode {
  /** Size, in bytes. */
  readonly size: number
  readonly references: readonly StorePath[]
}

interface Vertex {
  readonly paths: readonly StorePath[]
  readonly size: number
}
interface Vertices {
  readonly vertices: readonly Vertex[]
  readonly children: readonly (readonly number[])[]
}
type Labels = ReadonlyMap<number, readonly number[]>

/** Layering by size into at most `limit` groups. */
export function dominators(limit: number, virtual: readonly VirtualNode[] = []): Layering {
  return (closure) => {
    const graph = verticesOf(closure, virtual)
    const groups = new Map<string, number[]>()
    for (const [vertex, label] of labelled(graph, limit)) {
      const group = groups.get(label.join())
      if (group === undefined) groups.set(label.join(), [vertex])
      else group.push(vertex)
    }
    return inOrder(graph, [...groups.values()])
  }
}

/** Components in order of size (stable: equal sizes by first path); virtual vertices have no path. */
function verticesOf(closure: Closure, virtual: readonly VirtualNode[]): Vertices {
  const graph = graphOf(closure)
  const condensed = condense(graph.children)
  const unsorted = condensed.members.map((members, component) => ({
    paths: members.flatMap((vertex) => graph.paths[vertex] ?? []),
    size: members.reduce((sum, vertex) => sum + (graph.sizes[vertex] ?? 0), 0),
    targets: condensed.children[component] ?? [],
  }))
  const numbers = new Map(graph.paths.map((path, vertex) => [path, condensed.componentOf[vertex] ?? 0]))
  for (const { size, references } of virtual)
    unsorted.push({ paths: [], size, targets: references.flatMap((path) => numbers.get(path) ?? []) })
  const order = unsorted
    .map((vertex, before) => ({ ...vertex, before, first: vertex.paths[0] ?? '~' }))
    .sort((a, b) => a.size - b.size || (a.first < b.first ? -1 : a.first > b.first ? 1 : a.before - b.before))
  const after = new Map(order.map(({ before }, number) => [before, number]))
  return { vertices: order, children: order.map(({ targets }) => targets.flatMap((target) => after.get(target) ?? [])) }
}

function labelled({ vertices, children }: Vertices, limit: number): Labels {
  const parents = parentsOf(children)
  let labels: Labels = new Map(vertices.map((_, vertex) => [vertex, []]))
  for (let biggest = vertices.length - 1; biggest >= 0; biggest--) {
    const next = split(labels, biggest, { children, parents })
    if (new Set([...next.values()].map((label) => label.join())).size > limit) break
    labels = next
  }
  return labels
}

function split(
  labels: Labels,
  biggest: number,
  edges: Record<'children' | 'parents', readonly (readonly number[])[]>,
): Labels {
  const below = reachable(edges.children, [biggest])
  const users = reachable(edges.parents, [biggest])
  below.delete(biggest)
  users.delete(biggest)
  const next = new Map(labels).set(biggest, [biggest])
  for (const vertex of below) {
    const kept = (labels.get(vertex) ?? []).filter((owner) => !users.has(owner))
    const isOwned = kept.some((owner) => below.has(owner))
    next.set(vertex, isOwned ? kept : [...new Set([...kept, biggest])].sort((a, b) => a - b))
  }
  return next
}

function inOrder({ vertices, children }: Vertices, groups: readonly (readonly number[])[]): Group[] {
  const laidOut = groups.map((group) => {
    const needed = [...reachable(children, group)]
    const paths = group.flatMap((vertex) => vertices[vertex]?.paths ?? []).sort(byNameThenHash)
    return { paths, count: needed.length, size: needed.reduce((sum, vertex) => sum + (vertices[vertex]?.size ?? 0), 0) }
  })
  return laidOut
    .filter(({ paths }) => paths.length > 0)
    .sort((a, b) => a.size - b.size || a.count - b.count || compareFirst(a.paths, b.paths))
    .map(({ paths }) => paths)
}

function compareFirst(a: Group, b: Group): number {
  const [first] = a
  const [other] = b
  return first === undefined || other === undefined ? 0 : byNameThenHash(first, other)
}

/** Names by code unit, equal names by hash. */
function byNameThenHash(a: StorePath, b: StorePath): number {
  const [x, y] = [namePart(a), namePart(b)]
  if (x !== y) return x < y ? -1 : 1
  return hashPart(a) < hashPart(b) ? -1 : hashPart(a) > hashPart(b) ? 1 : 0
}
