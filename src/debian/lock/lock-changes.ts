/**
 * What `slipway lock` does beside adding names: says what changed, drops what nobody names any more, keeps the `.deb`s in a folder.
 *
 * All work on the sets that were resolved in this build (resolutions.ts).
 */
import { join } from 'node:path'
import { gather } from '../../base/bytes.ts'
import { digestOf } from '../../base/digest.ts'
import { limit } from '../../base/limit.ts'
import type { Workshop } from '../../source/package.ts'
import { flatContent } from '../../store/flat-content.ts'
import { fetchDeb } from '../deb-package.ts'
import { type Lock, readLock } from './lock.ts'
import { dataPackages, reachable } from './locked-set.ts'
import type { LockedPackage, LockedSet } from './resolution.ts'
import { type Resolved, resolvedSets, written } from './resolutions.ts'

/** One package of a set that is new, gone, or of another version. `size` is of the `.deb`, in bytes. */
export interface PackageChange {
  readonly name: string
  readonly from?: { readonly version: string; readonly size: number }
  readonly to?: { readonly version: string; readonly size: number }
}

/** What changed in one set of one lock. */
export interface SetChange {
  readonly file: string
  /** The set's key in the lock. */
  readonly set: string
  readonly packages: readonly PackageChange[]
  /** Bytes of all `.deb`s before and after. */
  readonly bytes: { readonly before: number; readonly after: number }
}

/** What this build has changed in its locks so far; sets without a change are left out. */
export function lockChanges(shop: Workshop): readonly SetChange[] {
  return [...resolvedSets(shop).values()]
    .map(({ file, lockKey: set, before, locked }) => setChange({ file, set }, before, locked))
    .filter(({ packages }) => packages.length > 0)
    .sort((a, b) => (a.file + a.set < b.file + b.set ? -1 : 1))
}

/** Compares two states of a set. */
function setChange(
  of: { readonly file: string; readonly set: string },
  before: LockedSet | undefined,
  after: LockedSet | undefined,
): SetChange {
  const old: LockedSet['packages'] = before?.packages ?? new Map()
  const now: LockedSet['packages'] = after?.packages ?? new Map()
  const names = [...new Set([...old.keys(), ...now.keys()])].sort()
  const changed = names.filter((name) => old.get(name)?.sha256 !== now.get(name)?.sha256)
  return {
    ...of,
    packages: changed.map((name) => {
      const [from, to] = [old.get(name), now.get(name)]
      return {
        name,
        ...(from === undefined ? {} : { from: { version: from.version, size: from.size } }),
        ...(to === undefined ? {} : { to: { version: to.version, size: to.size } }),
      }
    }),
    bytes: { before: sizeOf(old), after: sizeOf(now) },
  }
}

function sizeOf(packages: LockedSet['packages']): number {
  return [...packages.values()].reduce((sum, { size }) => sum + size, 0)
}

/**
 * Drops from the locks of this build all that was not asked for in it: roots, packages that only they need, and whole sets. Ids stay
 * (a user that comes back keeps its files).
 *
 * @throws BuildError lock.busy
 */
export async function pruneLocks(shop: Workshop): Promise<readonly SetChange[]> {
  const asked = [...resolvedSets(shop).values()]
  const changes: SetChange[] = []
  for (const file of new Set(asked.map((each) => each.file))) {
    const before = readLock(file, shop)
    const after = pruned(
      before,
      asked.filter((each) => each.file === file),
    )
    if (await written(file, before, after, shop))
      changes.push(...[...before].map(([set, locked]) => setChange({ file, set }, locked, after.get(set))))
  }
  return changes.filter(({ packages }) => packages.length > 0)
}

function pruned(lock: Lock, asked: readonly Resolved[]): Lock {
  const kept = new Map<string, LockedSet>()
  for (const [key, locked] of lock) {
    const here = asked.filter((each) => each.lockKey === key)
    const [first] = here
    if (first === undefined) continue
    const names = new Set(here.flatMap((each) => each.names))
    const roots = locked.roots.filter((root) => names.has(root))
    const reached = reachable({ ...locked, roots }, first.set)
    const stays = ([name]: readonly [string, LockedPackage]) => reached.has(name) || dataPackages.includes(name)
    kept.set(key, { ...locked, roots, packages: new Map([...locked.packages].filter(stays).map(asData(reached))) })
  }
  return kept
}

/** A package that is only data any more requires no more than data does. */
function asData(reached: ReadonlySet<string>): (entry: [string, LockedPackage]) => [string, LockedPackage] {
  return ([name, locked]) => {
    if (reached.has(name)) return [name, locked]
    return [
      name,
      {
        ...locked,
        requires: locked.requires.filter((other) => name === 'dash' && other === 'libc6' && reached.has(other)),
      },
    ]
  }
}

/**
 * Writes every `.deb` that the lock has for the sets of this build into a folder, at its path below the archive's base: what `snapshot`
 * reads.
 *
 * @returns the files written; those that are there already are left alone.
 */
export async function vendorDebs(folder: string, shop: Workshop): Promise<readonly string[]> {
  const wanted = [...resolvedSets(shop).values()].flatMap(({ set, file, lockKey }) => {
    const locked = readLock(file, shop).get(lockKey)
    if (locked === undefined) return []
    return [...locked.packages.values()].map((one) => ({ one, from: { options: set, indexes: locked.indexes } }))
  })
  const files = await limit(
    wanted,
    async ({ one, from }) => {
      const file = join(folder, ...one.file.split('/'))
      const present = shop.project.read(file)
      if (present !== undefined && digestOf(present) === one.sha256) return []
      const { path } = await fetchDeb(one, from, shop)
      await shop.project.write(file, gather(flatContent(path, shop.store).open()))
      return [file]
    },
    { concurrency: 4, signal: shop.signal },
  )
  return files.flat().sort()
}
