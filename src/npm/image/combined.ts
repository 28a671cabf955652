/** Recipes of one tarball that several sets use: together they need what each set says, and have the places of each. */
import type { Recipe } from '../../source/package.ts'
import { type NpmRecipe, npmPartOf, type PackageUse } from '../resolution.ts'

/** Combines the recipes of one object. */
export function combinedRecipe(recipes: readonly Recipe[]): Recipe {
  const [first, ...others] = new Set(recipes)
  if (first === undefined) throw new Error('unreachable: nothing to combine')
  if (others.length === 0) return first
  const uses = new Map(
    recipes
      .flatMap((recipe) => usesIn(recipe))
      .map((use) => [`${use.resolution.key} ${use.entry.place} ${use.isNamed}`, use]),
  )
  const [one, ...more] = [...uses].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, use]) => use)
  if (one === undefined) return first
  const requires = [...new Set(recipes.flatMap((recipe) => recipe.requires))]
  const combined: NpmRecipe = { ...first, requires, npm: { kind: 'package', uses: [one, ...more] } }
  return combined
}

function usesIn(recipe: Recipe): readonly PackageUse[] {
  const part = npmPartOf(recipe)
  return part?.kind === 'package' ? part.uses : []
}
