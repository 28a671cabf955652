/** Packages that the sets of a lock may choose from: the indexes that the lock was made from, which the store usually has. */
import { fail } from '../../base/error.ts'
import type { Workshop } from '../../source/package.ts'
import { lockFileOf, readLock } from '../../source/project-lock.ts'
import { isUnpacked, openIndexes } from '../archive/archive.ts'
import { mirrorsOf } from '../archive/mirrors.ts'
import { type FoundPackage, searchPackages } from '../archive/search.ts'
import { type IndexedPackages, type Universe, universeOf } from '../archive/universe.ts'
import { checkDebianOptions, type DebianSet } from '../options.ts'
import type { LockedIndex } from './resolution.ts'
import { setIn } from './set-kind.ts'

/** All packages of one suite for one architecture. */
interface Locked {
  readonly suite: string
  readonly architecture: string
  readonly files: readonly IndexedPackages[]
  readonly universe: Universe
}

/** Packages of one suite that a search found. */
export interface SuitePackages {
  /** Codename of the suite. */
  readonly suite: string
  /** Architecture, in Debian's spelling. */
  readonly architecture: string
  /** The packages, best first. */
  readonly packages: readonly FoundPackage[]
}

/** Searches the suites of the lock that a directory's projects use. @throws BuildError argument.invalid, lock.*, debian.*, network.* */
export async function searchLocked(
  words: readonly string[],
  directory: string,
  shop: Workshop,
): Promise<readonly SuitePackages[]> {
  return (await lockedSuites(directory, shop)).map(({ suite, architecture, files, universe }) => ({
    suite,
    architecture,
    packages: searchPackages(files, universe, words),
  }))
}

/** Returns the names of all packages of a lock's suites, sorted. @throws BuildError argument.invalid, lock.*, debian.*, network.* */
export async function lockedNames(directory: string, shop: Workshop): Promise<readonly string[]> {
  const suites = await lockedSuites(directory, shop)
  return [...new Set(suites.flatMap(({ universe }) => [...universe.names()]))].sort()
}

async function lockedSuites(directory: string, shop: Workshop): Promise<readonly Locked[]> {
  const found: Locked[] = []
  for (const { set, architecture, indexes } of await lockedIndexes(directory, shop)) {
    const isHere = indexes.every((index) => isUnpacked(index, shop))
    const mirrors = isHere ? { archive: [], security: [] } : await mirrorsOf(set, shop)
    const files = await openIndexes({ set, architecture, mirrors }, indexes, shop)
    found.push({ suite: set.suite, architecture, files, universe: universeOf(files, architecture) })
  }
  return found
}

/** Indexes of one suite for one architecture. */
export interface SuiteIndexes {
  /** The suite with default options: a lock does not record where its archive is. */
  readonly set: DebianSet
  readonly architecture: string
  readonly indexes: readonly LockedIndex[]
}

/** Returns the indexes that a lock was made from, once for each suite and architecture. @throws BuildError argument.invalid, lock.* */
export async function lockedIndexes(directory: string, shop: Workshop): Promise<readonly SuiteIndexes[]> {
  const file = lockFileOf({ lock: undefined, directory }, shop)
  const lock = await readLock(file, shop)
  const found = new Map<string, SuiteIndexes>()
  for (const key of lock.keys()) {
    const [kind, suite = '', architecture = ''] = key.split(' ')
    const indexes = setIn(lock, key)?.indexes
    const name = `${suite} ${architecture}`
    if (kind !== 'debian' || indexes === undefined || found.has(name)) continue
    found.set(name, { set: checkDebianOptions({ suite }, directory), architecture, indexes })
  }
  if (found.size > 0) return [...found.values()]
  return fail('argument.invalid', `${file} contains no Debian packages, so there is no index to search.`, {
    remedy: 'Run `slipway lock FILE` first, or change to the directory of a project with a lock.',
  })
}
