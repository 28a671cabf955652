/** The resolved Debian sets of a build: extends the lock if it lacks something, and makes recipes of the packages. */
import type { Recipe, Workshop } from '../../source/package.ts'
import { growLock, lockFileOf } from '../../source/project-lock.ts'
import { type ResolvedSet, resolvedSets } from '../../source/resolved-sets.ts'
import { debRecipe, fetchDeb } from '../deb-package.ts'
import type { DebianSet } from '../options.ts'
import { architectureOf, lockedSet } from './locked-set.ts'
import { prunedSet } from './pruned-set.ts'
import type { LockedSet, Resolution } from './resolution.ts'
import { debianSetKind, lockKey, setIn } from './set-kind.ts'

/** What to look up together. `key`: of the resolver. */
export interface Asked {
  readonly set: DebianSet
  readonly key: string
  readonly names: readonly string[]
}

/** A resolved set of a build. */
interface Resolved extends ResolvedSet {
  readonly set: DebianSet
  readonly architecture: string
  readonly locked: LockedSet
  /** Resolutions by the set's complete options, each made once. */
  readonly resolutions: Map<string, Resolution>
}

/** Resolves names of a set, and adds them to the lock. @throws BuildError debian.*, lock.*, network.* */
export async function resolveSet({ set, key, names }: Asked, shop: Workshop): Promise<void> {
  const file = lockFileOf(set, shop)
  let found: Pick<Resolved, 'architecture' | 'locked'> | undefined
  const grown = await growLock(
    file,
    async (lock) => {
      const architecture = architectureOf(set, lock, shop)
      const place = lockKey(set, architecture)
      const locked = await lockedSet({ set, names, locked: setIn(lock, place), key: place, architecture, file }, shop)
      found = { architecture, locked }
      return { key: place, entry: { kind: debianSetKind, set: locked } }
    },
    shop,
  )
  if (found === undefined) throw new Error('unreachable: a lock that grew unexpectedly')
  const resolved: Resolved = {
    ...{ set, names, file, lockKey: grown.key, before: grown.before, entry: grown.entry },
    ...found,
    resolutions: new Map(),
    pruned: (locked: LockedSet, asked) => prunedSet(locked, asked, set),
    files: (locked: LockedSet) => filesOf(locked, set),
  }
  resolvedSets(shop).set(key, resolved)
}

/** Every `.deb` of a set, by its path below the archive's base. */
function filesOf({ packages, indexes }: LockedSet, options: DebianSet): ReturnType<ResolvedSet['files']> {
  return [...packages.values()].map((locked) => ({
    path: locked.file,
    hash: locked.sha256,
    obtain: async (shop) => (await fetchDeb(locked, { options, indexes }, shop)).path,
  }))
}

/** Resolution of a set that was resolved in this build. */
export function resolutionFor(set: DebianSet, key: string, shop: Workshop): Resolution {
  const resolved = resolvedSets(shop).get(key)
  if (resolved === undefined || !isDebian(resolved)) throw new Error('unreachable: a Debian set that is not resolved')
  const { exclude, packageRecords } = set
  const layout = JSON.stringify([exclude, packageRecords])
  const known = resolved.resolutions.get(layout) ?? makeResolution({ ...resolved, set })
  resolved.resolutions.set(layout, known)
  return known
}

function isDebian(resolved: ResolvedSet): resolved is Resolved {
  return 'resolutions' in resolved
}

function makeResolution({ set, file, lockKey: key, architecture, locked }: Resolved): Resolution {
  const recipes = new Map<string, Recipe>()
  const dataRecipes = new Map<string, Recipe>()
  const packageOf = (name: string) => {
    const found = locked.packages.get(name)
    if (found === undefined) throw new Error(`unreachable: ${key} has no package ${name}`)
    return found
  }
  const recipe = (name: string): Recipe => {
    const made = recipes.get(name) ?? debRecipe(packageOf(name), resolution, () => packageOf(name).requires.map(recipe))
    recipes.set(name, made)
    return made
  }
  const dataRecipe = (name: string): Recipe => {
    const needs = name === 'dash' && locked.packages.has('libc6') ? ['libc6'] : []
    const made = dataRecipes.get(name) ?? debRecipe(packageOf(name), resolution, () => needs.map(recipe))
    dataRecipes.set(name, made)
    return made
  }
  const resolution: Resolution = {
    ...locked,
    key,
    architecture,
    options: set,
    file,
    recipe,
    dataRecipe,
  }
  return resolution
}
