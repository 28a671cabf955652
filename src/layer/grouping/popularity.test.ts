import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { acyclicSpecs, closureFrom, numpyApp, pathOf, type Spec, shown } from '../../../test/support/graphs.ts'
import { namePart } from '../../store/store-path.ts'
import { graphOf } from './graph.ts'
import { popularity, popularityScores } from './popularity.ts'

function scoresOf(spec: Spec): Record<string, number | bigint> {
  const graph = graphOf(closureFrom(spec))
  const scores = popularityScores(graph)
  return Object.fromEntries(graph.paths.map((path, vertex) => [namePart(path), scores[vertex] ?? 0]).sort())
}

test('popularity: the known check gives A1 B2 C3 D4 E5 F9 G2', () => {
  const spec: Spec = {
    A: [1, ['B', 'G']],
    B: [1, ['C', 'E']],
    C: [1, ['D', 'E']],
    D: [1, ['F']],
    E: [1, ['F']],
    F: [1, []],
    G: [1, []],
  }
  assert.deepEqual(scoresOf(spec), { A: 1, B: 2, C: 3, D: 4, E: 5, F: 9, G: 2 })
})

test('popularity: the worked example gives the scores and groups computed by hand', () => {
  const { glibc, openssl, zlib, python, openblas, bash, numpy, app } = scoresOf(numpyApp)
  assert.deepEqual([glibc, openssl, zlib, python, openblas, bash, numpy, app], [19, 6, 6, 4, 3, 2, 2, 1])
  assert.equal(shown(popularity(4)(closureFrom(numpyApp))), 'glibc | openssl | zlib | python openblas bash numpy app')
})

test('popularity: the closed form equals the recursion on every acyclic graph', () => {
  fc.assert(fc.property(acyclicSpecs(), (spec) => assert.deepEqual(scoresOf(spec), recursiveScores(spec))))
})

test('popularity: every member of a cycle has the score of the cycle, and is an object of its own', () => {
  const spec: Spec = { app: [1, ['libc']], tool: [1, ['gcc']], libc: [5, ['gcc']], gcc: [3, ['libc']] }
  assert.deepEqual(scoresOf(spec), { app: 1, gcc: 4, libc: 4, tool: 1 })
  assert.equal(shown(popularity(9)(closureFrom(spec))), 'gcc | libc | app | tool')
})

test('popularity: equal scores are ordered by name, then hash, with a hyphen after the name', () => {
  const spec: Spec = { foo: [1, []], 'foo-1': [1, []], 'foo+': [1, []], bar: [1, []] }
  assert.equal(shown(popularity(9)(closureFrom(spec))), 'bar | foo+ | foo | foo-1')
})

test('popularity: counts beyond 2^53 stay exact', () => {
  const spec: Record<string, readonly [number, readonly string[]]> = {}
  for (let i = 0; i < 70; i++) {
    spec[`l${i}`] = [1, [`a${i}`, `b${i}`]]
    for (const side of ['a', 'b']) spec[`${side}${i}`] = [1, [`l${i + 1}`]]
  }
  spec.l70 = [1, []]
  // 2^i paths lead to l(i), and to a(i) and b(i): the sum of all above is 3·(2^70 − 1), the number of paths to l(70) itself 2^70.
  assert.equal(scoresOf(spec).l70, 2n ** 70n + 3n * (2n ** 70n - 1n))
})

test('popularity: ten thousand objects in a deep graph are ranked', () => {
  const spec: Record<string, readonly [number, readonly string[]]> = {}
  for (let i = 0; i < 10_000; i++) {
    const targets = [1, 7, 50, 333, 2048].map((step) => i + step * (1 + (i % 3))).filter((to) => to < 10_000)
    spec[`p${i}`] = [i % 97, targets.map((to) => `p${to}`)]
  }
  const groups = popularity(100)(closureFrom(spec))
  assert.equal(groups.length, 100)
  assert.equal(groups.flat().length, 10_000)
  assert.ok(groups.at(-1)?.includes(pathOf('p0')))
})

/** nixpkgs' definition, word by word. */
function recursiveScores(spec: Spec): Record<string, number> {
  const referred = new Set(Object.values(spec).flatMap(([, references]) => references))
  const childrenOf = (v: string): readonly string[] => spec[v]?.[1] ?? Object.keys(spec).filter((n) => !referred.has(n))
  const below = (v: string, x: string): boolean => childrenOf(v).some((c) => c === x || below(c, x))
  const s = (v: string, x: string): number =>
    childrenOf(v).reduce((sum, c) => sum + (c === x ? 1 : 0) + (below(c, x) ? s(c, x) + 1 : 0), 0)
  return Object.fromEntries(
    Object.keys(spec)
      .map((x) => [x, s('the top', x)] as const)
      .sort(),
  )
}
