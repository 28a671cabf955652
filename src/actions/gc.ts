/** `gc`: removes objects from the store that no `result` link, running build or lock of the last 30 days needs. */
import { checkBoolean } from '../base/check.ts'
import { watchOf } from '../base/event.ts'
import type { Collected } from '../store/collect.ts'
import { layoutOf } from '../store/layout.ts'
import { actionChecks, checkCall, checkNumber, givenOptions, type OptionChecks, optional } from './call.ts'
import { secondsNow } from './clock.ts'
import { type ActionOptions, storeRoot } from './workshop.ts'

/** Options of `gc`. */
export interface GcOptions extends Pick<ActionOptions, 'store' | 'signal' | 'report'> {
  /** Whether to report the objects that would be removed without removing them. Default: false. */
  readonly dryRun?: boolean
  /** How long after its last use a lock keeps its packages, in seconds; 0 for not at all. Default: 30 days. */
  readonly keptSeconds?: number
  /**
   * Maximum size of the store, in bytes: packages that only locks keep are removed until it fits, the least recently used first. Default:
   * no limit.
   */
  readonly maxBytes?: number
}

const optionChecks: OptionChecks<GcOptions> = {
  ...actionChecks,
  dryRun: optional(checkBoolean),
  keptSeconds: optional(checkNumber),
  maxBytes: optional(checkNumber),
}

/** Result of `gc`. */
export type GcResult = Collected

/**
 * Removes objects from the store that no `result` link, running build or lock of the last 30 days needs.
 *
 * @example
 * import { gc } from 'slipway'
 *
 * const { bytes } = await gc({ dryRun: true })
 * console.log(bytes)
 * @throws BuildError store.unwritable
 */
export async function gc(options: GcOptions = {}): Promise<GcResult> {
  checkCall('gc', { options }, { options: givenOptions(optionChecks) })
  const { dryRun = false, keptSeconds, maxBytes } = options
  const root = storeRoot(options.store)
  const { collectGarbage } = await import('../store/collect.ts')
  const collected = await collectGarbage(root, {
    ...{ now: secondsNow(), dryRun, ...watchOf(options) },
    ...(keptSeconds === undefined ? {} : { keptSeconds }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  })
  const bases = dryRun ? [] : await forgotten(root)
  return { ...collected, others: [...collected.others, ...bases].sort() }
}

/** Removes the unpacked bases of commands: a cache, whose files only a namespace of this user may be able to remove. */
async function forgotten(root: string): Promise<readonly string[]> {
  const { sandbox } = layoutOf(root)
  const { forgetBases } = await import('../sandbox/bases.ts')
  const names = await forgetBases(sandbox, process.getuid?.() === 0 ? 'root' : 'ranges')
  return names.map((name) => `sandbox/bases/${name}`)
}
