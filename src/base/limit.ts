/** Bounded concurrency: the only way in which slipway does several things at once. */
import pMap from 'p-map'

/**
 * Processes all items, at most `concurrency` at a time; results are in the order of the items.
 *
 * After the first failure no further item is started; the failure is thrown once the started ones have ended, so nothing runs on in the
 * background.
 *
 * @param signal - aborts at once, with the signal's reason.
 */
export async function limit<T, R>(
  items: Iterable<T>,
  work: (item: T, index: number) => Promise<R>,
  options: { readonly concurrency: number; readonly signal?: AbortSignal },
): Promise<R[]> {
  const begun: Promise<R>[] = []
  const { concurrency, signal } = options
  const begin = (item: T, index: number): Promise<R> => {
    const working = work(item, index)
    begun.push(working)
    return working
  }
  try {
    return await pMap(items, begin, { concurrency, stopOnError: true, ...(signal === undefined ? {} : { signal }) })
  } catch (thrown) {
    if (signal?.aborted !== true) await Promise.allSettled(begun)
    throw thrown
  }
}

/**
 * Runs work that must stop when other work fails: its signal is then aborted, and all of it is awaited.
 *
 * @returns results in the order of the items.
 */
export async function together<T, R>(
  items: Iterable<T>,
  work: (item: T, signal: AbortSignal) => Promise<R>,
  { concurrency, signal }: { readonly concurrency: number; readonly signal: AbortSignal },
): Promise<R[]> {
  const stopping = new AbortController()
  const either = AbortSignal.any([signal, stopping.signal])
  const failures: unknown[] = []
  const results = await limit(
    items,
    async (item): Promise<readonly R[]> => {
      if (failures.length > 0) return []
      try {
        either.throwIfAborted()
        return [await work(item, either)]
      } catch (thrown) {
        failures.push(thrown)
        stopping.abort(thrown)
        return []
      }
    },
    { concurrency },
  )
  if (failures.length > 0) throw failures[0]
  return results.flat()
}

/** Room that tasks share: memory, or a number of seats. */
export interface Room {
  /** Waits for a place, in the order of asking. One that is larger than the room gets all of it. */
  enter(size: number): Promise<Place>
}

/** A place in a room; disposing of it leaves it. */
export interface Place extends Disposable {
  /** Gives back what is not needed. */
  shrink(size: number): void
}

/** Opens a room of a size. */
export function openRoom(most: number): Room {
  const waiting: { readonly size: number; readonly admit: () => void }[] = []
  let taken = 0
  const admitNext = (): void => {
    for (let next = waiting[0]; next !== undefined && taken + next.size <= most; next = waiting[0]) {
      waiting.shift()
      taken += next.size
      next.admit()
    }
  }
  const placeOf = (size: number): Place => {
    let held = size
    const shrink = (left: number): void => {
      taken -= Math.max(0, held - left)
      held = Math.min(held, left)
      admitNext()
    }
    return { shrink, [Symbol.dispose]: () => shrink(0) }
  }
  return {
    async enter(wanted) {
      const size = Math.min(wanted, most)
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push({ size, admit: resolve })
      admitNext()
      await promise
      return placeOf(size)
    },
  }
}
