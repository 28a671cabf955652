/** npm packages as an ecosystem: regular files below `node_modules`, at the places of the lock file. */
import { posix } from 'node:path'
import type { Ecosystem } from '../../source/ecosystem.ts'
import type { Recipe } from '../../source/package.ts'
import { memoryTree, symlink } from '../../tree/memory.ts'
import { show } from '../../tree/path.ts'
import { npmPartOf, type Resolution } from '../resolution.ts'
import { combinedRecipe } from './combined.ts'
import { npmUse } from './use.ts'
import type { TreePart, UsedSet } from './used-set.ts'

/** The ecosystem of all `node({ … })` sets. */
export const npmEcosystem: Ecosystem = {
  kind: 'npm',
  uses: (recipes) => [npmUse(setsOf(recipes))],
  named: (recipe) => {
    const part = npmPartOf(recipe)
    if (part?.kind !== 'package') return { name: recipe.name, version: '' }
    const { name, version } = part.uses[0].entry
    return { name, version }
  },
  linked: (recipe, at) => ({ place: at, target: posix.join(directoryOf(recipe), show(at)) }),
  combine: combinedRecipe,
  standIn: (recipe) => memoryTree({ '': symlink(directoryOf(recipe)) }),
}

/** Returns the path of a recipe's files in an image. */
function directoryOf(recipe: Recipe): string {
  const part = npmPartOf(recipe)
  if (part === undefined) throw new Error(`unreachable: ${recipe.name} is not an npm package`)
  if (part.kind === 'tree') return posix.join('/', part.resolution.set.place)
  const { entry, resolution } = part.uses.find(({ isNamed }) => isNamed) ?? part.uses[0]
  return posix.join('/', resolution.set.place, entry.place)
}

function setsOf(recipes: readonly Recipe[]): readonly UsedSet[] {
  const byKey = new Map<string, { readonly resolution: Resolution; readonly trees: TreePart[]; named: string[] }>()
  const setOf = (resolution: Resolution): { readonly trees: TreePart[]; named: string[] } => {
    const found = byKey.get(resolution.key) ?? { resolution, trees: [], named: [] }
    byKey.set(resolution.key, found)
    return found
  }
  for (const recipe of recipes) {
    const part = npmPartOf(recipe)
    if (part?.kind === 'tree') setOf(part.resolution).trees.push({ ...part, path: recipe.path })
    for (const { entry, resolution, isNamed } of part?.kind === 'package' ? part.uses : []) {
      const { named } = setOf(resolution)
      if (isNamed) named.push(entry.place)
    }
  }
  return [...byKey]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { named, ...set }]) => ({ ...set, named: [...new Set(named)].sort() }))
}
