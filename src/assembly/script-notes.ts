/**
 * Notes about scripts whose interpreter the image lacks, in PATH or as the program that a container starts: it would say "no such file or directory" about a file that exists.
 *
 * In PATH, only what the image asks for: its own and copied files, and scripts of the packages that it names. Packages that others depend on, and bases,
 * have scripts for rare tasks whose interpreters are optional.
 */
import { defaultOptions } from '../layer/recipe.ts'
import { memberTree, storeRoot } from '../layer/tree/member-tree.ts'
import { readRange } from '../store/file-range.ts'
import { storeDirectory } from '../store/store-path.ts'
import type { Entry } from '../tree/entry.ts'
import { type EntryPath, isWithin, parent, path as parsePath, show } from '../tree/path.ts'
import type { Tree } from '../tree/tree.ts'
import { hasFile, pathOf } from './container-view.ts'
import type { Own } from './image-root.ts'
import { interpreterOf } from './interpreter.ts'
import type { Parts } from './parts.ts'

/** Where scripts and interpreters are searched. */
export interface ScriptSearch {
  /** Files as a container finds them. */
  readonly tree: Tree
  readonly parts: Parts
  readonly own: Pick<Own, 'packages' | 'over'>
  /** The directories of PATH. */
  readonly directories: readonly string[]
  /** Absolute path of the program that a container starts. */
  readonly started: string | undefined
  readonly packageFor: (file: string) => string | undefined
}

/** Size of the largest script that is looked at, in bytes: what is larger is hardly started by its first line. */
const largest = 65_536

/** Number of bytes in which Linux searches for the interpreter (execve(2)). */
const firstLine = 256

interface Need {
  /** The first line, as it is. */
  readonly line: string
  /** What is missing: an absolute path, or the name of a program. */
  readonly missing: string
}

/** Returns one note for each missing interpreter. */
export function scriptNotes(search: ScriptSearch): readonly string[] {
  const { tree, parts } = search
  const found = new Map<string, { readonly need: Need; readonly paths: EntryPath[] }>()
  const isMissing = lookUp(search)
  const started = search.started === undefined ? undefined : pathOf(search.started)
  const seen = new Set<EntryPath>()
  for (const path of [...(started === undefined ? [] : [started]), ...scriptPlaces(search)]) {
    const script = tree.resolve(path)
    const line = script === undefined || seen.has(script.path) ? undefined : lineOf(script)
    const missing = line === undefined ? undefined : isMissing(line)
    if (script === undefined || line === undefined || missing === undefined) continue
    if (path !== started && !isAskedFor(script.path, search.own, parts)) continue
    seen.add(script.path)
    const known = found.get(missing) ?? { need: { line, missing }, paths: [] }
    known.paths.push(path)
    found.set(missing, known)
  }
  return [...found.values()].map(({ need, paths }) => noteOf(need, paths, search))
}

/** Files directly in the directories of PATH, except for the base's. */
function scriptPlaces({ tree, own, directories }: ScriptSearch): ReadonlySet<EntryPath> {
  const real = new Set(directories.flatMap((directory) => tree.resolve(parsePath(directory))?.path ?? []))
  const found = new Set<EntryPath>()
  for (const directory of real)
    for (const each of [own.packages, ...own.over])
      for (const entry of each.below(directory)) if (isCandidate(entry, directory)) found.add(entry.path)
  return found
}

function isCandidate(entry: Entry, directory: EntryPath): boolean {
  if (entry.path === directory || parent(entry.path) !== directory) return false
  if (entry.kind === 'file') return isSmallProgram(entry)
  return entry.kind === 'symlink' || entry.kind === 'hardlink'
}

function isSmallProgram(entry: Entry): boolean {
  return entry.kind === 'file' && (entry.metadata.mode & 0o111) !== 0 && entry.content.size < largest
}

/** Returns the first line of a script; undefined for other files. */
function lineOf(entry: Entry | undefined): string | undefined {
  if (entry?.kind !== 'file' || !isSmallProgram(entry)) return undefined
  const start = Buffer.from(readRange(entry.content, 0, firstLine)).toString('latin1')
  return start.startsWith('#!') ? start.split('\n', 1)[0] : undefined
}

/** Returns a function that finds what a first line needs and the image lacks; each line is searched once. */
function lookUp({ tree, directories }: ScriptSearch): (line: string) => string | undefined {
  const known = new Map<string, string | undefined>()
  const isThere = (program: string): boolean =>
    // Packages come with what their files refer to.
    program.startsWith(`${storeDirectory}/`) ||
    (program.includes('/')
      ? hasFile(tree, program)
      : directories.some((directory) => hasFile(tree, `${directory}/${program}`)))
  return (line) => {
    if (known.has(line)) return known.get(line)
    const missing = interpreterOf(line).find((program) => !isThere(program))
    known.set(line, missing)
    return missing
  }
}

/** Tells whether a file is the image's own, copied, a store object's, or of a package that the image names. */
function isAskedFor(path: EntryPath, { over }: ScriptSearch['own'], { whole, members }: Parts): boolean {
  if (isWithin(path, storeRoot) || over.some((tree) => tree.get(path) !== undefined)) return true
  return whole.closure.roots.some((root) => {
    const member = members.get(root)
    return member !== undefined && memberTree(whole.store, member, defaultOptions).get(path) !== undefined
  })
}

function noteOf({ line, missing }: Need, paths: readonly EntryPath[], { packageFor }: ScriptSearch): string {
  const [first = '', ...others] = paths.map((path) => `/${show(path)}`)
  const who = others.length === 0 ? first : `${first} and ${others.length} more`
  const starts = others.length === 0 ? 'starts' : 'start'
  const text = JSON.stringify(Buffer.from(line, 'latin1').toString('utf8'))
  if (missing.endsWith('\r'))
    return `${who} ${starts} with ${text}, so Linux searches for a program whose name ends in a carriage return: save it with Unix line ends`
  const name = packageFor(missing)
  const remedy = name === undefined ? 'add the package that has it' : `add pkgs("${name}")`
  return `${who} ${starts} with ${text}, but the image has no ${missing}${missing.includes('/') ? '' : ' in its PATH'}: ${remedy}`
}
