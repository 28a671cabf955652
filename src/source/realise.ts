/**
 * Act 4: recipes → store objects.
 *
 * What the store has is left alone, with all that only its making would need; what it refers to and what it requires is seen to. Inputs
 * are made before what they are made into; requirements (which may be cyclic) in any order. At most four at once, each once.
 */
import { limit } from '../base/limit.ts'
import type { PathInfo } from '../store/store.ts'
import type { StorePath } from '../store/store-path.ts'
import { innerFirst } from './inner-first.ts'
import { oneEach } from './one-each.ts'
import type { Recipe, Workshop } from './package.ts'

/** Makes sure that recipes and what they refer to and require, all the way down, are in the store. */
export async function realise(recipes: readonly Recipe[], shop: Workshop): Promise<void> {
  for (const level of byDepth(needed(recipes, shop))) await realiseAll(level, shop)
}

/**
 * Makes recipes from both ends of their weights. The heaviest are begun early, else a core waits for one of them in the end; the lightest,
 * which are mostly this thread's own work, are made while other threads and programs are busy with the heaviest.
 */
async function realiseAll(recipes: readonly Recipe[], shop: Workshop): Promise<void> {
  const waiting = [...recipes].sort((a, b) => (b.weight ?? 0) - (a.weight ?? 0))
  const lane = async (next: () => Recipe | undefined): Promise<void> => {
    for (let recipe = next(); recipe !== undefined; recipe = next()) await realiseOne(recipe, shop)
  }
  const [heaviest, lightest] = [() => waiting.shift(), () => waiting.pop()]
  const lanes = [heaviest, lightest, heaviest, lightest]
  try {
    await limit(lanes, lane, { concurrency: lanes.length, signal: shop.signal })
  } finally {
    // What failed in one lane, or an abort, ends the others.
    waiting.length = 0
  }
}

/** Tells whether to realise an object that exists: a `.deb` may be present without its unpacked files. */
async function realiseOne(recipe: Recipe, shop: Workshop): Promise<PathInfo> {
  const present = recipe.as === 'store' && !isMadeAgain(recipe, shop) ? shop.store.info(recipe.path) : undefined
  return present ?? recipe.realise(shop)
}

/** Returns all recipes that some depend on, requirements included, each once, sorted by path. */
export function withRequirements(recipes: readonly Recipe[]): readonly Recipe[] {
  return [...reach(recipes, (recipe) => [...recipe.inputs, ...recipe.requires]).values()].sort((a, b) =>
    a.path < b.path ? -1 : 1,
  )
}

function isMadeAgain({ runsCommands = false }: Recipe, { commands }: Workshop): boolean {
  return runsCommands && commands.rebuild
}

function needed(recipes: readonly Recipe[], shop: Workshop): ReadonlyMap<StorePath, Recipe> {
  return reach(recipes, (recipe) => {
    const present = shop.store.info(recipe.path)
    const kept =
      present === undefined || shop.commands.rebuild
        ? recipe.inputs
        : recipe.inputs.filter((input) => present.references.includes(input.path))
    return [...kept, ...recipe.requires]
  })
}

function reach(recipes: readonly Recipe[], next: (recipe: Recipe) => readonly Recipe[]): Map<StorePath, Recipe> {
  const found = new Map<StorePath, Recipe[]>()
  const waiting = [...recipes]
  for (let recipe = waiting.pop(); recipe !== undefined; recipe = waiting.pop()) {
    const known = found.get(recipe.path)
    if (known !== undefined && (recipe.origin?.combine === undefined || known.includes(recipe))) continue
    found.set(recipe.path, [...(known ?? []), recipe])
    waiting.push(...next(recipe))
  }
  return new Map(oneEach([...found.values()].flat()).map((recipe) => [recipe.path, recipe]))
}

/** Recipes by the length of the longest chain of inputs below them, shortest first. */
function byDepth(recipes: ReadonlyMap<StorePath, Recipe>): readonly (readonly Recipe[])[] {
  const depths = new Map<StorePath, number>()
  const levels: Recipe[][] = []
  const inputsOf = (recipe: Recipe): readonly Recipe[] => recipe.inputs.filter((input) => recipes.has(input.path))
  for (const recipe of innerFirst([...recipes.values()], (each) => each.path, inputsOf)) {
    const depth = inputsOf(recipe).reduce((most, input) => Math.max(most, 1 + (depths.get(input.path) ?? 0)), 0)
    depths.set(recipe.path, depth)
    const level = levels[depth] ?? []
    level.push(recipe)
    levels[depth] = level
  }
  return levels
}
