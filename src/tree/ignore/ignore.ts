/** Determines what a walk of a directory ignores: a list of patterns, and ignore files found on the way. */
import { ancestors, baseName, type EntryPath, join, relative, root } from '../path.ts'
import { type DockerPatterns, dockerFile } from './docker-patterns.ts'
import { type GitPatterns, gitFile, gitPatterns } from './git-patterns.ts'

/**
 * Decides about an entry by its path relative to the walked directory; called top down, never for the root. "search": the entry is ignored,
 * but a directory may contain entries that are kept, and is kept with those.
 */
export type Ignored = (path: EntryPath, isDirectory: boolean) => Fate
export type Fate = 'keep' | 'leave' | 'search'

/** Rules of a walk. */
export interface IgnoreRules {
  /** Patterns as in a `.gitignore` at the root of the directory. */
  readonly patterns?: readonly string[]
  /**
   * Names of ignore files: those that end in ".dockerignore" follow Docker's rules and are read at the root; all others follow git's, in
   * every directory.
   */
  readonly files?: readonly string[]
}

/** Reads an ignore file; undefined if it does not exist. `place` names it in errors. */
export interface IgnoreFileReader {
  read(path: EntryPath, options: { readonly followLink: boolean }): string | undefined
  place(path: EntryPath): string
}

const keepAll: Ignored = () => 'keep'

/** Each list and each kind of ignore file is independent: an exception in one does not undo another. */
export function ignoring({ patterns = [], files = [] }: IgnoreRules, reader: IgnoreFileReader): Ignored {
  const forDocker = files.filter((name) => name.endsWith('.dockerignore'))
  const forGit = files.filter((name) => !name.endsWith('.dockerignore'))
  const all = [
    ...(patterns.length === 0 ? [] : [byGit(atRoot(patterns))]),
    ...(forGit.length === 0 ? [] : [byGit(filesIn(forGit, reader), '.git')]),
    ...forDocker.flatMap((name) => byDocker(name, reader)),
  ]
  const [only = keepAll, ...others] = all
  return others.length === 0 ? only : (path, isDirectory) => strictest(all.map((each) => each(path, isDirectory)))
}

function strictest(fates: readonly Fate[]): Fate {
  return fates.includes('leave') ? 'leave' : fates.includes('search') ? 'search' : 'keep'
}

function atRoot(patterns: readonly string[]): ListsIn {
  const list = gitPatterns(patterns.map((pattern) => Buffer.from(pattern, 'utf8').toString('latin1')))
  return (directory) => (directory === root ? [list] : [])
}

/** Lists of patterns of a directory; the last one that matches wins. */
type ListsIn = (directory: EntryPath) => readonly GitPatterns[]

/** The deepest directory whose patterns match decides. @param never - a name that git always ignores */
function byGit(listsIn: ListsIn, never?: string): Ignored {
  return (path, isDirectory) => {
    if (baseName(path) === never) return 'leave'
    for (const directory of [root, ...ancestors(path)].reverse()) {
      const name = relative(path, directory) ?? path
      for (const list of listsIn(directory).toReversed()) {
        const isIgnored = list(name, isDirectory)
        if (isIgnored !== undefined) return isIgnored ? 'leave' : 'keep'
      }
    }
    return 'keep'
  }
}

/** Ignore files of a directory, each read once. */
function filesIn(names: readonly string[], reader: IgnoreFileReader): ListsIn {
  const known = new Map<EntryPath, readonly GitPatterns[]>()
  return (directory) => {
    const found =
      known.get(directory) ??
      names.flatMap((name) => {
        const bytes = reader.read(join(directory, name), { followLink: false })
        return bytes === undefined ? [] : [gitFile(bytes)]
      })
    known.set(directory, found)
    return found
  }
}

function byDocker(name: string, reader: IgnoreFileReader): readonly Ignored[] {
  const at = join(root, name)
  const bytes = reader.read(at, { followLink: true })
  return bytes === undefined ? [] : [fateByDocker(dockerFile(bytes, reader.place(at)))]
}

function fateByDocker(patterns: DockerPatterns): Ignored {
  return (path, isDirectory) => {
    const { isLeftOut, mayHoldExceptions } = patterns(path)
    return !isLeftOut ? 'keep' : isDirectory && mayHoldExceptions ? 'search' : 'leave'
  }
}
