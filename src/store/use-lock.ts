/** The lock of a store's users: shared by each of them, held alone by a garbage collector. Waiting for it is reported. */
import { type Watch, watchOf } from '../base/event.ts'
import type { Layout } from './layout.ts'
import { type Lock, lock } from './lock.ts'

/** Waits for the lock. @throws the signal's reason */
export async function lockUse(
  { useLock, root }: Pick<Layout, 'useLock' | 'root'>,
  { shared, ...given }: Partial<Watch> & { readonly shared: boolean },
): Promise<Lock> {
  const { signal, report } = watchOf(given)
  const other = shared ? 'the garbage collector' : 'the other processes that use the store'
  const part = { at: 'wait', subject: `${other} at ${root}`, total: 1 } as const
  let isWaiting = false
  const waiting = (): void => {
    isWaiting = true
    report({ ...part, done: 0 })
  }
  try {
    return await lock(useLock, { shared, signal, waiting })
  } finally {
    if (isWaiting) report({ ...part, done: 1 })
  }
}
