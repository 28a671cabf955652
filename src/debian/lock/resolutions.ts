/**
 * The resolved sets of a build: reads the lock, has it grown where it lacks something, writes it, and makes recipes of its packages.
 *
 * The lock is written only when its text changes. Another process may write it meanwhile: then what it wrote is taken up and the work is
 * done again on top of it, so neither's names are lost.
 */
import { digestOf, hexOf } from '../../base/digest.ts'
import { fail } from '../../base/error.ts'
import type { Recipe, Workshop } from '../../source/package.ts'
import { rememberLock } from '../../store/cache/used-locks.ts'
import { layoutOf } from '../../store/layout.ts'
import { lock } from '../../store/lock.ts'
import { indexPath } from '../archive/archive.ts'
import { debPath, debRecipe } from '../deb-package.ts'
import type { DebianSet } from '../options.ts'
import { formatLock, type Lock, lockFileOf, lockKey, readLock } from './lock.ts'
import { architectureOf, lockedSet } from './locked-set.ts'
import type { LockedSet, Resolution } from './resolution.ts'

/** What is looked up together. `key`: of the resolver. */
export interface Asked {
  readonly set: DebianSet
  readonly key: string
  readonly names: readonly string[]
}

/** One resolved set of a build. */
export interface Resolved {
  readonly set: DebianSet
  readonly names: readonly string[]
  readonly file: string
  readonly lockKey: string
  readonly architecture: string
  readonly locked: LockedSet
  /** What the lock had before. */
  readonly before: LockedSet | undefined
  /** Resolutions by the whole set's options, each made once. */
  readonly resolutions: Map<string, Resolution>
}

const attempts = 5

/** Resolves names of a set, and leaves the lock with them in it. @throws BuildError debian.*, lock.*, network.* */
export async function resolveSet(asked: Asked, shop: Workshop): Promise<void> {
  const { set, key, names } = asked
  const file = lockFileOf(set, shop)
  for (let attempt = 0; attempt < attempts; attempt++) {
    const read = readLock(file, shop)
    const locked = await lockedSet({ set, names, lock: read, file }, shop)
    const architecture = architectureOf(set, read, shop)
    const place = lockKey(set, architecture)
    const before = read.get(place)
    if (locked !== before && !(await written(file, read, new Map([...read, [place, locked]]), shop))) continue
    rememberUse(file, new Map([...read, [place, locked]]), shop)
    resolvedSets(shop).set(key, {
      set,
      names,
      file,
      lockKey: place,
      architecture,
      locked,
      before,
      resolutions: new Map(),
    })
    return
  }
  fail('lock.busy', `${file} was changed by another process again and again.`, {
    remedy: 'Let the other process finish, then run this again.',
    detail: { file },
  })
}

/** Writes a lock, unless somebody changed the file since `before` was read. */
export async function written(file: string, before: Lock, after: Lock, shop: Workshop): Promise<boolean> {
  // One writer at a time among all who use the store: a place in its lock file stands for this file.
  const part = Number.parseInt(hexOf(digestOf(file)).slice(0, 10), 16)
  using _alone = await lock(layoutOf(shop.store.root).objectLock, { part, signal: shop.signal })
  if (formatLock(readLock(file, shop)) !== formatLock(before)) return false
  const text = formatLock(after)
  if (text !== formatLock(before)) await shop.project.write(file, Buffer.from(text, 'utf8'))
  return true
}

/** Collecting garbage keeps what a lock names for a while after its last use. */
function rememberUse(file: string, lock: Lock, shop: Workshop): void {
  const paths = [...lock.values()].flatMap(({ indexes, packages }) => [
    ...indexes.map(indexPath),
    ...[...packages.values()].map(debPath),
  ])
  rememberLock(shop.store.memory, { file, usedAt: Math.floor(shop.now.getTime() / 1000), paths })
}

const registryName: unique symbol = Symbol.for('slipway.debian-resolutions/1')

/** The sets of one build by resolver key; shared by all copies of slipway in the process, as placeholders are. */
export function resolvedSets(shop: Workshop): Map<string, Resolved> {
  const held: unknown = Reflect.get(globalThis, registryName)
  const registry = isRegistry(held) ? held : new WeakMap<Workshop, Map<string, Resolved>>()
  Reflect.set(globalThis, registryName, registry)
  const known = registry.get(shop) ?? new Map<string, Resolved>()
  registry.set(shop, known)
  return known
}

function isRegistry(value: unknown): value is WeakMap<Workshop, Map<string, Resolved>> {
  return value instanceof WeakMap
}

/** The resolution of a set that was resolved in this build. */
export function resolutionFor(set: DebianSet, key: string, shop: Workshop): Resolution {
  const resolved = resolvedSets(shop).get(key)
  if (resolved === undefined) throw new Error('unreachable: a Debian set that is not resolved')
  const { exclude, packageRecords } = set
  const layout = JSON.stringify([exclude, packageRecords])
  const known = resolved.resolutions.get(layout) ?? makeResolution({ ...resolved, set })
  resolved.resolutions.set(layout, known)
  return known
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
