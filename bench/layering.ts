/** Measures ranking 10,000 packages by popularity, in a graph like Debian's and in a deep one. Usage: node bench/layering.ts */
import { performance } from 'node:perf_hooks'
import { graphOf } from '../src/layer/grouping/graph.ts'
import { popularityOrder } from '../src/layer/grouping/popularity.ts'
import { closureFrom, type Spec } from '../test/support/graphs.ts'

const count = 10_000

/** A few objects at the bottom that all others need, many at the top: each refers to eight, mostly among the nearest to the bottom. */
function wide(): Spec {
  return specOf((from) =>
    Array.from({ length: 8 }, (_, edge) => count - 1 - Math.floor((count - from) * (edge / 9) ** 2)),
  )
}

/** Long chains, so that the numbers of paths pass 2^53 a hundred times over. */
function deep(): Spec {
  return specOf((from) => [1, 7, 50, 333, 2048].map((step) => from + step * (1 + (from % 3))))
}

function specOf(targets: (from: number) => readonly number[]): Spec {
  const nodes = Array.from({ length: count }, (_, from) => {
    const later = targets(from).filter((to) => to > from && to < count)
    return [`p${from}`, [from % 97, later.map((to) => `p${to}`)]] as const
  })
  return Object.fromEntries(nodes)
}

for (const [name, spec] of Object.entries({ wide: wide(), deep: deep() })) {
  const closure = closureFrom(spec)
  const [start, before] = [performance.now(), process.cpuUsage()]
  popularityOrder(graphOf(closure))
  const { user, system } = process.cpuUsage(before)
  const wall = performance.now() - start
  process.stdout.write(
    `${name}: ${wall.toFixed(0)} ms, cpu ${((user + system) / 1000).toFixed(0)} ms (asked: below 1000)\n`,
  )
}
