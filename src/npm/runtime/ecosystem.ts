/** Releases of Node as an ecosystem, which adds only a name, a version and a place. */
import type { Ecosystem } from '../../source/ecosystem.ts'
import type { Recipe } from '../../source/package.ts'
import { memoryTree, symlink } from '../../tree/memory.ts'
import { programPath } from './normaliser.ts'

/** Recipe of Node. */
export interface RuntimeRecipe extends Recipe {
  readonly node: { readonly version: string }
}

/** The ecosystem of releases of Node. */
export const runtimeEcosystem: Ecosystem = {
  kind: 'node',
  uses: () => [],
  named: (recipe) => ({ name: 'node', version: isRuntime(recipe) ? recipe.node.version : '' }),
  linked: (_recipe, at) => ({ place: at, target: `/${at}` }),
  standIn: () => memoryTree({ 'bin/node': symlink(`/${programPath}`) }),
}

function isRuntime(recipe: Recipe): recipe is RuntimeRecipe {
  return 'node' in recipe
}
