/**
 * What an image holds: the closure of its contents, of what its config names, and of what its Debian packages need without saying so.
 */

import { isPlainObject } from '../base/document.ts'
import { fail } from '../base/error.ts'
import { memberSize } from '../layer/plan.ts'
import type { Recipe, Workshop } from '../source/package.ts'
import { realise, withRequirements } from '../source/realise.ts'
import { pathsNamedIn } from '../source/tree-package.ts'
import { type ClosureRequest, closureOf } from '../store/closure.ts'
import type { Closure } from '../store/store.ts'
import { logical, parseStorePath, type StorePath } from '../store/store-path.ts'
import type { Assembling } from './assemble.ts'
import type { DebianSetUse } from './debian-set.ts'

/** The closure of an image; what it adds to its inputs (a shell, Essential packages) is fetched here. */
export async function imageClosure({ contents, data, inputs, debian }: Assembling, shop: Workshop): Promise<Closure> {
  const recipes = new Map(withRequirements(inputs).map((recipe) => [recipe.path, recipe]))
  const named = pathsNamedIn(JSON.stringify([data.config, data.extraCommands, data.fakeRootCommands]), recipes.keys())
  const laid =
    data.copies === null ? contents.map((item) => item.path) : contents.flatMap((item) => copiedRoots(item, shop))
  const roots = [...new Set([...laid, ...named])]
  const first = closureOf(shop.store, { roots, ...edgesOf(recipes, shop) })
  const implied = debian === undefined ? [] : impliedBy(debian, first)
  if (implied.length === 0) return first
  await realise(implied, shop)
  for (const recipe of withRequirements(implied)) if (!recipes.has(recipe.path)) recipes.set(recipe.path, recipe)
  const all = [...new Set([...roots, ...implied.map((recipe) => recipe.path)])]
  return closureOf(shop.store, { roots: all, ...edgesOf(recipes, shop) })
}

/** A copy needs what its files name, not the object that it was copied from. */
function copiedRoots(item: Recipe, { store }: Workshop): readonly StorePath[] {
  if (item.as !== 'store') return [item.path]
  return [...(store.info(item.path)?.references ?? []), ...item.requires.map((required) => required.path)]
}

/** Packages that are in every image with packages of the set: a shell where there is libc6, or all of Essential. */
function impliedBy({ resolution }: DebianSetUse, closure: Closure): readonly Recipe[] {
  const hasDebian = [...closure.nodes.values()].some((node) => node.as === 'deb')
  if (!hasDebian) return []
  if (resolution.options.essential === 'all') return resolution.implied.map((name) => resolution.recipe(name))
  if (!resolution.packages.has('libc6') || !closure.nodes.has(resolution.recipe('libc6').path)) return []
  return resolution.implied.map((name) => resolution.dataRecipe(name))
}

function edgesOf(recipes: ReadonlyMap<StorePath, Recipe>, { store }: Workshop): Omit<ClosureRequest, 'roots'> {
  return {
    as: (path) => recipes.get(path)?.as ?? 'store',
    requires: (path) => recipes.get(path)?.requires.map((required) => required.path) ?? [],
    size: (info, as) => memberSize(store, info.path, as),
  }
}

/**
 * A store path that was typed by hand is no reference: it must be in the image by other means.
 *
 * @param known - what the image and its base have.
 * @throws BuildError store-path.unknown, naming its place in the config
 */
export function checkTypedPaths(config: unknown, known: ReadonlySet<StorePath>, place: string = 'config'): void {
  if (typeof config === 'string') {
    for (const [text] of config.matchAll(/\/nix\/store\/[0-9a-z]{32}-[0-9A-Za-z+\-._?=]+/g))
      checkTypedPath(text, known, place)
  } else if (Array.isArray(config)) {
    for (const [index, item] of config.entries()) checkTypedPaths(item, known, `${place}[${index}]`)
  } else if (isPlainObject(config)) {
    for (const [key, inner] of Object.entries(config)) {
      checkTypedPaths(key, known, `a key of ${place}`)
      checkTypedPaths(inner, known, `${place}.${key}`)
    }
  }
}

function checkTypedPath(text: string, known: ReadonlySet<StorePath>, place: string): void {
  const path = parseStorePath(text)
  // A sentence may end behind a path: what is known is found by its beginning.
  if (path === undefined || [...known].some((each) => text.startsWith(logical(each)))) return
  fail('store-path.unknown', `${place} names ${text}, which nothing in this image has.`, {
    remedy: 'A store path typed by hand brings nothing along: use `${pkg}` of the package instead.',
    detail: { place, path: text },
  })
}
