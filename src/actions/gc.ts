/** `gc`: removes from the store what no `result` link, running build or lock of the last 30 days needs. */
import { type Collected, collectGarbage } from '../store/collect.ts'
import { secondsNow } from './clock.ts'
import { type ActionOptions, storeRoot } from './workshop.ts'

/** What `gc` takes. */
export interface GcOptions extends Pick<ActionOptions, 'store' | 'signal'> {
  /** Removes nothing, but says what would be removed. */
  readonly dryRun?: boolean
}

/** Collects the garbage of the store. @throws BuildError store.unwritable */
export async function gc(options: GcOptions = {}): Promise<Collected> {
  const { dryRun = false, signal } = options
  return collectGarbage(storeRoot(options.store), {
    now: secondsNow(),
    dryRun,
    ...(signal === undefined ? {} : { signal }),
  })
}
