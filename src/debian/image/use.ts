/** A Debian set's part in one image: its answers to act 5 (source/ecosystem.ts). */
import type { MemberOptions } from '../../layer/member-options.ts'
import type { EcosystemUse, Whole } from '../../source/ecosystem.ts'
import type { Recipe } from '../../source/package.ts'
import type { Closure } from '../../store/store.ts'
import type { StorePath } from '../../store/store-path.ts'
import { isChosen } from '../essential.ts'
import { excludedPaths } from '../exclude.ts'
import type { Resolution } from '../lock/resolution.ts'
import { asDeb, recordFolder } from '../normaliser.ts'
import { debianBaseOf, overBase } from '../over-base/base.ts'
import { debianRootVersion } from '../root/root.ts'
import { type Claims, readClaims, yielding } from './claims.ts'
import { computedRoot, recordsOf } from './computed-root.ts'
import { configureScript } from './configure.ts'
import { refuseIncompatible } from './incompatible.ts'
import { hasLocale, localeFor } from './locale.ts'
import { packageFor } from './package-for.ts'

/** An image's use of a set. */
export function debianUse(resolution: Resolution): EcosystemUse {
  const claims = new Map<StorePath, Claims>()
  const claimsOf = (path: StorePath, { store }: Whole): Claims => {
    const known = claims.get(path) ?? readClaims(path, store)
    claims.set(path, known)
    return known
  }
  return {
    recipe: recipeOf(resolution),
    architecture: resolution.architecture,
    implied: (closure) => impliedBy(resolution, closure),
    over: (closure, base, store) => {
      const { present, gone } = overBase(closure, debianBaseOf(base), store)
      const locale = hasLocale(base) ? localeFor(resolution, closure).map(({ path }) => path) : []
      return { present: new Set([...present, ...locale]), gone }
    },
    check: refuseIncompatible,
    member: (path, whole) => (isDeb(path, whole.closure) ? memberOptions(resolution, path, whole) : undefined),
    yields: (winner, loser, at, whole) => {
      const loserName = isDeb(loser, whole.closure) ? claimsOf(loser, whole).name : undefined
      return isDeb(winner, whole.closure) ? yielding(claimsOf(winner, whole), loserName, at) : undefined
    },
    root: (whole, shop) => computedRoot(resolution, whole, shop),
    configure: configureScript,
    packageFor,
  }
}

function isDeb(path: StorePath, { nodes }: Closure): boolean {
  return nodes.get(path)?.as === asDeb
}

/** Input of debian-root, records and exclusions. */
function recipeOf({ options, ids, key }: Resolution): EcosystemUse['recipe'] {
  const { essential, exclude, packageRecords } = options
  return {
    key,
    essential,
    exclude: [...exclude].sort(),
    packageRecords,
    users: Object.fromEntries([...ids.users].sort()),
    groups: Object.fromEntries([...ids.groups].sort()),
    root: debianRootVersion,
  }
}

/** Packages that are in every image with packages of the set: a shell and a locale if there is libc6, tools, or all of Essential. */
function impliedBy(resolution: Resolution, closure: Closure): readonly Recipe[] {
  const hasDebian = [...closure.nodes.values()].some((node) => node.as === asDeb)
  if (!hasDebian) return []
  if (isChosen(resolution.options))
    return [...resolution.implied.map((name) => resolution.recipe(name)), ...localeFor(resolution, closure)]
  if (!resolution.packages.has('libc6') || !closure.nodes.has(resolution.recipe('libc6').path)) return []
  return [...resolution.implied.map((name) => resolution.dataRecipe(name)), ...localeFor(resolution, closure)]
}

/** Keeps excluded files and scanners' records out of the package's layer. */
function memberOptions(resolution: Resolution, path: StorePath, whole: Whole): MemberOptions {
  const { exclude } = resolution.options
  const without = [
    ...(exclude.length === 0 ? [] : excludedPaths(whole.store.laidOut(path, asDeb), exclude)),
    ...(recordsOf(resolution, whole.base) === 'status.d' ? [] : [recordFolder]),
  ]
  return without.length === 0 ? {} : { without }
}
