/**
 * Files of an npm package's tarball, with the names and modes that npm itself (pacote, tar) would give them.
 *
 * The first component of every name is removed; only regular files count; `.gitignore` becomes `.npmignore` unless one came before;
 * a file that occurs twice has the last one's content and the first one's mode. Members with other surprising results are refused.
 */
import { posix } from 'node:path'
import { fail } from '../../base/error.ts'
import type { TarMember } from '../../format/tar/member.ts'
import { ancestors, type EntryPath, entryPathOf, show } from '../../tree/path.ts'

/** Returns the files of a tarball. @throws BuildError npm.tarball */
export function packageFiles(shipped: Iterable<TarMember>, tarball: string): ReadonlyMap<EntryPath, TarMember> {
  const files = new Map<EntryPath, TarMember>()
  const ignoreFiles = new Set<string>()
  for (const member of shipped) {
    const name = isFile(member) ? nameIn(member, ignoreFiles) : undefined
    if (name === undefined) continue
    check(member, name, tarball)
    const path = entryPathOf(name)
    const before = files.get(path)
    // Deleted first, so that files are in the order of what they contain.
    files.delete(path)
    files.set(path, { ...member, path, metadata: metadataOf(before ?? member, before !== undefined) })
  }
  refuseFilesInFiles(files, tarball)
  return files
}

/** Excludes links, devices and directories; directories follow from their files. A name that ends in "/" is a directory. */
function isFile({ type, name }: TarMember): boolean {
  return type === 'file' && !name.endsWith('/')
}

/** Removes the first component of a name; undefined if nothing remains, or another file takes its place. */
function nameIn({ name }: TarMember, ignoreFiles: Set<string>): string | undefined {
  const [, ...rest] = renamed(name, ignoreFiles)?.split('/') ?? []
  const parts = rest.filter((part) => part !== '' && part !== '.')
  return parts.length === 0 ? undefined : parts.join('/')
}

function renamed(name: string, ignoreFiles: Set<string>): string | undefined {
  const base = name.slice(name.lastIndexOf('/') + 1)
  if (base === '.npmignore') ignoreFiles.add(name)
  if (base !== '.gitignore') return name
  const other = name.replace(/\.gitignore$/, '.npmignore')
  return ignoreFiles.has(other) ? undefined : other
}

/** Metadata independent of the installing user: readable by all, writable by the owner, owned by root, with a fixed time. */
function metadataOf({ metadata }: TarMember, isFinal: boolean): TarMember['metadata'] {
  if (isFinal) return metadata
  const mode = ((metadata.mode | 0o666) & ~0o022) | 0o600
  return { mode, uid: 0, gid: 0, uname: 'root', gname: 'root', mtime: 1, xattrs: new Map() }
}

function check({ metadata }: TarMember, name: string, tarball: string): void {
  if ((metadata.mode & 0o6000) !== 0) refuse(tarball, name, 'has the set-user-ID or set-group-ID bit')
  if (!isUtf8(name)) refuse(tarball, name, 'has a name that is not valid UTF-8')
}

function isUtf8(name: string): boolean {
  const bytes = Buffer.from(name, 'latin1')
  return Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes)
}

function refuseFilesInFiles(files: ReadonlyMap<EntryPath, TarMember>, tarball: string): void {
  for (const path of files.keys())
    for (const above of ancestors(path)) if (files.has(above)) refuse(tarball, above, 'is both a file and a directory')
}

/** Reports a file that packages must not contain. @throws BuildError npm.tarball */
function refuse(tarball: string, name: string, what: string): never {
  const file = show(entryPathOf(name))
  return fail('npm.tarball', `${posix.basename(tarball)}: the file ${JSON.stringify(file)} ${what}.`, {
    remedy: 'Use another version of the package, and report this to its authors.',
    detail: { file, tarball: posix.basename(tarball) },
  })
}
