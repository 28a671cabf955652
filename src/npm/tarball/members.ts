/**
 * Which files the tarball of an npm package has, under which names and modes: what npm's own unpacking (pacote, tar) would leave on a disk.
 *
 * The first component of every name goes, whatever it is; only files count; `.gitignore` is called `.npmignore` unless one came before;
 * a file given twice has the last one's content and the first one's mode. What npm would unpack to something odd is refused.
 */
import { posix } from 'node:path'
import { fail } from '../../base/error.ts'
import type { TarMember } from '../../format/tar/member.ts'
import { ancestors, type EntryPath, entryPathOf, show } from '../../tree/path.ts'

/** The files of a tarball. @throws BuildError npm.tarball */
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

/** Links, devices and directories are left out; a directory exists when something is in it. A name with "/" at its end is a directory's. */
function isFile({ type, name }: TarMember): boolean {
  return type === 'file' && !name.endsWith('/')
}

/** The name without its first component; undefined where nothing is left of it, or another file stands for it. */
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

/** Readable by all and writable by the owner, whatever the umask of who installs; root's, and of no time. */
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

/** Reports a file that no package may have. @throws BuildError npm.tarball */
function refuse(tarball: string, name: string, what: string): never {
  const file = show(entryPathOf(name))
  return fail('npm.tarball', `${posix.basename(tarball)}: the file ${JSON.stringify(file)} ${what}.`, {
    remedy: 'Use another version of the package, and report this to its authors.',
    detail: { file, tarball: posix.basename(tarball) },
  })
}
