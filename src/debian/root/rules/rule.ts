/**
 * What a maintainer script does to files, as data: small rules that each give entries, in tables by package.
 *
 * A rule looks at the closure's files and at the image's users, and at nothing else. "As if absent": what a package ships at a path stays,
 * but for `own`, which changes the owner and mode of what is there.
 */
import { contentOf } from '../../../base/bytes.ts'
import { fail } from '../../../base/error.ts'
import { type Entry, hasMetadata, type Metadata, plain } from '../../../tree/entry.ts'
import { type EntryPath, path } from '../../../tree/path.ts'
import type { Tree } from '../../../tree/tree.ts'
import { mergedPath } from '../../merged-usr.ts'
import type { AccountDatabase } from '../account-files.ts'

/** What rules are asked with. */
export interface Closure {
  /** What the image's packages show. */
  readonly files: Tree
  /** The same with packages that are only read. */
  readonly sources: Tree
  readonly accounts: AccountDatabase
}

/** Gives entries; none when it does not apply. */
export type Rule = (closure: Closure) => readonly Entry[]

/** How something is owned: mode and "user:group", root:root unless told. */
export interface Owned {
  readonly mode?: number
  readonly owner?: string
}

/** A directory, 0755. */
export function directory(at: string, { mode = 0o755, owner }: Owned = {}): Rule {
  return ifAbsent(at, (place, closure) => ({
    kind: 'directory',
    path: place,
    metadata: plain(mode, ownerOf(owner, closure)),
  }))
}

/** A file with this text, 0644. */
export function file(at: string, text: string, { mode = 0o644, owner }: Owned = {}): Rule {
  return ifAbsent(at, (place, closure) => ({
    kind: 'file',
    path: place,
    metadata: plain(mode, ownerOf(owner, closure)),
    content: contentOf(text),
  }))
}

/** A symbolic link, made whether or not its target is there. */
export function link(at: string, target: string): Rule {
  return ifAbsent(at, (place) => ({ kind: 'symlink', path: place, metadata: plain(0o777), target }))
}

/** A symbolic link, made where its target is. */
export function linkTo(at: string, target: string): Rule {
  return (closure) => (closure.files.resolve(mergedPath(path(target))) === undefined ? [] : link(at, target)(closure))
}

/** A copy of a file of the closure, 0644. */
export function copy(from: string, to: string, { mode = 0o644, owner }: Owned = {}): Rule {
  return (closure) => {
    const bytes = closure.sources.read(mergedPath(path(from)))
    if (bytes === undefined) return []
    return ifAbsent(to, (place) => ({
      kind: 'file',
      path: place,
      metadata: plain(mode, ownerOf(owner, closure)),
      content: contentOf(bytes),
    }))(closure)
  }
}

/** Another owner and mode for what a package ships; a directory is made where nothing is. */
export function own(at: string, owned: Owned): Rule {
  return (closure) => {
    const place = mergedPath(path(at))
    const entry = closure.files.get(place)
    if (entry === undefined) return directory(at, owned)(closure)
    if (!hasMetadata(entry)) return []
    const { mode = entry.metadata.mode, owner } = owned
    return [{ ...entry, metadata: { ...entry.metadata, mode, ...ownerOf(owner, closure) } }]
  }
}

function ifAbsent(at: string, make: (place: EntryPath, closure: Closure) => Entry): Rule {
  const place = mergedPath(path(at))
  return (closure) => (closure.files.get(place) === undefined ? [make(place, closure)] : [])
}

/** Numbers and names of "user:group". @throws BuildError debian.id-missing */
function ownerOf(owner: string = 'root:root', { accounts }: Closure): Omit<Metadata, 'mode' | 'mtime' | 'xattrs'> {
  const [uname = '', gname = ''] = owner.split(':')
  const uid = accounts.users.find(({ name }) => name === uname)?.uid
  const gid = accounts.groups.find(({ name }) => name === gname)?.gid
  if (uid === undefined || gid === undefined) return refuseUnknown(uid === undefined ? uname : gname)
  return { uid, gid, uname, gname }
}

function refuseUnknown(name: string): never {
  return fail('debian.id-missing', `Files of this image belong to "${name}", which no package of it creates.`, {
    remedy: 'Run `slipway lock --update FILE`.',
    detail: { name },
  })
}
