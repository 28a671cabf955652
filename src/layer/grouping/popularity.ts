/**
 * Popularity: the objects that most others lead to come first, because other images are likely to share them.
 *
 * Score of x (nixpkgs' recursion): S(v, x) = sum over children c of v of: 1 if c = x, plus S(c, x) + 1 if x is strictly below c; score(x) =
 * S(top, x), where top is a vertex above all roots. Closed form: with P(v) the number of paths from top to v, score(x) = P(x) + sum of P(a)
 * over all a above x. One pass from the roots down gives P; the vertices above each vertex are a bit set. Example: A→B,G  B→C,E  C→D,E  D→F
 * E→F gives A1 B2 C3 D4 E5 F9 G2.
 *
 * A cycle counts as one vertex for the score (its members all get it, and none counts as above another); each member is still an object of
 * its own. Equal scores are ordered by name, then hash (nixpkgs' rule), members of a cycle too.
 */
import type { StorePath } from '../../store/store-path.ts'
import { hashPart, namePart, storeDirectory } from '../../store/store-path.ts'
import type { Group, Layering } from '../layer.ts'
import { condense, type Graph, graphOf, parentsOf } from './graph.ts'

/** Popularity score. A bigint beyond 2^53. */
export type Score = number | bigint

/** Scores of a graph's vertices. */
export function popularityScores(graph: Graph): readonly Score[] {
  const { children, componentOf } = condense(graph.children)
  const scores = componentScores(parentsOf(children))
  return componentOf.map((component) => scores[component] ?? 0)
}

/** Vertices of a graph, most popular first. */
export function popularityOrder(graph: Graph): number[] {
  const scores = popularityScores(graph)
  const ranked = graph.paths.map((path, vertex) => ({ vertex, key: tieBreak(path), score: scores[vertex] ?? 0 }))
  ranked.sort((a, b) => (a.score === b.score ? (a.key < b.key ? -1 : 1) : a.score > b.score ? -1 : 1))
  return ranked.map(({ vertex }) => vertex)
}

/** Layering by popularity into at most `limit` groups: the most popular alone, all others in the last one. */
export function popularity(limit: number): Layering {
  return (closure) => {
    const graph = graphOf(closure)
    const ordered: Group[] = popularityOrder(graph).map((vertex) => graph.paths.slice(vertex, vertex + 1))
    return limitGroups(ordered, limit)
  }
}

/** Keeps the first `limit` - 1 groups, and joins all others into one. */
export function limitGroups<T>(groups: readonly (readonly T[])[], limit: number): readonly (readonly T[])[] {
  return groups.length <= limit ? groups : [...groups.slice(0, limit - 1), groups.slice(limit - 1).flat()]
}

/** nixpkgs' order of names: the part up to the first "-" (store directory and hash) moves to the end. */
function tieBreak(path: StorePath): string {
  return `${namePart(path)}-${storeDirectory}/${hashPart(path)}`
}

/** `parents` in topological order, so that every parent has a lower number. */
function componentScores(parents: readonly (readonly number[])[]): Score[] {
  const ways: Score[] = []
  const above: Uint32Array[] = []
  const scores: Score[] = []
  parents.forEach((list, vertex) => {
    ways[vertex] = list.length === 0 ? 1 : list.reduce<Score>((sum, parent) => add(sum, ways[parent] ?? 0), 0)
    const row = rowAbove(list, above, vertex)
    above[vertex] = row
    // The score of the last parent covers that parent and everything above it: only the difference is added.
    const last = list.at(-1)
    const known = last === undefined ? 0 : (scores[last] ?? 0)
    const others = last === undefined ? 0 : sumOfOthers({ row, last, lastRow: above[last] ?? row }, ways)
    scores[vertex] = add(add(known, others), ways[vertex] ?? 0)
  })
  return scores
}

/** Vertices above one, as bits; as many words as the vertices so far need: half the memory of full rows. */
function rowAbove(list: readonly number[], above: readonly Uint32Array[], vertex: number): Uint32Array {
  const row = new Uint32Array((vertex >> 5) + 1)
  for (const parent of list) {
    const other = above[parent] ?? row
    for (let word = 0; word < other.length; word++) row[word] = (row[word] ?? 0) | (other[word] ?? 0)
    row[parent >> 5] = (row[parent >> 5] ?? 0) | (1 << (parent & 31))
  }
  return row
}

/** Exact addition: a number while it is safe, a bigint beyond. */
function add(a: Score, b: Score): Score {
  if (typeof a === 'number' && typeof b === 'number' && a + b <= Number.MAX_SAFE_INTEGER) return a + b
  return BigInt(a) + BigInt(b)
}

interface Rows {
  readonly row: Uint32Array
  readonly last: number
  readonly lastRow: Uint32Array
}

/** Number of paths to all vertices in `row`, except `last` and those above it. */
function sumOfOthers({ row, last, lastRow }: Rows, ways: readonly Score[]): Score {
  let small = 0
  let big: Score = 0
  for (let word = 0; word < row.length; word++) {
    const lastBit = word === last >> 5 ? 1 << (last & 31) : 0
    for (let bits = (row[word] ?? 0) & ~(lastRow[word] ?? 0) & ~lastBit; bits !== 0; bits &= bits - 1) {
      const term = ways[word * 32 + 31 - Math.clz32(bits & -bits)] ?? 0
      if (typeof term === 'bigint' || small + term > Number.MAX_SAFE_INTEGER) big = add(big, term)
      else small += term
    }
  }
  return add(big, small)
}
