/**
 * `buildEnv` and `symlinkJoin`: several packages as one directory of links.
 *
 * A package whose files are not in the store has links to where they are (`bin/redis-server` → `/usr/bin/redis-server`), as its ecosystem
 * says, and is a requirement, which no scan of the links would find.
 */
import {
  arrayOf,
  type Check,
  checkArguments,
  checkBoolean,
  checkString,
  integerFrom,
  objectOf,
  orDefault,
  refuse,
} from '../base/check.ts'
import type { StoreReader } from '../store/store.ts'
import { logical, recipePath } from '../store/store-path.ts'
import { type EntryPath, isWithin, path as pathOf, root } from '../tree/path.ts'
import { standIn, under } from '../tree/transform.ts'
import { type Tree, treeOf } from '../tree/tree.ts'
import { ecosystemOf } from './ecosystem.ts'
import { type FarmItem, linkFarm } from './link-farm.ts'
import type { Definition, Instantiating, Maker, Package, Recipe, Workshop } from './package.ts'
import { checkWritten, define, isPackage } from './placeholder.ts'
import { realise, withRequirements } from './realise.ts'

/** Arguments of `buildEnv`. */
export interface BuildEnvArguments {
  /** Name of the store object. */
  readonly name: string
  /** Packages to join. With `priority`, an integer whose default is 5, the lower one wins where two packages provide one path. */
  readonly paths: readonly (
    | Package
    | undefined
    | { readonly package: Package | undefined; readonly priority: number }
  )[]
  /**
   * Directories to link. Default: everything.
   *
   * @example ['/bin', '/share/man']
   */
  readonly pathsToLink?: readonly string[] | null
  /** Whether the earlier package wins when two provide one path; otherwise that is an error. Default: false. */
  readonly ignoreCollisions?: boolean | null
  /**
   * Directory of the result that everything is put below. Default: its root.
   *
   * @example '/app'
   */
  readonly extraPrefix?: string | null
}

/** Arguments of `symlinkJoin`. */
export interface SymlinkJoinArguments {
  /** Name of the store object. */
  readonly name: string
  /** Packages to join, most preferred first. */
  readonly paths: readonly (Package | undefined)[]
}

/** Nix's default of `meta.priority`. */
const usualPriority = 5

/** Joins packages by links; two that have one path are an error. @throws BuildError argument.*, environment.collision (when made) */
export function buildEnv(given: BuildEnvArguments): Package {
  const { paths, ...checked } = checkArguments('buildEnv', given, {
    name: checkString,
    paths: arrayOf(item, 'an array of packages'),
    pathsToLink: orDefault(arrayOf(checkWritten, 'an array of strings'), ['/']),
    ignoreCollisions: orDefault(checkBoolean, false),
    extraPrefix: orDefault(checkWritten, ''),
  })
  return environment({ ...checked, items: paths })
}

/** Joins packages by links; where two have one path the earlier wins. @throws BuildError argument.* */
export function symlinkJoin(given: SymlinkJoinArguments): Package {
  const checks = { name: checkString, paths: arrayOf(item, 'an array of packages') }
  const { name, paths } = checkArguments('symlinkJoin', given, checks)
  return environment({ name, items: paths, pathsToLink: ['/'], ignoreCollisions: true, extraPrefix: '' })
}

const aPackage: Check<Package> = (value, place) => (isPackage(value) ? value : refuse(place, value, 'a package'))

const prioritised = objectOf({ package: aPackage, priority: integerFrom(-1000, 1000) }, 'a package')

/** Checks a package, or a package with its priority. */
const item: Check<Environment['items'][number]> = (value, place) =>
  isPackage(value) ? { package: value, priority: usualPriority } : prioritised(value, place)

interface Environment {
  readonly items: readonly { readonly package: Package; readonly priority: number }[]
  readonly pathsToLink: readonly string[]
  readonly ignoreCollisions: boolean
  readonly extraPrefix: string
}

function environment({ name, ...made }: Environment & { readonly name: string }): Package {
  return define({ maker: 'build-env-1', name, arguments: made })
}

/** Makes `buildEnv`'s and `symlinkJoin`'s. */
export const environmentMaker: Maker<Environment> = { instantiate: environmentRecipe }

function environmentRecipe(definition: Definition<Environment>, given: Instantiating): Recipe {
  const { maker, name, arguments: made } = definition
  const items = made.items.map((item) => ({ recipe: given.of(item.package), priority: item.priority }))
  const { pathsToLink, ignoreCollisions, extraPrefix } = made
  const closure = withRequirements(given.inputs).map((input) => input.path)
  const paths = items.map((item) => ({ path: item.recipe.path, priority: item.priority }))
  const path = recipePath(name, {
    maker,
    name,
    arguments: { paths, pathsToLink, ignoreCollisions, extraPrefix },
    closure,
  })
  return {
    path,
    name,
    as: 'store',
    inputs: given.inputs,
    requires: given.inputs.filter((input) => input.as !== 'store'),
    realise: async (shop: Workshop) => {
      await realise(given.inputs, shop)
      const wanted = pathsToLink.map(pathOf)
      const tree = linkFarm(
        items.map((item) => farmItem(item.recipe, item.priority, shop.store)),
        {
          collisions: ignoreCollisions ? 'first' : 'error',
          keep: (at) => wanted.some((directory) => isWithin(at, directory)),
        },
      )
      return shop.store.add(path, prefixed(tree, pathOf(extraPrefix)), {
        candidates: given.inputs.map((input) => input.path),
      })
    },
  }
}

function prefixed(tree: Tree, prefix: EntryPath): Tree {
  return prefix === root ? tree : treeOf([standIn(root), ...under(tree, prefix).entries()])
}

/** Returns a recipe's object as an item of a link farm. */
export function farmItem(recipe: Recipe, priority: number, store: StoreReader): FarmItem {
  const { name, path, as } = recipe
  if (as === 'store') {
    const target = (at: EntryPath): string => (at === root ? logical(path) : `${logical(path)}/${at}`)
    return { name, priority, tree: store.tree(path), place: (at) => at, target }
  }
  const ecosystem = ecosystemOf(recipe)
  return {
    name,
    priority,
    tree: store.laidOut(path, as),
    place: (at) => ecosystem?.linked(recipe, at)?.place,
    target: (at) => ecosystem?.linked(recipe, at)?.target ?? `/${at}`,
  }
}
