/**
 * Reads a directory on this machine's disk as a tree.
 *
 * Names are read as bytes, siblings are sorted by byte, links are never followed, content is read when it is opened. A file that changed
 * since the walk is an error that names it. Owners and times belong to the machine: they are taken only on request.
 */
import {
  type BigIntStats,
  closeSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  type Stats,
  statSync,
} from 'node:fs'
import { relative as relativePath, resolve } from 'node:path'
import { errorCode, fail } from '../base/error.ts'
import { realPath } from '../base/real-path.ts'
import { fileContent, openForReading, unreadable } from './disk-file.ts'
import { type Entry, type Metadata, plain } from './entry.ts'
import { type Ignored, type IgnoreRules, ignoring } from './ignore/ignore.ts'
import { ancestors, type EntryPath, isWithin, join, path as parsePath, root } from './path.ts'
import { placeOf, showPlace } from './place.ts'
import { type Tree, treeFrom } from './tree.ts'
import { readXattrs } from './xattrs.ts'

/** Which entries and metadata are taken from a directory. */
export interface DiskOptions {
  /** Which entries to ignore. Never applied to the root. */
  readonly ignore?: IgnoreRules
  /** Hard links: `expand` (default) gives each name the content, `keep` makes later names hard links to the first. */
  readonly hardLinks?: 'expand' | 'keep'
  /** Whether to take owners from the disk; otherwise they are 0, "root". */
  readonly owners?: boolean
  /** Whether to take times from the disk, in whole seconds; otherwise they are 1. */
  readonly times?: boolean
  /** Which extended attributes of files and directories to take; none by default. */
  readonly xattrs?: (name: string) => boolean
  /** Called with the result of lstat for each entry, as a walk reaches it. */
  readonly seen?: (path: EntryPath, stats: BigIntStats) => void
}

/**
 * The directory, file or symbolic link at `top` (a path of this machine) as a tree with its root.
 *
 * @throws BuildError disk.unreadable, disk.unsupported-entry (a socket), content.changed - when it is iterated or content is opened
 */
export function diskTree(top: string, options: DiskOptions = {}): Tree {
  const disk: Disk = { top: resolve(top), options }
  // The first name of an object is known only after a complete walk.
  if (options.hardLinks === 'keep')
    return treeFrom({
      below: (from) => Iterator.from(walk(disk, root)).filter((entry) => isWithin(entry.path, from)),
      get: diskTree(top, { ...options, hardLinks: 'expand' }).get,
    })
  return treeFrom({ below: (from) => (from === root ? walk(disk, root) : reached(disk, from)) })
}

/** Tells whether a walk of a directory takes a file, or would if the file existed. Both are absolute paths of this machine. */
export function wouldTake(file: string, top: string, ignore: IgnoreRules): boolean {
  const place = relativePath(realPath(top), realPath(file))
  if (place === '..' || place.startsWith('../')) return false
  const path = parsePath(place)
  const fateOf = ignoredIn({ top, options: { ignore } })
  const isOpen = ancestors(path).every((directory) => fateOf(directory, true) !== 'leave')
  return path === root || (isOpen && fateOf(path, false) === 'keep')
}

interface Disk {
  readonly top: string
  readonly options: DiskOptions
}

function* walk(disk: Disk, from: EntryPath): Generator<Entry> {
  const { top, options } = disk
  const fateOf = ignoredIn(disk)
  const firstNames = new Map<string, EntryPath>()
  // Directories that are kept only if something below them is.
  let searched: readonly Entry[] = []
  const pending: EntryPath[] = [from]
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const place = placeOf(top, path)
    const stats = statsOf(place, options.seen !== undefined)
    const fate = path === root ? 'keep' : fateOf(path, stats.isDirectory())
    if (fate === 'leave') continue
    if (isExact(stats)) options.seen?.(path, stats)
    const target = options.hardLinks === 'keep' ? firstName(path, { place, stats }, firstNames) : path
    const entry: Entry = target === path ? entryOf(path, { place, stats }, options) : { kind: 'hardlink', path, target }
    const above = searched.filter((directory) => isWithin(path, directory.path))
    if (fate === 'keep') yield* [...above, entry]
    searched = fate === 'keep' ? [] : [...above, entry]
    if (!stats.isDirectory()) continue
    for (const name of namesIn(place).reverse()) pending.push(join(path, name))
  }
}

/** Walks from a path, if a walk from the root would reach it: below real directories that are not ignored. */
function* reached(disk: Disk, path: EntryPath): Generator<Entry> {
  const { top } = disk
  const fateOf = ignoredIn(disk)
  const isOpen = (directory: EntryPath): boolean =>
    statsAt(placeOf(top, directory))?.isDirectory() === true &&
    (directory === root || fateOf(directory, true) !== 'leave')
  if ([root, ...ancestors(path)].every(isOpen) && statsAt(placeOf(top, path)) !== undefined) yield* walk(disk, path)
}

/** Reads the ignore files again for each walk. */
function ignoredIn({ top, options: { ignore = {} } }: Disk): Ignored {
  return ignoredBelow(top, ignore)
}

/** Returns what the rules ignore below a directory; reads its ignore files as they are needed. */
export function ignoredBelow(top: string, rules: IgnoreRules): Ignored {
  return ignoring(rules, {
    read: (path, { followLink }) => ignoreFile(placeOf(top, path), followLink),
    place: (path) => placeOf(top, path).toString(),
  })
}

function ignoreFile(place: string | Buffer, followLink: boolean): string | undefined {
  try {
    const stats = (followLink ? statSync : lstatSync)(place, { throwIfNoEntry: false })
    return stats?.isFile() === true ? readFileSync(place, 'latin1') : undefined
  } catch (cause) {
    return ['ENOTDIR', 'ENAMETOOLONG'].includes(errorCode(cause) ?? '') ? undefined : unreadable(place, cause)
  }
}

interface Found {
  readonly place: string | Buffer
  readonly stats: Stats | BigIntStats
}

function isExact(stats: Stats | BigIntStats): stats is BigIntStats {
  return typeof stats.size === 'bigint'
}

function entryOf(path: EntryPath, { place, stats }: Found, options: DiskOptions): Entry {
  const metadata = metadataOf({ place, stats }, options)
  if (stats.isFile()) return { kind: 'file', path, metadata, content: fileContent(place, Number(stats.size)) }
  if (stats.isDirectory()) return { kind: 'directory', path, metadata }
  if (stats.isSymbolicLink()) return { kind: 'symlink', path, metadata, target: targetOf(place) }
  if (stats.isFIFO()) return { kind: 'fifo', path, metadata }
  if (stats.isSocket()) {
    return fail('disk.unsupported-entry', `${showPlace(place)} is a socket, which an image cannot contain.`, {
      remedy: 'Stop the program that listens on it, or leave it out with an ignore pattern.',
      detail: { file: place.toString() },
    })
  }
  return {
    kind: 'device',
    device: stats.isBlockDevice() ? 'block' : 'char',
    path,
    metadata,
    ...numbersOf(Number(stats.rdev)),
  }
}

function metadataOf({ place, stats }: Found, options: DiskOptions): Metadata {
  const mode = stats.isSymbolicLink() ? 0o777 : Number(stats.mode) & 0o7777
  if (options.owners !== true && options.times !== true && options.xattrs === undefined) return plain(mode)
  return plain(mode, {
    ...(options.owners === true ? { uid: Number(stats.uid), gid: Number(stats.gid), uname: '', gname: '' } : {}),
    ...(options.times === true ? { mtime: Math.floor(Number(stats.mtimeMs) / 1000) } : {}),
    ...(options.xattrs === undefined || !(stats.isFile() || stats.isDirectory())
      ? {}
      : { xattrs: xattrsOf(place, options.xattrs) }),
  })
}

/** The first name of the same object, or this one. */
function firstName(path: EntryPath, { place, stats }: Found, firstNames: Map<string, EntryPath>): EntryPath {
  if (stats.nlink < 2 || stats.isDirectory()) return path
  // Read again as bigint: inode numbers of some file systems do not fit into a double.
  const { dev, ino } = lstatSync(place, { bigint: true })
  const first = firstNames.get(`${dev}:${ino}`)
  if (first === undefined) firstNames.set(`${dev}:${ino}`, path)
  return first ?? path
}

function xattrsOf(place: string | Buffer, wanted: (name: string) => boolean): ReadonlyMap<string, Uint8Array> {
  const descriptor = openForReading(place)
  try {
    return readXattrs(descriptor, wanted)
  } finally {
    closeSync(descriptor)
  }
}

function statsOf(place: string | Buffer, exact: boolean): Stats | BigIntStats {
  try {
    return exact ? lstatSync(place, { bigint: true }) : lstatSync(place)
  } catch (cause) {
    return unreadable(place, cause)
  }
}

/** The same for a name that may be missing. An impossible file name counts as missing. */
function statsAt(place: string | Buffer): Stats | undefined {
  try {
    return lstatSync(place, { throwIfNoEntry: false })
  } catch (cause) {
    return errorCode(cause) === 'ENAMETOOLONG' ? undefined : unreadable(place, cause)
  }
}

function namesIn(place: string | Buffer): string[] {
  try {
    return readdirSync(place, 'latin1').sort()
  } catch (cause) {
    return unreadable(place, cause)
  }
}

function targetOf(place: string | Buffer): string {
  try {
    return readlinkSync(place, 'latin1')
  } catch (cause) {
    return unreadable(place, cause)
  }
}

/** Decodes Linux's device numbers (glibc, gnu_dev_major), in arithmetic since they may exceed 32 bits. */
function numbersOf(rdev: number): { readonly major: number; readonly minor: number } {
  const low = rdev % 2 ** 32
  const high = Math.floor(rdev / 2 ** 32)
  return {
    major: ((low >>> 8) & 0xfff) + (high & ~0xfff),
    minor: (low & 0xff) + ((low >>> 12) & 0xfff00),
  }
}
