/** Sets that a build has looked up in its locks. */
import type { FileHash } from '../base/digest.ts'
import type { LockEntry } from '../lock/set-kind.ts'
import type { StorePath } from '../store/store-path.ts'
import type { Workshop } from './package.ts'

/** Resolved set. */
export interface ResolvedSet {
  readonly file: string
  /** Key of the set in the lock. */
  readonly lockKey: string
  readonly entry: LockEntry
  /** Entry of the lock before the build. */
  readonly before: LockEntry | undefined
  /** Names that were requested. */
  readonly names: readonly string[]
  /** Returns the set with only the packages that some names need. IDs stay, so that a user that is added again owns its files. */
  pruned(set: object, names: ReadonlySet<string>): object
  /** Returns the files that the set needs, for a vendored directory. */
  files(set: object): readonly VendoredFile[]
}

/** File of a vendored directory. */
export interface VendoredFile {
  /** Path relative to the directory, with "/" between its parts. */
  readonly path: string
  readonly hash: FileHash
  /** Adds it to the store. */
  obtain(shop: Workshop): Promise<StorePath>
}

const registryName: unique symbol = Symbol.for('slipway.resolved-sets/1')

/** Returns the sets of one build by the keys of their resolvers; shared by all copies of slipway in the process, as placeholders are. */
export function resolvedSets(shop: Workshop): Map<string, ResolvedSet> {
  const held: unknown = Reflect.get(globalThis, registryName)
  const registry = isRegistry(held) ? held : new WeakMap<Workshop, Map<string, ResolvedSet>>()
  Reflect.set(globalThis, registryName, registry)
  const known = registry.get(shop) ?? new Map<string, ResolvedSet>()
  registry.set(shop, known)
  return known
}

function isRegistry(value: unknown): value is WeakMap<Workshop, Map<string, ResolvedSet>> {
  return value instanceof WeakMap
}
