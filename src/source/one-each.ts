/** Recipes that lead to the same object: one for each path, in the order of the paths' first occurrence. */
import type { Recipe } from './package.ts'

/** Returns one recipe for each path. Those that need different things are combined by their origin. */
export function oneEach(recipes: Iterable<Recipe>): readonly Recipe[] {
  return [...Map.groupBy(recipes, ({ path }) => path).values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : (first.origin?.combine?.([first, ...others]) ?? first),
  )
}
