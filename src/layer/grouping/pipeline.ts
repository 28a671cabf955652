/**
 * `layeringPipeline`: layers made by a list of steps, each a name and its arguments, as in nixpkgs.
 *
 * The value starts as one graph (smallest objects first) and becomes sets (`main`, `common`, `rest`) and lists of graphs; at the end
 * everything is flattened and each non-empty graph is a layer, its objects in the graph's order. Where nixpkgs' steps crash, these do the
 * obvious: a missing part of a set is empty, and steps on lists accept sets (flattened in the order main, common, rest).
 */
import type { StorePath } from '../../store/store-path.ts'
import type { Layering } from '../layer.ts'
import { type Graph, graphOf } from './graph.ts'
import { applyAll } from './pipeline-apply.ts'
import { parseSteps, type Step } from './pipeline-parse.ts'
import { flattened } from './pipeline-value.ts'

/**
 * Step of a `layeringPipeline`: its name, then its arguments. Names and meanings are those of nixpkgs.
 *
 * @typeParam Path - what denotes a store object: its path, or a package.
 */
export type LayeringStep<Path> =
  | readonly [
      name: 'split_paths' | 'subcomponent_in' | 'subcomponent_out' | 'remove_paths',
      paths: LayeringPaths<Path> | readonly LayeringPaths<Path>[],
    ]
  | readonly [name: 'split_every' | 'limit_layers', count: number]
  | readonly [name: 'over', part: 'main' | 'common' | 'rest', step: LayeringStep<Path>]
  | readonly [name: 'map', step: LayeringStep<Path>]
  | readonly [name: 'pipe', steps: readonly LayeringStep<Path>[]]
  | readonly [name: 'popularity_contest' | 'flatten' | 'reverse']

/** Store objects in a step of a `layeringPipeline`: one object, or all that some objects refer to directly. */
export type LayeringPaths<Path> = Path | { readonly children_of: Path | readonly Path[] }

/** Step whose store objects are paths, or anything that has a path. */
export type PipelineStep = LayeringStep<string | { readonly path: string }>

/**
 * Checks a pipeline without a closure: names, arguments, and that each step accepts the output of the previous one.
 *
 * @param place - name of the argument in messages.
 * @throws BuildError layering.pipeline
 */
export function checkPipeline(value: unknown, place: string = 'layeringPipeline'): void {
  run(parseSteps(value, place), { paths: [], sizes: [], children: [] })
}

/** Layering that the steps describe. @throws BuildError layering.pipeline */
export function pipeline(steps: readonly PipelineStep[]): Layering {
  const parsed = parseSteps(steps, 'layeringPipeline')
  return (closure) => run(parsed, graphOf(closure))
}

function run(steps: readonly Step[], graph: Graph): StorePath[][] {
  const value = applyAll(steps, { kind: 'graph', vertices: graph.paths.map((_, vertex) => vertex) }, graph)
  return flattened(value)
    .filter((vertices) => vertices.length > 0)
    .map((vertices) => vertices.flatMap((vertex) => graph.paths[vertex] ?? []))
}
