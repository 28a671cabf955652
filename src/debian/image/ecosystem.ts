/** The Debian ecosystem: one set per image, packages at "/". */
import { fail } from '../../base/error.ts'
import type { Ecosystem } from '../../source/ecosystem.ts'
import type { Recipe } from '../../source/package.ts'
import { debianOf, type Resolution } from '../lock/resolution.ts'
import { refuseWithoutEssential } from './configure.ts'
import { linkDirectory, placeInLinkDirectory } from './link-directory.ts'
import { debianUse } from './use.ts'

/** The ecosystem of all `debian({ … })` sets. */
export const debianEcosystem: Ecosystem = {
  kind: 'debian',
  uses: (recipes, image, how) => {
    const resolution = setOf(recipes, image)
    if (resolution === undefined) return []
    if (how?.configure !== true) return [debianUse(resolution)]
    refuseWithoutEssential(resolution, image)
    return [debianUse(recordedByDpkg(resolution))]
  },
  named: (recipe) => {
    const { name = recipe.name, version = '' } = debianOf(recipe)?.package ?? {}
    return { name, version }
  },
  linked: (_recipe, at) => {
    const place = placeInLinkDirectory(at)
    return place === undefined ? undefined : { place, target: `/${at}` }
  },
  standIn: () => linkDirectory,
}

/** dpkg configures the packages in its database. */
function recordedByDpkg(resolution: Resolution): Resolution {
  return { ...resolution, options: { ...resolution.options, packageRecords: 'dpkg' } }
}

/** Returns the one Debian set of some recipes. @throws BuildError debian.two-sets */
function setOf(recipes: readonly Recipe[], image: string): Resolution | undefined {
  let found: Resolution | undefined
  for (const recipe of recipes) {
    const resolution = debianOf(recipe)?.resolution
    if (resolution === undefined || resolution === found) continue
    if (found !== undefined && !same(found, resolution)) twoSets(image, found, resolution)
    found = resolution
  }
  return found
}

function same(a: Resolution, b: Resolution): boolean {
  return a.key === b.key && a.file === b.file
}

function twoSets(image: string, a: Resolution, b: Resolution): never {
  return fail('debian.two-sets', `${image} contains packages of two Debian sets: ${setName(a)} and ${setName(b)}.`, {
    remedy: 'Take all packages of one image from one debian({ … }) call.',
    detail: { first: a.key, second: b.key },
  })
}

function setName({ key, file }: Resolution): string {
  return `"${key}" of ${file}`
}
