/** Act 2 for Node itself: resolves a range to the release in the lock, and adds one if the lock has none. */
import { fail } from '../../base/error.ts'
import type { Workshop } from '../../source/package.ts'
import { growLock, lockFileOf } from '../../source/project-lock.ts'
import { type ResolvedSet, resolvedSets } from '../../source/resolved-sets.ts'
import { readManifest } from '../lock-file/read.ts'
import { type LockedRuntime, runtimeIn, runtimeKey, runtimeSetKind } from './locked-runtime.ts'
import type { RuntimeArguments } from './package.ts'
import { publishedRuntime } from './published.ts'

/** Major version of Node that slipway itself needs, used for applications that request none. */
const defaultRange = '24'

/** One release of a build. */
interface Resolved extends ResolvedSet {
  readonly runtime: LockedRuntime
}

/** Resolves a request, and records the release in the lock. @throws BuildError lock.*, network.*, npm.runtime */
export async function resolveRuntime(asked: RuntimeArguments, shop: Workshop): Promise<void> {
  const file = lockFileOf({ lock: undefined, directory: asked.directory }, shop)
  const range = asked.range ?? enginesOf(asked, shop) ?? defaultRange
  const lockKey = runtimeKey(range)
  const grown = await growLock(
    file,
    async (lock) => ({
      key: lockKey,
      entry: {
        kind: runtimeSetKind,
        set: await lockedRuntime(runtimeIn(lock, lockKey), { range, file, directory: asked.directory }, shop),
      },
    }),
    shop,
  )
  const { before, entry } = grown
  const runtime = runtimeIn(new Map([[lockKey, entry]]), lockKey)
  if (runtime === undefined) throw new Error('unreachable: a lock that grew by something else')
  const resolved: Resolved = {
    file,
    lockKey,
    entry,
    before,
    runtime,
    names: [range],
    pruned: (set) => set,
    files: () => [],
  }
  resolvedSets(shop).set(resolverKey(asked), resolved)
}

/** Returns the release that was resolved in this build. */
export function resolvedRuntime(asked: RuntimeArguments, shop: Workshop): LockedRuntime {
  const resolved = resolvedSets(shop).get(resolverKey(asked))
  if (resolved === undefined || !isResolved(resolved)) throw new Error('unreachable: a runtime that is not resolved')
  return resolved.runtime
}

/** Identifies requests that are resolved together. */
export function resolverKey({ range, directory }: RuntimeArguments): string {
  return `node ${JSON.stringify([range, directory])}`
}

function isResolved(resolved: ResolvedSet): resolved is Resolved {
  return 'runtime' in resolved
}

async function lockedRuntime(
  present: LockedRuntime | undefined,
  { range, file, directory }: { readonly range: string; readonly file: string; readonly directory: string },
  shop: Workshop,
): Promise<LockedRuntime> {
  if (present !== undefined && !shop.lock.update) return present
  if (shop.lock.frozen)
    fail('lock.frozen', `${file} lacks Node ${range}, and must not be written.`, {
      remedy: 'Run `slipway lock FILE` and commit the lock, or leave `--frozen` out.',
      detail: { file, set: runtimeKey(range) },
    })
  const newest = await publishedRuntime({ range, directory }, shop)
  return present !== undefined && runtimeSetKind.lines(present) === runtimeSetKind.lines(newest) ? present : newest
}

/** Reads the range in `engines.node` of package.json. */
function enginesOf({ directory }: RuntimeArguments, shop: Workshop): string | undefined {
  const range = readManifest(directory, shop)?.node?.trim()
  return range === '' ? undefined : range
}
