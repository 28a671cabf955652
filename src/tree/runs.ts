/**
 * Merges sorted runs into one, holding one item of each: a k-way merge with a binary heap.
 *
 * A run that stays the smallest, as that of a tree does in its own directories, costs two comparisons an item.
 */

/** Merges runs; of equal items, those of earlier runs come first. */
export function* mergedRuns<T>(
  runs: Iterable<Iterable<T>>,
  compare: (a: T, b: T) => number,
): Generator<T, void, undefined> {
  const heap: Head<T>[] = []
  try {
    for (const run of runs) {
      const rest = run[Symbol.iterator]()
      const next = rest.next()
      if (next.done !== true) heap.push({ item: next.value, rest, order: heap.length })
    }
    const isBefore = (a: Head<T>, b: Head<T>): boolean => (compare(a.item, b.item) || a.order - b.order) < 0
    for (let at = heap.length >> 1; at >= 0; at--) sink(heap, at, isBefore)
    for (let first = heap[0]; first !== undefined; first = heap[0]) {
      yield first.item
      const next = first.rest.next()
      if (next.done !== true) first.item = next.value
      else {
        const last = heap.pop()
        if (last !== undefined && last !== first) heap[0] = last
      }
      sink(heap, 0, isBefore)
    }
  } finally {
    for (const { rest } of heap) rest.return?.()
  }
}

/** A run from its next item on. */
interface Head<T> {
  item: T
  readonly rest: Iterator<T>
  readonly order: number
}

/** Moves the head at an index down until none below it comes before it. */
function sink<T>(heap: Head<T>[], at: number, isBefore: (a: Head<T>, b: Head<T>) => boolean): void {
  const head = heap[at]
  if (head === undefined) return
  for (;;) {
    const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]]
    const isRight = left !== undefined && right !== undefined && isBefore(right, left)
    const child = isRight ? right : left
    if (child === undefined || !isBefore(child, head)) break
    heap[at] = child
    at = 2 * at + (isRight ? 2 : 1)
  }
  heap[at] = head
}
