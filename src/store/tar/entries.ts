/**
 * Converts the members of a tar archive, in archive order, to entries in canonical order, as extracting the archive would leave them.
 *
 * As with docker and podman: names are resolved through symbolic links that precede them in the archive, inside its root; of two members at
 * one path the last wins, a directory joins an existing one, and anything else replaces a directory and its contents. A hard link is a
 * further name of what its target was at that point, and gives it the owner, mode and time of its own header; the first name in canonical
 * order carries the object. A link to something outside the archive remains a link (in a layer, a lower one has its target).
 */
import type { LocalContent } from '../../base/bytes.ts'
import { BuildError, fail } from '../../base/error.ts'
import { entryOf } from '../../format/tar/entry.ts'
import { invalid, type TarMember } from '../../format/tar/member.ts'
import { type Entry, type HardlinkEntry, hasMetadata, type Metadata, type NodeEntry } from '../../tree/entry.ts'
import { sameMetadata } from '../../tree/equal.ts'
import { inOrder, movedTo } from '../../tree/order.ts'
import { type EntryPath, join, longestPath, root, show } from '../../tree/path.ts'

/** Consumes members, yields entries. */
export interface TarEntries {
  /** @throws BuildError archive.invalid */
  add(member: TarMember): void
  /** All entries, at the end, in canonical order. @throws BuildError archive.invalid */
  entries(): readonly Entry[]
}

/** A name of the archive, in its directory. */
interface Name {
  readonly part: string
  readonly directory: Name | undefined
  /** Length of its path. */
  readonly length: number
  children: Map<string, Name> | undefined
  /** Absent if only names below it, or whiteouts, are known. */
  object: Found | undefined
  isWhiteout: boolean
  isOpaque: boolean
}

/** Object of names: one value for all names of one object. */
interface Found {
  entry: NodeEntry | HardlinkEntry
}

/** Limit on the links in one path, as in Linux (path_resolution(7)). */
const mostLinks = 40

/** Limit, in bytes, on the paths of directories that an archive implies but does not contain: far more than any real archive needs. */
const mostImplied = 33_554_432

/** @param contentOf - the content of a member that is a file. */
export function tarEntries(contentOf: (member: TarMember) => LocalContent): TarEntries {
  const top = newName(undefined, '')
  const walk = walker(top)
  const add = (member: TarMember): void => {
    const entry = entryOf(member, contentOf)
    if (entry === undefined) return
    if (entry.kind === 'opaque') {
      walk(entry.path, { followLast: true, member }).isOpaque = true
      return
    }
    const name = walk(entry.path, { followLast: false, member })
    if (entry.kind === 'whiteout') name.isWhiteout = true
    else if (entry.kind === 'hardlink')
      put(name, linked(entry, walk(entry.target, { followLast: false, member }), member))
    else put(name, { entry })
  }
  return { add, entries: () => ordered(entriesBelow(top)) }
}

/** Hard links that precede their targets may form a cycle. */
function ordered(entries: Iterable<Entry>): readonly Entry[] {
  try {
    return inOrder(entries)
  } catch (cause) {
    if (!(cause instanceof BuildError) || cause.code !== 'tree.link-cycle') throw cause
    return fail('archive.invalid', cause.message, { remedy: 'Download or create the archive again.', cause })
  }
}

interface Walk {
  readonly followLast: boolean
  /** For errors. */
  readonly member: TarMember
}

/** Finds names by path, creating missing ones. */
function walker(top: Name): (path: EntryPath, walk: Walk) => Name {
  let implied = 0
  return (path, { followLast, member }) => {
    const ahead = partsOf(path)
    let at = top
    let links = 0
    for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
      const isLast = ahead.length === 0
      const next = part === '..' ? (at.directory ?? top) : nameIn(at, part, member)
      const object = next.object?.entry
      if (object === undefined && !isLast && next.children === undefined) implied += next.length
      if (implied > mostImplied)
        invalid(member.headerOffset, `it implies ${mostImplied} bytes of directory paths that it does not contain`)
      if (object?.kind === 'symlink' && (followLast || !isLast)) {
        if (++links > mostLinks) invalid(member.headerOffset, `${quoted(path)} leads through a cycle of links`)
        if (object.target.startsWith('/')) at = top
        ahead.push(...partsOf(object.target))
      } else if (!isLast && object !== undefined && object.kind !== 'directory') belowOther(path, next)
      else at = next
    }
    return at
  }
}

function nameIn(directory: Name, part: string, member: TarMember): Name {
  directory.children ??= new Map()
  const known = directory.children.get(part)
  if (known !== undefined) return known
  const name = newName(directory, part)
  if (name.length > longestPath)
    invalid(member.headerOffset, `a name has more than ${longestPath} bytes when its links are resolved`)
  directory.children.set(part, name)
  return name
}

function newName(directory: Name | undefined, part: string): Name {
  const length = directory === undefined ? 0 : directory.length + (directory.length === 0 ? 0 : 1) + part.length
  return { part, directory, length, children: undefined, object: undefined, isWhiteout: false, isOpaque: false }
}

function put(name: Name, object: Found): void {
  if (object.entry.kind !== 'directory') name.children = undefined
  name.object = object
}

function linked(link: HardlinkEntry, target: Name, member: TarMember): Found {
  const { object } = target
  if (object === undefined && target.children === undefined) return { entry: { ...link, target: pathOf(target) } }
  if (object === undefined || object.entry.kind === 'directory') {
    return fail(
      'archive.invalid',
      `The hard link ${quoted(link.path)} leads to the directory ${quoted(link.target)}.`,
      {
        remedy: 'Download or create the archive again.',
      },
    )
  }
  if (hasMetadata(object.entry))
    object.entry = { ...object.entry, metadata: underHeader(object.entry, member.metadata) }
  return object
}

/** Applies one more header to an object's metadata: the last wins. A symbolic link has no mode and keeps its time. */
function underHeader({ kind, metadata }: NodeEntry, header: Metadata): Metadata {
  const { uid, gid, uname, gname, mode, mtime } = header
  const xattrs = header.xattrs.size === 0 ? metadata.xattrs : new Map([...metadata.xattrs, ...header.xattrs])
  const owner = { uid, gid, uname, gname }
  const after = kind === 'symlink' ? { ...metadata, ...owner } : { mode, mtime, ...owner, xattrs }
  // Returns the same value if nothing changes: its creator may identify the member by it.
  const isSame = sameMetadata(metadata, after) && metadata.mtime === after.mtime
  return isSame && metadata.uname === after.uname && metadata.gname === after.gname ? metadata : after
}

/** In canonical order, except for hard links that precede their targets. */
function entriesBelow(top: Name): readonly Entry[] {
  const carriers = new Map<Found, EntryPath>()
  const entries: Entry[] = []
  const pending: (readonly [Name, EntryPath])[] = [[top, root]]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [name, path] = next
    entries.push(...entriesAt(name, path, carriers))
    const children = [...(name.children?.values() ?? [])].sort((a, b) => (a.part < b.part ? 1 : -1))
    for (const child of children) pending.push([child, join(path, child.part)])
  }
  return entries
}

// A whiteout applies to lower layers only: beside a file it has no effect, beside a directory it makes it opaque.
function entriesAt({ object, isWhiteout, isOpaque }: Name, path: EntryPath, carriers: Map<Found, EntryPath>): Entry[] {
  if (object === undefined) {
    if (isWhiteout) return [{ kind: 'whiteout', path }]
    // Without an entry for the directory, the directory of a lower layer is meant.
    return isOpaque ? [{ kind: 'opaque', path }] : []
  }
  const { entry } = object
  if (entry.kind === 'hardlink') return [{ ...entry, path }]
  const carrier = carriers.get(object)
  if (carrier !== undefined) return [{ kind: 'hardlink', path, target: carrier }]
  const own = entry.path === path ? entry : movedTo(entry, path)
  if (entry.kind === 'directory') return isWhiteout || isOpaque ? [own, { kind: 'opaque', path }] : [own]
  carriers.set(object, path)
  return [own]
}

function pathOf(name: Name): EntryPath {
  const parts: string[] = []
  for (let at: Name | undefined = name; at?.directory !== undefined; at = at.directory) parts.push(at.part)
  return join(root, parts.reverse().join('/'))
}

function partsOf(path: string): string[] {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .reverse()
}

function belowOther(path: EntryPath, above: Name): never {
  return fail('archive.invalid', `${quoted(path)} is below ${quoted(pathOf(above))}, which is not a directory.`, {
    remedy: 'Create the archive again: no program could extract it.',
  })
}

function quoted(path: EntryPath): string {
  return `"${show(path)}"`
}
