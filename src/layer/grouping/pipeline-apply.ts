/** Implements each step of a layering pipeline (nixpkgs' semantics; the dockerTools manual does not define them). */
import { fail } from '../../base/error.ts'
import type { StorePath } from '../../store/store-path.ts'
import { condense, type Graph, induced, parentsOf, reachable } from './graph.ts'
import type { Selection, Step } from './pipeline-parse.ts'
import {
  children,
  describe,
  flattened,
  graphValue,
  type ListValue,
  listOf,
  type SetValue,
  type Value,
} from './pipeline-value.ts'
import { limitGroups, popularityOrder } from './popularity.ts'

/** Applies the steps in order. @throws BuildError layering.pipeline - a step cannot take its input. */
export function applyAll(steps: readonly Step[], value: Value, graph: Graph): Value {
  return steps.reduce((current, step) => apply(step, current, graph), value)
}

function apply(step: Step, value: Value, graph: Graph): Value {
  switch (step.name) {
    case 'pipe':
      return applyAll(step.steps, value, graph)
    case 'over':
      return over(step, value, graph)
    case 'map':
      return { kind: 'list', values: items(step, value).map((item) => apply(step.step, item, graph)) }
    case 'flatten':
      return listOf(flattened(value))
    case 'reverse':
      return { kind: 'list', values: items(step, value).toReversed() }
    case 'limit_layers':
      return listOf(limitGroups(items(step, value).flatMap(flattened), step.count))
    case 'split_every':
      return listOf(chunks(flattened(value).flat(), step.count))
    case 'popularity_contest':
      return popularityContest(vertices(step, value), graph)
    case 'remove_paths': {
      const removed = selected(step.of, vertices(step, value), graph)
      return graphValue(vertices(step, value).filter((vertex) => !removed.has(vertex)))
    }
    case 'split_paths':
      return splitPaths(within(graph, vertices(step, value)), step.of)
    case 'subcomponent_in':
    case 'subcomponent_out':
      return subcomponent(within(graph, vertices(step, value)), step.of, step.name)
  }
}

/** The steps below work on a subgraph; `kept` maps the subgraph's vertices back, in its order. */
interface Within {
  readonly graph: Graph
  readonly own: Graph
  readonly kept: (test: (vertex: number) => boolean) => number[]
}

function within(graph: Graph, vertices: readonly number[]): Within {
  const own = induced(graph, vertices)
  return { graph, own, kept: (test) => vertices.filter((_, index) => test(index)) }
}

function over(step: Extract<Step, { name: 'over' }>, value: Value, graph: Graph): SetValue {
  if (value.kind !== 'set')
    return misfit(step, value, 'a set', 'Put it after split_paths, subcomponent_in or subcomponent_out.')
  const before = value.values[step.part] ?? graphValue([])
  return { kind: 'set', values: { ...value.values, [step.part]: apply(step.step, before, graph) } }
}

function popularityContest(vertices: readonly number[], graph: Graph): ListValue {
  const order = popularityOrder(induced(graph, vertices))
  return listOf(order.map((index) => vertices.slice(index, index + 1)))
}

function subcomponent({ own, kept }: Within, of: Selection, name: 'subcomponent_in' | 'subcomponent_out'): SetValue {
  const edges = name === 'subcomponent_out' ? own.children : parentsOf(own.children)
  const main = reachable(edges, chosen(of, own))
  return {
    kind: 'set',
    values: {
      main: graphValue(kept((vertex) => main.has(vertex))),
      rest: graphValue(kept((vertex) => !main.has(vertex))),
    },
  }
}

/** Splits a graph by removing the edges into the chosen vertices: what only they need, what others need too, and the rest. */
function splitPaths({ own, kept }: Within, of: Selection): SetValue {
  const picked = chosen(of, own)
  const below = reachable(own.children, picked)
  const others = reachable(own.children, rootsBeside(own, picked), picked)
  const main = kept((vertex) => picked.has(vertex) || (below.has(vertex) && !others.has(vertex)))
  const common = kept((vertex) => !picked.has(vertex) && below.has(vertex) && others.has(vertex))
  const rest = kept((vertex) => !picked.has(vertex) && !below.has(vertex))
  return {
    kind: 'set',
    values: {
      ...(main.length > 0 ? { main: graphValue(main) } : {}),
      ...(common.length > 0 ? { common: graphValue(common) } : {}),
      ...(rest.length > 0 ? { rest: graphValue(rest) } : {}),
    },
  }
}

/** Members of every cycle or vertex without referrers that contains none of the chosen. */
function rootsBeside(graph: Graph, picked: ReadonlySet<number>): number[] {
  const { members, children } = condense(graph.children)
  const parents = parentsOf(children)
  return members
    .filter((_, component) => parents[component]?.length === 0)
    .filter((vertices) => !vertices.some((vertex) => picked.has(vertex)))
    .flat()
}

function chosen({ paths, childrenOf }: Selection, graph: Graph): Set<number> {
  const named = (list: readonly StorePath[]): number[] =>
    graph.paths.flatMap((path, vertex) => (list.includes(path) ? [vertex] : []))
  return new Set([...named(paths), ...named(childrenOf).flatMap((vertex) => graph.children[vertex] ?? [])])
}

function selected(of: Selection, vertices: readonly number[], graph: Graph): Set<number> {
  const own = chosen(of, induced(graph, vertices))
  return new Set(vertices.filter((_, index) => own.has(index)))
}

function chunks(vertices: readonly number[], count: number): number[][] {
  return Array.from({ length: Math.ceil(vertices.length / count) }, (_, index) =>
    vertices.slice(index * count, (index + 1) * count),
  )
}

function vertices(step: Step, value: Value): readonly number[] {
  return value.kind === 'graph'
    ? value.vertices
    : misfit(step, value, 'one graph', 'Use map for a list, or over for one part of a set.')
}

function items(step: Step, value: Value): readonly Value[] {
  return value.kind === 'graph'
    ? misfit(step, value, 'a list', 'Put a step before it that splits, such as popularity_contest.')
    : children(value)
}

function misfit(step: Step, value: Value, wanted: string, remedy: string): never {
  return fail('layering.pipeline', `${step.place} (${step.name}) takes ${wanted}, but gets ${describe(value)}.`, {
    remedy,
  })
}
