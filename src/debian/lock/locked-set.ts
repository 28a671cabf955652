/**
 * Act 2 for one set: looks names up in the lock, and adds those that it lacks.
 *
 * Everything in the lock stays unchanged: packages, edges and ids; a new name is resolved on top, against the index that the lock was made
 * from. Only `lock --update` uses the current index, and then resolves all roots again.
 */
import { fail } from '../../base/error.ts'
import { limit } from '../../base/limit.ts'
import type { Lock } from '../../lock/set-kind.ts'
import type { Workshop } from '../../source/package.ts'
import { type Archive, askIndexes, openIndexes } from '../archive/archive.ts'
import { refuseConflicts } from '../archive/conflicts.ts'
import { mirrorsOf } from '../archive/mirrors.ts'
import { type Chosen, resolvePackages } from '../archive/resolve.ts'
import { scriptHelpers } from '../archive/script-helpers.ts'
import { type Universe, universeOf } from '../archive/universe.ts'
import { fetchDeb } from '../deb-package.ts'
import { essentialOf, isChosen } from '../essential.ts'
import type { DebianSet } from '../options.ts'
import { askedAccounts, type FetchedDeb, staticAccounts } from './accounts.ts'
import { neededIds, withIds } from './ids.ts'
import type { Ids, LockedPackage, LockedSet } from './resolution.ts'
import { lockKey } from './set-kind.ts'

/**
 * Packages that debian-root is computed from, whether or not they are in the image; and dash, which `essential: "shell"` lays out as data.
 */
export const dataPackages: readonly string[] = ['base-files', 'base-passwd', 'dash', 'libc-bin']

/** A set and the names wanted from it. */
export interface Wanted {
  readonly set: DebianSet
  readonly names: readonly string[]
  readonly architecture: string
  /** Locked part, if any. */
  readonly locked: LockedSet | undefined
  /** Its key in the lock, and the lock's file, for messages. */
  readonly key: string
  readonly file: string
}

/** Architecture of a set. @throws BuildError debian.architecture if the lock has the suite only for another one */
export function architectureOf(set: DebianSet, lock: Lock, shop: Workshop): string {
  if (set.architecture !== undefined) return set.architecture
  const here = shop.architecture
  if (lock.has(lockKey(set, here))) return here
  const others = [...lock.keys()].flatMap((key) => {
    const [, suite, architecture] = key.split(' ')
    return suite === set.suite && architecture !== undefined && key === lockKey(set, architecture) ? [architecture] : []
  })
  if (others.length === 0) return here
  return fail(
    'debian.architecture',
    `The lock has ${set.suite} for ${others.join(' and ')} only, but this machine is ${here}.`,
    {
      remedy: `Write architecture: "${others[0]}" (or "${here}", to lock that too) in debian({ … }).`,
      detail: { suite: set.suite, architecture: here },
    },
  )
}

/** Returns the locked set with all names in it; the same object if the lock had them already. @throws BuildError debian.*, lock.frozen */
export async function lockedSet(wanted: Wanted, shop: Workshop): Promise<LockedSet> {
  const { locked, architecture } = wanted
  const roots = [...new Set([...(locked?.roots ?? []), ...wanted.names])].sort()
  const missing = roots.filter((root) => locked?.roots.includes(root) !== true)
  if (locked !== undefined && missing.length === 0 && !shop.lock.update) return withAllIds(locked, wanted, shop)
  if (shop.lock.frozen) refuseFrozen(wanted, missing)
  const reached = locked === undefined ? new Set<string>() : reachable(locked, wanted.set)
  if (locked !== undefined && !shop.lock.update && missing.every((root) => reached.has(root)))
    return withAllIds({ ...locked, roots }, wanted, shop)
  const archive: Archive = { set: wanted.set, architecture, mirrors: await mirrorsOf(wanted.set, shop) }
  return grown({ archive, locked, roots }, shop)
}

/**
 * An older slipway may have found fewer accounts in the same packages: adds the ids that the lock lacks, and changes nothing else. Returns
 * the same object if none are missing, or if the lock must not be written; then images use the lowest free ones.
 */
async function withAllIds(locked: LockedSet, { set, names }: Wanted, shop: Workshop): Promise<LockedSet> {
  if (shop.lock.frozen) return locked
  const asked = [...reachable({ ...locked, roots: names }, set)].flatMap((name) => locked.packages.get(name) ?? [])
  const ids = await idsFor(asked, { ...locked, set }, shop)
  const isSame = ids.users.size === locked.ids.users.size && ids.groups.size === locked.ids.groups.size
  return isSame ? locked : { ...locked, ids }
}

interface Growth {
  readonly archive: Archive
  readonly locked: LockedSet | undefined
  readonly roots: readonly string[]
}

async function grown({ archive, locked, roots }: Growth, shop: Workshop): Promise<LockedSet> {
  const { set, architecture } = archive
  const indexes =
    locked === undefined || shop.lock.update ? await askIndexes(archive, locked?.indexes ?? [], shop) : locked.indexes
  const universe = universeOf(await openIndexes(archive, indexes, shop), architecture)
  const kept = locked === undefined || shop.lock.update ? undefined : locked
  const chosen = choose(universe, { set, roots, kept })
  const packages = withData(universe, lockedPackages(chosen, kept === undefined ? [] : keptLines(kept, set)))
  const before = kept?.packages ?? new Map<string, LockedPackage>()
  const added = [...packages.values()].filter(({ name, sha256 }) => before.get(name)?.sha256 !== sha256)
  const ids = await idsFor(added, { indexes, set, packages, ids: locked?.ids ?? noIds }, shop)
  return { indexes, roots, implied: impliedBy(set, universe, packages), ids, packages }
}

const noIds: Ids = { users: new Map(), groups: new Map() }

function choose(
  universe: Universe,
  {
    set,
    roots,
    kept,
  }: { readonly set: DebianSet; readonly roots: readonly string[]; readonly kept: LockedSet | undefined },
): ReadonlyMap<string, Chosen> {
  const everywhere = essentialOf(set, universe)
  const chosen = resolvePackages(universe, {
    roots: [...new Set([...roots, ...everywhere])],
    kept: new Map((kept === undefined ? [] : keptLines(kept, set)).map(({ name, requires }) => [name, requires])),
    recommends: set.recommends,
    prefer: set.prefer,
    omit: set.omit.flatMap((name) => (name === 'script-helpers' ? scriptHelpers : [name])),
  })
  refuseConflicts(chosen, roots, everywhere)
  return chosen
}

/** Locked packages stay unchanged, even if their index differs (after a merge of two locks). */
function lockedPackages(
  chosen: ReadonlyMap<string, Chosen>,
  kept: readonly LockedPackage[],
): Map<string, LockedPackage> {
  const fresh = [...chosen].map(([name, { candidate, requires }]): [string, LockedPackage] => [
    name,
    { ...candidate.locked, requires },
  ])
  return new Map([...fresh, ...kept.map((locked): [string, LockedPackage] => [locked.name, locked])])
}

function keptLines(kept: LockedSet, set: DebianSet): readonly LockedPackage[] {
  return [...reachable(kept, set)].flatMap((name) => kept.packages.get(name) ?? [])
}

/** Adds the packages that are used as data, if the archive has them; dash needs libc6 to run. */
function withData(universe: Universe, packages: Map<string, LockedPackage>): ReadonlyMap<string, LockedPackage> {
  for (const name of dataPackages) {
    const candidate = packages.has(name) ? undefined : universe.candidate(name)
    if (candidate === undefined || (name === 'dash' && !packages.has('libc6'))) continue
    packages.set(name, { ...candidate.locked, requires: name === 'dash' ? ['libc6'] : [] })
  }
  return packages
}

function impliedBy(
  set: DebianSet,
  universe: Universe,
  packages: ReadonlyMap<string, LockedPackage>,
): readonly string[] {
  if (isChosen(set)) return essentialOf(set, universe)
  return set.essential === 'shell' && packages.has('dash') ? ['dash'] : []
}

/** Packages reachable from the roots by chosen edges: all except those that are only data. */
export function reachable(locked: LockedSet, set: DebianSet): ReadonlySet<string> {
  const reached = new Set<string>()
  const open = [...locked.roots, ...(isChosen(set) ? locked.implied : [])]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (reached.has(name)) continue
    reached.add(name)
    open.push(...(locked.packages.get(name)?.requires ?? []))
  }
  return reached
}

/** Ids for the users that new packages create: reads their control archives, so downloads their `.deb`s now. */
async function idsFor(
  added: readonly LockedPackage[],
  { indexes, set, packages, ids }: Pick<LockedSet, 'indexes' | 'packages' | 'ids'> & { readonly set: DebianSet },
  shop: Workshop,
): Promise<Ids> {
  const fetched = async (locked: LockedPackage): Promise<FetchedDeb> => ({
    locked,
    path: (await fetchDeb(locked, { options: set, indexes }, shop)).path,
  })
  // One is read while others are downloaded.
  const read = async (locked: LockedPackage) => askedAccounts(locked, fetched, shop)
  const asked = (await limit(added, read, { concurrency: 4, signal: shop.signal })).flat()
  const basePasswd = asked.length === 0 ? undefined : packages.get('base-passwd')
  const known = basePasswd === undefined ? [] : await staticAccounts(basePasswd, fetched, shop)
  return withIds(ids, neededIds(asked, known))
}

function refuseFrozen({ file, key }: Wanted, missing: readonly string[]): never {
  const what = missing.length === 0 ? 'would be updated to the current index' : `lacks ${missing.join(', ')}`
  return fail('lock.frozen', `${file} ${what} (set "${key}"), and must not be written.`, {
    remedy: 'Run `slipway lock FILE` and commit the lock, or omit `--frozen`.',
    detail: { file, set: key, missing: missing.join(' ') },
  })
}
