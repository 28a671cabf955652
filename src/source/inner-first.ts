/** Topological order of graphs without cycles, of any depth: dependencies come first. */

/** Returns all nodes reachable from some, each once and after the nodes that it depends on. Uses no recursion, so chains may have any length. */
export function innerFirst<T>(
  from: readonly T[],
  keyOf: (node: T) => string,
  innerOf: (node: T) => Iterable<T>,
): readonly T[] {
  const order = new Map<string, T>()
  const pending = from.map((node) => ({ node, isReady: false })).reverse()
  for (let step = pending.pop(); step !== undefined; step = pending.pop()) {
    const { node, isReady } = step
    if (order.has(keyOf(node))) continue
    if (isReady) {
      order.set(keyOf(node), node)
      continue
    }
    pending.push({ node, isReady: true })
    const inner = [...innerOf(node)].filter((each) => !order.has(keyOf(each)))
    for (const each of inner.reverse()) pending.push({ node: each, isReady: false })
  }
  return [...order.values()]
}
