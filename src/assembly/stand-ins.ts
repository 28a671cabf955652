/**
 * Stand-ins at the store paths of packages whose files are elsewhere: their ecosystem provides a directory of links, so that
 * `${pkgs("hello")}/bin/hello` works. Only packages that are referred to by store path have one.
 */
import { ecosystemOf } from '../source/ecosystem.ts'
import { logical, type StorePath } from '../store/store-path.ts'
import { mergeTrees } from '../tree/merge.ts'
import { entryPathOf, path as pathOf } from '../tree/path.ts'
import { under } from '../tree/transform.ts'
import type { Tree } from '../tree/tree.ts'
import type { ImageClosure } from './image-closure.ts'

/** Trees by the store path that they appear at. */
export type StandIns = ReadonlyMap<StorePath, Tree>

/** Returns the stand-ins of an image. */
export function standInsOf({ named, recipes }: Pick<ImageClosure, 'named' | 'recipes'>): StandIns {
  const found = [...named].sort().flatMap((path) => {
    const recipe = recipes.get(path)
    const tree = recipe === undefined || recipe.as === 'store' ? undefined : ecosystemOf(recipe)?.standIn(recipe)
    return tree === undefined ? [] : [[path, tree] as const]
  })
  return new Map(found)
}

/** Merges all stand-ins, each at its store path. */
export function standInTree(standIns: StandIns): Tree {
  return mergeTrees(
    [...standIns].map(([path, tree]) => ({ rank: 0, name: path, tree: under(tree, pathOf(logical(path))) })),
  )
}

/** Resolves a path inside a stand-in through its links; a path that the stand-in lacks is looked up from the root. */
export function throughStandIn(tree: Tree, rest: readonly string[]): string {
  for (let length = 1; length <= rest.length; length++) {
    const entry = tree.get(entryPathOf(rest.slice(0, length).join('/')))
    if (entry?.kind === 'symlink') return [entry.target, ...rest.slice(length)].join('/')
  }
  return `/${rest.join('/')}`
}
