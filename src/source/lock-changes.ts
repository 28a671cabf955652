/**
 * Work of `slipway lock` besides adding packages: lists changes, removes packages that no file names any more, vendors packages.
 *
 * All functions work on the sets that were resolved in this build (resolved-sets.ts).
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { gather } from '../base/bytes.ts'
import { algorithmOf, type FileHash } from '../base/digest.ts'
import { limit } from '../base/limit.ts'
import type { Lock, LockEntry, LockedItem } from '../lock/set-kind.ts'
import { flatContent } from '../store/flat-content.ts'
import type { Workshop } from './package.ts'
import { readLock, written } from './project-lock.ts'
import { type ResolvedSet, resolvedSets, type VendoredFile } from './resolved-sets.ts'

/** Package that was added to a set, removed from it, or moved to another version. */
export interface PackageChange {
  /** Name of the package. */
  readonly name: string
  /** Version before the change, and the size of its archive in bytes; absent for an added package. */
  readonly from?: { readonly version: string; readonly size: number }
  /** Version after the change, and the size of its archive in bytes; absent for a removed package. */
  readonly to?: { readonly version: string; readonly size: number }
}

/** Changes to one set of a lock. */
export interface SetChange {
  /** Path of the lock. */
  readonly file: string
  /** Key of the set in the lock. */
  readonly set: string
  /** Packages that changed, by name. */
  readonly packages: readonly PackageChange[]
  /** Total size of the archives of all the set's packages before and after, in bytes. */
  readonly bytes: { readonly before: number; readonly after: number }
}

/** Returns the changes of this build to its locks so far, without sets that did not change. */
export function lockChanges(shop: Workshop): readonly SetChange[] {
  return [...resolvedSets(shop).values()]
    .map(({ file, lockKey: set, before, entry }) => setChange({ file, set }, before, entry))
    .filter(({ packages }) => packages.length > 0)
    .sort((a, b) => (a.file + a.set < b.file + b.set ? -1 : 1))
}

type Items = ReadonlyMap<string, LockedItem>

/** Compares two states of a set. */
function setChange(
  of: Pick<SetChange, 'file' | 'set'>,
  before: LockEntry | undefined,
  after: LockEntry | undefined,
): SetChange {
  const [old, now] = [itemsOf(before), itemsOf(after)]
  const names = [...new Set([...old.keys(), ...now.keys()])].sort()
  const changed = names.filter((name) => old.get(name)?.hash !== now.get(name)?.hash)
  return {
    ...of,
    packages: changed.map((name) => packageChange(name, old.get(name), now.get(name))),
    bytes: { before: sizeOf(old), after: sizeOf(now) },
  }
}

function packageChange(name: string, from: LockedItem | undefined, to: LockedItem | undefined): PackageChange {
  return {
    name,
    ...(from === undefined ? {} : { from: { version: from.version, size: from.size } }),
    ...(to === undefined ? {} : { to: { version: to.version, size: to.size } }),
  }
}

function itemsOf(entry: LockEntry | undefined): Items {
  return entry === undefined ? new Map() : entry.kind.packages(entry.set)
}

function sizeOf(items: Items): number {
  return [...items.values()].reduce((sum, { size }) => sum + size, 0)
}

/**
 * Drops from the locks of this build all that was not asked for in it: names, packages that only they need, and whole sets.
 *
 * @throws BuildError lock.busy
 */
export async function pruneLocks(shop: Workshop): Promise<readonly SetChange[]> {
  const byFile = Map.groupBy(resolvedSets(shop).values(), ({ file }) => file)
  const changes: SetChange[] = []
  for (const [file, asked] of byFile) {
    const before = await readLock(file, shop)
    const after = pruned(before, asked)
    if (await written(file, before, after, shop))
      changes.push(...[...before].map(([set, entry]) => setChange({ file, set }, entry, after.get(set))))
  }
  return changes.filter(({ packages }) => packages.length > 0)
}

function pruned(lock: Lock, asked: readonly ResolvedSet[]): Lock {
  const kept = new Map<string, LockEntry>()
  for (const [key, { kind, set }] of lock) {
    const here = asked.filter((each) => each.lockKey === key)
    const names = new Set(here.flatMap((each) => each.names))
    const left = here[0]?.pruned(set, names)
    if (left !== undefined) kept.set(key, { kind, set: left })
  }
  return kept
}

/**
 * Writes every file that the lock names for the sets of this build to a directory, for a set's option `snapshot`.
 *
 * @returns the files written; those that are there already are left alone.
 */
export async function vendorFiles(folder: string, shop: Workshop): Promise<readonly string[]> {
  const wanted: VendoredFile[] = []
  for (const resolved of resolvedSets(shop).values()) {
    const entry = (await readLock(resolved.file, shop)).get(resolved.lockKey)
    if (entry !== undefined) wanted.push(...resolved.files(entry.set))
  }
  const vendored = await limit(wanted, (file) => vendor(folder, file, shop), { concurrency: 4, signal: shop.signal })
  return vendored.flat().sort()
}

async function vendor(
  folder: string,
  { path, hash, obtain }: VendoredFile,
  shop: Workshop,
): Promise<readonly string[]> {
  const file = join(folder, ...path.split('/'))
  const present = shop.project.read(file)
  if (present !== undefined && hashOf(present, hash) === hash) return []
  await shop.project.write(file, gather(flatContent(await obtain(shop), shop.store).open()))
  return [file]
}

function hashOf(bytes: Uint8Array, like: FileHash): string {
  const algorithm = algorithmOf(like)
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`
}
