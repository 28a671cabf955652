/** Values passed between the steps of a layering pipeline: a graph, a set of named values, or a list of values. */

export const parts = ['main', 'common', 'rest'] as const
export type Part = (typeof parts)[number]

export interface GraphValue {
  readonly kind: 'graph'
  /** Vertices of the closure's graph, in order. */
  readonly vertices: readonly number[]
}
export interface SetValue {
  readonly kind: 'set'
  readonly values: Readonly<Partial<Record<Part, Value>>>
}
export interface ListValue {
  readonly kind: 'list'
  readonly values: readonly Value[]
}
export type Value = GraphValue | SetValue | ListValue

/** Graphs of a value, depth first; sets in the order main, common, rest. */
export function flattened(value: Value): (readonly number[])[] {
  return value.kind === 'graph' ? [value.vertices] : children(value).flatMap(flattened)
}

/** Values in a set or list, in order. */
export function children(value: SetValue | ListValue): readonly Value[] {
  return value.kind === 'list' ? value.values : parts.flatMap((part) => value.values[part] ?? [])
}

/** A list of graphs. */
export function listOf(graphs: readonly (readonly number[])[]): ListValue {
  return { kind: 'list', values: graphs.map(graphValue) }
}

export function graphValue(vertices: readonly number[]): GraphValue {
  return { kind: 'graph', vertices }
}

/** Describes a value for messages: "a graph", "a set of main and rest", "a list". */
export function describe(value: Value): string {
  if (value.kind !== 'set') return `a ${value.kind}`
  return `a set of ${Object.keys(value.values).join(' and ')}`
}
