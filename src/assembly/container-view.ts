/** An image's files and environment as the programs in a container find them. */
import type { ContainerConfig } from '../image/image.ts'
import { logical, type StorePath } from '../store/store-path.ts'
import { type EntryPath, path as parsePath } from '../tree/path.ts'
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

/** Tells whether a path leads to a file. */
export function hasFile(tree: Tree, file: string): boolean {
  const entry = tree.resolve(pathOf(file))
  return entry !== undefined && entry.kind !== 'directory'
}

/** Parses a path of a config; ".." parts are removed as by a shell. */
export function pathOf(file: string): EntryPath {
  return parsePath(file.replaceAll(/\/[^/]+\/\.\.(?=\/)/g, ''))
}

/** The program that a container starts. */
export interface Started {
  readonly field: 'Entrypoint' | 'Cmd'
  /** As the config has it. */
  readonly word: string
  /** Absolute path of the file; undefined if the image does not have it. */
  readonly file: string | undefined
}

/** Returns the program, if an image's own config sets it. @param config - including inherited fields */
export function startedProgram(config: ContainerConfig, own: ContainerConfig, tree: Tree): Started | undefined {
  const field = commandField(config, own)
  const word = field === undefined ? undefined : wordsIn(own[field])[0]
  if (field === undefined || word === undefined) return undefined
  const places = word.includes('/')
    ? [word.startsWith('/') ? word : `${workingDirectory(config)}/${word}`]
    : searchPath(config).map((directory) => `${directory}/${word}`)
  return { field, word, file: places.find((place) => hasFile(tree, place)) }
}

function commandField(config: ContainerConfig, own: ContainerConfig): Started['field'] | undefined {
  if (wordsIn(own.Entrypoint).length > 0) return 'Entrypoint'
  return wordsIn(config.Entrypoint).length === 0 && wordsIn(own.Cmd).length > 0 ? 'Cmd' : undefined
}

function workingDirectory({ WorkingDir: directory }: ContainerConfig): string {
  return typeof directory === 'string' ? directory : ''
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
function wordsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : []
}
