/** Bounded concurrency: the only way slipway does several things at once. */
import pMap from 'p-map'

/**
 * Works on all items, at most `concurrency` at once; results in the order of the items. The first failure stops the rest.
 *
 * @param signal - aborts between items with the signal's reason.
 */
export async function limit<T, R>(
  items: Iterable<T>,
  work: (item: T, index: number) => Promise<R>,
  options: { readonly concurrency: number; readonly signal?: AbortSignal },
): Promise<R[]> {
  return pMap(items, work, {
    concurrency: options.concurrency,
    stopOnError: true,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
}
