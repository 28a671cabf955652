/** Which Debian set an image's packages come from: at most one. */
import { fail } from '../base/error.ts'
import { debianOf, type Resolution } from '../source/debian/resolution.ts'
import type { Recipe } from '../source/package.ts'

/** The set of an image, and what of it the image's bytes follow from besides the packages. */
export interface DebianSetUse {
  readonly resolution: Resolution
  readonly architecture: string
  /** Part of the image's recipe: plain data. */
  readonly recipe: object
}

/** The one Debian set among some recipes. @throws BuildError debian.two-sets */
export function debianSetOf(recipes: readonly Recipe[], image: string): DebianSetUse | undefined {
  let found: Resolution | undefined
  for (const recipe of recipes) {
    const resolution = debianOf(recipe)?.resolution
    if (resolution === undefined || resolution === found) continue
    if (found !== undefined && !same(found, resolution)) twoSets(image, found, resolution)
    found = resolution
  }
  return found === undefined
    ? undefined
    : { resolution: found, architecture: found.architecture, recipe: recipeOf(found) }
}

function same(a: Resolution, b: Resolution): boolean {
  return a.key === b.key && a.file === b.file
}

function twoSets(image: string, a: Resolution, b: Resolution): never {
  return fail('debian.two-sets', `${image} holds packages of two Debian sets: ${setName(a)} and ${setName(b)}.`, {
    remedy: 'Take all packages of one image from one debian({ … }) call.',
    detail: { first: a.key, second: b.key },
  })
}

function setName({ key, file }: Resolution): string {
  return `"${key}" of ${file}`
}

/** What debian-root, records and exclusions follow from. */
function recipeOf({ options, ids, key }: Resolution): object {
  const { essential, exclude, packageRecords } = options
  return {
    key,
    essential,
    exclude: [...exclude].sort(),
    packageRecords,
    users: Object.fromEntries([...ids.users].sort()),
    groups: Object.fromEntries([...ids.groups].sort()),
  }
}
