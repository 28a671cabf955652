/** Bounded concurrency: the only way slipway does several things at once. */
import pMap from 'p-map'

/**
 * Works on all items, at most `concurrency` at once; results in the order of the items.
 *
 * The first failure begins no more, and is thrown when what was begun has ended, so that nothing goes on behind the caller's back.
 *
 * @param signal - aborts with the signal's reason, at once.
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
 * The same for work that must not go on when other work has failed: its signal is aborted then, and all of it is waited for.
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

/** Work that is done one piece after the other, in the order in which it is handed in. */
export function inTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let before: Promise<unknown> = Promise.resolve()
  return (work) => {
    const done = before.then(work, work)
    before = done
    return done
  }
}
