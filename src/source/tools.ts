/** What commands run with: a package that a set gives beside its others (debian/tools). */
import type { Recipe } from './package.ts'

/** The recipe of tools: an object with the folders `root` and `lent` (debian/tools/tree.ts). */
export interface ToolsRecipe extends Recipe {
  readonly tools: Tools
}

/** What is known of tools beside their files. */
export interface Tools {
  /** What images follow from: the same on every machine that has the same lock. */
  readonly identity: Readonly<Record<string, unknown>>
  /** Packages of the set that scripts have without asking, by name. */
  readonly names: readonly string[]
}

/** What a recipe says of the tools that it makes; undefined for all others. */
export function toolsOf(recipe: Recipe): Tools | undefined {
  return isTools(recipe) ? recipe.tools : undefined
}

function isTools(recipe: Recipe): recipe is ToolsRecipe {
  return 'tools' in recipe
}
