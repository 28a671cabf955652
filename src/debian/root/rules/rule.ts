/**
 * Effects of maintainer scripts on files, as data: small rules that each yield entries, in tables by package.
 *
 * A rule depends only on the closure's files and the image's users. Existing entries stay, except for `own`, which changes the owner and
 * mode of an existing entry. A rule for a user that the image does not have yields nothing.
 */
import { contentOf, type LocalContent } from '../../../base/bytes.ts'
import { type Entry, hasMetadata, type Metadata, plain } from '../../../tree/entry.ts'
import { baseName, type EntryPath, parent, path } from '../../../tree/path.ts'
import type { Tree } from '../../../tree/tree.ts'
import { mergedPath } from '../../merged-usr.ts'
import type { AccountDatabase } from '../account-database.ts'

/** Input of a rule. */
export interface Closure {
  /** Visible files of the image's packages. */
  readonly files: Tree
  /** The same with packages that are only read. */
  readonly sources: Tree
  readonly accounts: AccountDatabase
}

/** Yields entries; none if it does not apply. */
export type Rule = (closure: Closure) => readonly Entry[]

/** Owner and mode: mode and "user:group", default root:root. */
export interface Owned {
  readonly mode?: number
  readonly owner?: string
}

/** A directory, 0755. */
export function directory(at: string, { mode = 0o755, owner }: Owned = {}): Rule {
  return ifAbsent(at, { mode, owner }, (path, metadata) => ({ kind: 'directory', path, metadata }))
}

/** A file with this content, 0644. */
export function file(at: string, text: string, owned: Owned = {}): Rule {
  return fileOf(at, contentOf(text), owned)
}

function fileOf(at: string, content: LocalContent, { mode = 0o644, owner }: Owned): Rule {
  return ifAbsent(at, { mode, owner }, (path, metadata) => ({ kind: 'file', path, metadata, content }))
}

/** A symbolic link, created whether or not its target exists. */
export function link(at: string, target: string): Rule {
  return ifAbsent(at, { mode: 0o777 }, (path, metadata) => ({ kind: 'symlink', path, metadata, target }))
}

/** A symbolic link, created if its target exists. */
export function linkTo(at: string, target: string): Rule {
  return (closure) => (closure.files.resolve(mergedPath(path(target))) === undefined ? [] : link(at, target)(closure))
}

/** A copy of a file of the closure, 0644. */
export function copy(from: string, to: string, owned: Owned = {}): Rule {
  return (closure) => {
    const bytes = closure.sources.read(mergedPath(path(from)))
    return bytes === undefined ? [] : fileOf(to, contentOf(bytes), owned)(closure)
  }
}

/** Changes owner and mode, if given, of a packaged entry; creates a missing directory. */
export function own(at: string, owned: Owned): Rule {
  return (closure) => {
    const entry = closure.files.get(mergedPath(path(at)))
    return entry === undefined ? directory(at, owned)(closure) : owning(entry, owned, closure)
  }
}

/** Changes owner and mode of the packaged entries in a directory whose names match. */
export function ownIn(at: string, names: RegExp, owned: Owned): Rule {
  const folder = mergedPath(path(at))
  return (closure) =>
    [...closure.files.below(folder)].flatMap((entry) =>
      parent(entry.path) === folder && names.test(baseName(entry.path)) ? owning(entry, owned, closure) : [],
    )
}

function owning(entry: Entry, { mode, owner }: Owned, closure: Closure): readonly Entry[] {
  const known = owner === undefined ? {} : ownerOf(owner, closure)
  if (!hasMetadata(entry) || known === undefined) return []
  return [{ ...entry, metadata: { ...entry.metadata, ...(mode === undefined ? {} : { mode }), ...known } }]
}

interface ModeAndOwner {
  readonly mode: number
  readonly owner?: string | undefined
}

function ifAbsent(
  at: string,
  { mode, owner }: ModeAndOwner,
  make: (place: EntryPath, metadata: Metadata) => Entry,
): Rule {
  const place = mergedPath(path(at))
  return (closure) => {
    const known = ownerOf(owner, closure)
    return known === undefined || closure.files.get(place) !== undefined ? [] : [make(place, plain(mode, known))]
  }
}

type Owner = Pick<Metadata, 'uid' | 'gid' | 'uname' | 'gname'>

/** Numbers and names for "user:group"; undefined if the image does not have it. */
function ownerOf(owner: string = 'root:root', { accounts }: Closure): Owner | undefined {
  const [uname = '', gname = ''] = owner.split(':')
  const uid = accounts.users.find(({ name }) => name === uname)?.uid
  const gid = accounts.groups.find(({ name }) => name === gname)?.gid
  return uid === undefined || gid === undefined ? undefined : { uid, gid, uname, gname }
}
