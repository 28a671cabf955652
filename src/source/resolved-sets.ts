/** The sets that a build has looked up in its locks. */
import type { FileHash } from '../base/digest.ts'
import type { LockEntry } from '../lock/set-kind.ts'
import type { StorePath } from '../store/store-path.ts'
import type { Workshop } from './package.ts'

/** One of them. */
export interface ResolvedSet {
  readonly file: string
  /** The set's key in the lock. */
  readonly lockKey: string
  readonly entry: LockEntry
  /** What the lock had before. */
  readonly before: LockEntry | undefined
  /** What was asked of it. */
  readonly names: readonly string[]
  /** A state of the set with what some names need, and no more. Ids stay: a user that comes back keeps its files. */
  pruned(set: object, names: ReadonlySet<string>): object
  /** The files that a state of the set needs, for a vendored folder. */
  files(set: object): readonly VendoredFile[]
}

/** A file of a vendored folder. */
export interface VendoredFile {
  /** Below the folder, with "/" between its parts. */
  readonly path: string
  readonly hash: FileHash
  /** Puts it into the store. */
  obtain(shop: Workshop): Promise<StorePath>
}

const registryName: unique symbol = Symbol.for('slipway.resolved-sets/1')

/** The sets of one build by the keys of their resolvers; shared by all copies of slipway in the process, as placeholders are. */
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
