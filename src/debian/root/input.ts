/**
 * What debian-root is made from: the packages of a closure as read from their `.deb`s, and how to look into all of them at once.
 */
import { gather, type LocalContent } from '../../base/bytes.ts'
import type { Entry } from '../../tree/entry.ts'
import { comparePaths, type EntryPath, entryPathOf, isWithin, parent } from '../../tree/path.ts'
import type { Tree } from '../../tree/tree.ts'

/** One package: what its archive says of itself (file of the control archive → bytes), and its normalised files. */
export interface RootPackage {
  readonly name: string
  readonly version: string
  readonly architecture: string
  readonly control: ReadonlyMap<string, Uint8Array>
  readonly tree: Tree
}

/** Something that only running a maintainer script could tell; `inspect` lists these. */
export interface Unresolved {
  readonly package: string
  readonly about: 'alternative' | 'account'
  /** The command, as the script has it. */
  readonly command: string
}

/** The files of a closure by path, as an image that holds all its packages shows them. */
export interface Files {
  /** The entry at a path, links not followed. */
  get(path: EntryPath): Entry | undefined
  /** Where a path leads through links, when something is there. */
  resolve(path: EntryPath): EntryPath | undefined
  /** The bytes of a file, links followed. */
  read(path: EntryPath): Uint8Array | undefined
  /** The content of a file, links followed. */
  content(path: EntryPath): LocalContent | undefined
  /** All paths below a directory, in order. */
  below(directory: EntryPath): readonly EntryPath[]
}

/** Text of one file of the control archive; "" when it is not there. */
export function controlText(from: Pick<RootPackage, 'control'>, name: string): string {
  return Buffer.from(from.control.get(name) ?? []).toString('utf8')
}

/** The maintainer scripts that run when a package is installed. */
export function installScripts(from: Pick<RootPackage, 'control'>): readonly string[] {
  return ['preinst', 'postinst'].map((name) => controlText(from, name)).filter((text) => text !== '')
}

/** Looks into trees as if they were one; where two have a path, the first. */
export function filesOf(trees: Iterable<Tree>): Files {
  const entries = new Map<EntryPath, Entry>()
  for (const tree of trees) {
    for (const entry of tree.entries()) if (!entries.has(entry.path)) entries.set(entry.path, entry)
  }
  let sorted: readonly EntryPath[] | undefined
  const resolve = (path: EntryPath, hops: number = 0): EntryPath | undefined => {
    const parts = path.split('/')
    let at = entryPathOf('')
    for (const [index, part] of parts.entries()) {
      at = entryPathOf(at === '' ? part : `${at}/${part}`)
      const entry = entries.get(at)
      if (entry?.kind !== 'symlink') continue
      if (hops > 40) return undefined
      return resolve(entryPathOf([targetOf(at, entry.target), ...parts.slice(index + 1)].join('/')), hops + 1)
    }
    return entries.has(at) ? at : undefined
  }
  const content = (path: EntryPath): LocalContent | undefined => {
    const found = resolve(path)
    const entry = found === undefined ? undefined : entries.get(found)
    if (entry?.kind === 'hardlink') return content(entry.target)
    return entry?.kind === 'file' ? entry.content : undefined
  }
  const read = (path: EntryPath): Uint8Array | undefined => {
    const found = content(path)
    return found === undefined ? undefined : gather(found.open())
  }
  const below = (directory: EntryPath): readonly EntryPath[] => {
    sorted ??= [...entries.keys()].sort(comparePaths)
    const start = firstAtOrAfter(sorted, directory)
    let end = start
    while (end < sorted.length && isWithin(sorted[end] ?? directory, directory)) end++
    return sorted.slice(start, end).filter((path) => path !== directory)
  }
  return { get: (path) => entries.get(path), resolve, content, read, below }
}

function firstAtOrAfter(sorted: readonly EntryPath[], path: EntryPath): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (comparePaths(sorted[middle] ?? path, path) < 0) low = middle + 1
    else high = middle
  }
  return low
}

// Merged /usr: a name below an alias is looked for where its files are.
function targetOf(link: EntryPath, target: string): EntryPath {
  const steps = (target.startsWith('/') ? target : `${parent(link)}/${target}`).split('/')
  const found: string[] = []
  for (const step of steps) {
    if (step === '..') found.pop()
    else if (step !== '' && step !== '.') found.push(step)
  }
  return entryPathOf(found.join('/'))
}
