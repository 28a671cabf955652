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

/** A step as the user writes it: `["popularity_contest"]`, `["split_paths", ["/nix/store/…"]]`; packages stand for their paths. */
export type PipelineStep = readonly [name: string, ...arguments_: readonly unknown[]]

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
