/**
 * The reference graph for layering: store objects by number, with sizes and edges.
 *
 * Vertices are in a fixed order, smallest first and equal sizes by path (nixpkgs' order), so nothing depends on the order of nodes in a
 * closure. Cycles are allowed (Debian has them) and condensed on demand.
 */
import type { Closure } from '../../store/store.ts'
import type { StorePath } from '../../store/store-path.ts'

export interface Graph {
  readonly paths: readonly StorePath[]
  /** Size in a layer's tar, in bytes. */
  readonly sizes: readonly number[]
  /** References of each vertex, ascending, without itself. */
  readonly children: readonly (readonly number[])[]
}

/** The graph without its cycles: strongly connected components, parents before children. */
export interface Condensation {
  /** Vertices of each component, ascending. */
  readonly members: readonly (readonly number[])[]
  /** Component of each vertex. */
  readonly componentOf: readonly number[]
  /** Edges between components, each once, ascending; every child has a higher number than its parent. */
  readonly children: readonly (readonly number[])[]
}

/** Converts a closure to a graph. */
export function graphOf(closure: Closure): Graph {
  const nodes = [...closure.nodes].map(([path, { size }]) => ({ path, size }))
  nodes.sort((a, b) => a.size - b.size || (a.path < b.path ? -1 : 1))
  const numbers = new Map(nodes.map(({ path }, index) => [path, index]))
  return {
    paths: nodes.map(({ path }) => path),
    sizes: nodes.map(({ size }) => size),
    children: nodes.map(({ path }) => numbered(closure.edges.get(path) ?? [], numbers)),
  }
}

function numbered(targets: readonly StorePath[], numbers: ReadonlyMap<StorePath, number>): number[] {
  return ascending(targets.map((target) => numbers.get(target) ?? outside(target)))
}

function outside(target: StorePath): never {
  throw new Error(`unreachable: ${target} is not in the closure`)
}

/** Subgraph induced by these vertices; vertex i of the result is `vertices[i]`. */
export function induced(graph: Graph, vertices: readonly number[]): Graph {
  const numbers = new Map(vertices.map((vertex, index) => [vertex, index]))
  const own = (vertex: number): number[] =>
    ascending((graph.children[vertex] ?? []).flatMap((child) => numbers.get(child) ?? []))
  return {
    paths: vertices.flatMap((vertex) => graph.paths[vertex] ?? []),
    sizes: vertices.flatMap((vertex) => graph.sizes[vertex] ?? []),
    children: vertices.map(own),
  }
}

/** Reversed edges: the referrers of each vertex, ascending. */
export function parentsOf(children: readonly (readonly number[])[]): number[][] {
  const parents: number[][] = children.map(() => [])
  children.forEach((targets, parent) => {
    for (const child of targets) parents[child]?.push(parent)
  })
  return parents
}

/** All vertices reachable from `starts` along `edges`, including the starts. `blocked` vertices are not entered along an edge. */
export function reachable(
  edges: readonly (readonly number[])[],
  starts: Iterable<number>,
  blocked?: ReadonlySet<number>,
): Set<number> {
  const found = new Set(starts)
  // Iterating a set includes the items added meanwhile.
  for (const vertex of found) {
    for (const next of edges[vertex] ?? []) if (blocked?.has(next) !== true) found.add(next)
  }
  return found
}

/** Removes duplicates from sorted numbers. */
function ascending(numbers: Iterable<number>): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b)
}

/** Joins the members of every cycle into one component (Tarjan's algorithm, without recursion: chains may be long). */
export function condense(children: readonly (readonly number[])[]): Condensation {
  const found = components(children)
  // Tarjan finds children first.
  const members = found.reverse().map((vertices) => vertices.sort((a, b) => a - b))
  const componentOf: number[] = []
  members.forEach((vertices, component) => {
    for (const vertex of vertices) componentOf[vertex] = component
  })
  const below = members.map((vertices, component) => {
    const targets = vertices.flatMap((vertex) => (children[vertex] ?? []).map((child) => componentOf[child] ?? 0))
    return ascending(targets.filter((target) => target !== component))
  })
  return { members, componentOf, children: below }
}

function components(children: readonly (readonly number[])[]): number[][] {
  const order: number[] = []
  const low: number[] = []
  const open: number[] = []
  const isOpen: boolean[] = []
  const found: number[][] = []
  let next = 0
  const enter = (vertex: number): void => {
    order[vertex] = low[vertex] = next++
    open.push(vertex)
    isOpen[vertex] = true
  }
  const close = (root: number): void => {
    const component: number[] = []
    for (let vertex = -1; vertex !== root; ) {
      vertex = open.pop() ?? root
      isOpen[vertex] = false
      component.push(vertex)
    }
    found.push(component)
  }
  const lower = (vertex: number, other: number | undefined): void => {
    low[vertex] = Math.min(low[vertex] ?? 0, other ?? 0)
  }
  for (let start = 0; start < children.length; start++) {
    if (order[start] !== undefined) continue
    enter(start)
    const path = [{ vertex: start, edge: 0 }]
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const child = children[step.vertex]?.[step.edge++]
      if (child === undefined) {
        path.pop()
        if (low[step.vertex] === order[step.vertex]) close(step.vertex)
        const parent = path.at(-1)
        if (parent !== undefined) lower(parent.vertex, low[step.vertex])
      } else if (order[child] === undefined) {
        enter(child)
        path.push({ vertex: child, edge: 0 })
      } else if (isOpen[child] === true) lower(step.vertex, order[child])
    }
  }
  return found
}
