/** npm packages as an ecosystem: regular files below `node_modules`, at the places of the lock file. */
import { posix } from 'node:path'
import type { Ecosystem } from '../../source/ecosystem.ts'
import type { Recipe } from '../../source/package.ts'
import { memoryTree, symlink } from '../../tree/memory.ts'
import { show } from '../../tree/path.ts'
import { npmPartOf, type Resolution } from '../resolution.ts'
import { npmUse } from './use.ts'
import type { TreePart, UsedSet } from './used-set.ts'

/** The ecosystem of all `node({ … })` sets. */
export const npmEcosystem: Ecosystem = {
  kind: 'npm',
  uses: (recipes) => [npmUse(setsOf(recipes))],
  named: (recipe) => {
    const part = npmPartOf(recipe)
    if (part?.kind !== 'package') return { name: recipe.name, version: '' }
    const { name, version } = part.entry
    return { name, version }
  },
  linked: (recipe, at) => ({ place: at, target: posix.join(directoryOf(recipe), show(at)) }),
  standIn: (recipe) => memoryTree({ '': symlink(directoryOf(recipe)) }),
}

/** Returns the path of a recipe's files in an image. */
function directoryOf(recipe: Recipe): string {
  const part = npmPartOf(recipe)
  if (part === undefined) throw new Error(`unreachable: ${recipe.name} is not an npm package`)
  return posix.join('/', part.resolution.set.place, part.kind === 'package' ? part.entry.place : '')
}

function setsOf(recipes: readonly Recipe[]): readonly UsedSet[] {
  const byKey = new Map<string, { readonly resolution: Resolution; readonly trees: TreePart[] }>()
  for (const recipe of recipes) {
    const part = npmPartOf(recipe)
    if (part === undefined) continue
    const known = byKey.get(part.resolution.key) ?? { resolution: part.resolution, trees: [] }
    byKey.set(part.resolution.key, known)
    if (part.kind === 'tree') known.trees.push({ ...part, path: recipe.path })
  }
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, set]) => set)
}
