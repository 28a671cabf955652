/** Tools that commands run with: a package that a set provides besides its others (debian/tools). */
import type { Recipe } from './package.ts'

/** Recipe of tools: an object with the directories `root` and `lent` (debian/tools/tree.ts). */
export interface ToolsRecipe extends Recipe {
  readonly tools: Tools
}

/** Data about tools besides their files. */
export interface Tools {
  /** Identity of the tools, which images depend on: the same on every machine with the same lock. */
  readonly identity: Readonly<Record<string, unknown>>
  /** Names of the packages that scripts may use without naming them. */
  readonly names: readonly string[]
}

/** Returns the data of a recipe of tools; undefined for any other recipe. */
export function toolsOf(recipe: Recipe): Tools | undefined {
  return isTools(recipe) ? recipe.tools : undefined
}

function isTools(recipe: Recipe): recipe is ToolsRecipe {
  return 'tools' in recipe
}
