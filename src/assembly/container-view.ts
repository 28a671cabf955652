/** An image's files and environment as the programs in a container find them. */
import type { ContainerConfig } from '../image/image.ts'
import { logical, type StorePath } from '../store/store-path.ts'
import { path as parsePath } from '../tree/path.ts'
import { under } from '../tree/transform.ts'
import { type Tree, treeFrom } from '../tree/tree.ts'
import type { Parts } from './parts.ts'
import { placeInStore } from './store-file.ts'

/** Adds store objects to the root: those of the image, or of the store that is mounted into it. Only for look-ups. */
export function containerTree(root: Tree, { whole }: Pick<Parts, 'whole'>): Tree {
  const known = new Map<StorePath, Tree>()
  const objectTree = (object: StorePath): Tree | undefined => {
    if (whole.closure.nodes.get(object)?.as !== 'store') return undefined
    const tree = known.get(object) ?? under(whole.store.tree(object), parsePath(logical(object)))
    known.set(object, tree)
    return tree
  }
  return treeFrom({
    below: root.below,
    get: (path) => {
      const place = placeInStore(`/${path}`)
      return root.get(path) ?? (place === undefined ? undefined : objectTree(place.object)?.get(path))
    },
  })
}

/** Tells whether a path leads to a file; ".." parts are removed as by a shell. */
export function hasFile(tree: Tree, file: string): boolean {
  const entry = tree.resolve(parsePath(file.replaceAll(/\/[^/]+\/\.\.(?=\/)/g, '')))
  return entry !== undefined && entry.kind !== 'directory'
}

/** PATH that runtimes use if an image sets none. */
const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Returns the directories that programs are searched in. */
export function searchPath(config: ContainerConfig): readonly string[] {
  return (variable(config, 'PATH') ?? usualPath).split(':').filter((directory) => directory.startsWith('/'))
}

/** Returns the value of an environment variable. */
export function variable({ Env }: ContainerConfig, name: string): string | undefined {
  return wordsIn(Env)
    .findLast((each) => each.startsWith(`${name}=`))
    ?.slice(name.length + 1)
}

/** Returns the strings of an array; none for any other value. */
export function wordsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : []
}
