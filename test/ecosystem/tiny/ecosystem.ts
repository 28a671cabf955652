/** Tiny packages as an ecosystem: laid out at "/" or in their own directory, with links to their programs and a list of all. */
import type { MemberOptions } from '../../../src/layer/member-options.ts'
import type { Ecosystem, EcosystemUse, Whole } from '../../../src/source/ecosystem.ts'
import type { Recipe } from '../../../src/source/package.ts'
import type { Closure } from '../../../src/store/store.ts'
import type { StorePath } from '../../../src/store/store-path.ts'
import { directory, file, memoryTree, symlink } from '../../../src/tree/memory.ts'
import { emptyTree } from '../../../src/tree/tree.ts'
import type { TinySpec } from './archive.ts'
import { asTiny, describedBy } from './normaliser.ts'

/** The recipe of a tiny package. */
export interface TinyRecipe extends Recipe {
  readonly tiny: { readonly spec: TinySpec; readonly base: TinyRecipe | undefined }
}

/** Version of the tree that tiny packages share; tests change it. */
export const rules = { version: 'tiny-root-1' }

export const tinyEcosystem: Ecosystem = {
  kind: 'tiny',
  uses: (recipes) => [useOf(recipes.filter(isTiny))],
  named: (recipe) => (isTiny(recipe) ? recipe.tiny.spec : { name: recipe.name, version: '' }),
  linked: (recipe, at) => ({ place: at, target: `/${inImage(at, placeOf(recipe))}` }),
  standIn: (recipe) => memoryTree({ '': directory(), files: symlink(`/${placeOf(recipe)}`) }),
}

function isTiny(recipe: Recipe): recipe is TinyRecipe {
  return 'tiny' in recipe
}

function placeOf(recipe: Recipe): string {
  return (isTiny(recipe) ? recipe.tiny.spec.at : undefined) ?? ''
}

function inImage(path: string, place: string): string {
  return place === '' ? path : `${place}/${path}`
}

function useOf(recipes: readonly TinyRecipe[]): EcosystemUse {
  return {
    recipe: { root: rules.version },
    architecture: undefined,
    implied: (closure) =>
      recipes.flatMap(({ path, tiny }) => (closure.nodes.has(path) && tiny.base !== undefined ? [tiny.base] : [])),
    over: () => ({ present: new Set(), gone: [] }),
    check: () => {},
    member: (path, whole) => (isOwn(path, whole.closure) ? optionsOf(path, whole) : undefined),
    yields: (winner, _loser, at, whole) =>
      isOwn(winner, whole.closure) && describedBy(winner, whole.store).takes?.includes(at) === true ? {} : undefined,
    root: async ({ closure, store }) => {
      const own = [...closure.nodes.keys()]
        .filter((path) => isOwn(path, closure))
        .map((path) => describedBy(path, store))
      const list = own.map(({ name, version }) => `${name} ${version}\n`).sort()
      return {
        tree: own.length === 0 ? emptyTree : memoryTree({ 'etc/tiny': file(`${rules.version}\n${list.join('')}`) }),
        links: new Map(),
        notes: own.flatMap(({ name, script }) => (script === undefined ? [] : [`${name} would run ${script}`])),
      }
    },
  }
}

function isOwn(path: StorePath, { nodes }: Closure): boolean {
  return nodes.get(path)?.as === asTiny
}

function optionsOf(object: StorePath, { store }: Whole): MemberOptions {
  const { at = '', programs = [] } = describedBy(object, store)
  const up = '../../../'
  const links = programs.map((name) => [`usr/local/bin/${name}`, `${up}${inImage(name, at)}`] as const)
  return {
    ...(at === '' ? {} : { at: [at] }),
    ...(programs.length === 0 ? {} : { executable: programs.map((name) => inImage(name, at)).sort() }),
    ...(links.length === 0 ? {} : { links: Object.fromEntries(links) }),
  }
}
