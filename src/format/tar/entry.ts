/**
 * Converts entries of a tree to members of an archive and back.
 *
 * Whiteouts are empty files with reserved names (OCI image specification, layer.md, "Whiteouts"), which no other entry may have.
 */
import type { LocalContent } from '../../base/bytes.ts'
import { fail } from '../../base/error.ts'
import { type Entry, type Metadata, plain } from '../../tree/entry.ts'
import { baseName, type EntryPath, entryPathOf, join, parent, show } from '../../tree/path.ts'
import { invalid, type MemberHeader, type MemberType, type TarForm, type TarMember } from './member.ts'

/**
 * Makes the header of one entry.
 *
 * @param metadataAt - metadata of an earlier entry of the archive, for hard links to it.
 * @throws BuildError tar.unrepresentable - a name reserved for whiteouts, or a number that an archive cannot hold.
 */
export function headerOf(
  entry: Entry,
  form: TarForm,
  metadataAt: (target: EntryPath) => Metadata | undefined,
): MemberHeader {
  if (entry.path.includes('.wh.')) refuseReserved(entry.path)
  const rest = { type: typeOf(entry), link: '', size: 0, major: 0, minor: 0 }
  switch (entry.kind) {
    case 'file':
      return { ...rest, name: nameOf(entry.path, form), metadata: entry.metadata, size: entry.content.size }
    case 'directory':
      return { ...rest, name: directoryName(entry.path, form), metadata: entry.metadata }
    case 'symlink':
      return { ...rest, name: nameOf(entry.path, form), metadata: entry.metadata, link: entry.target }
    case 'fifo':
      return { ...rest, name: nameOf(entry.path, form), metadata: entry.metadata }
    case 'device': {
      const { major, minor } = entry
      return { ...rest, name: nameOf(entry.path, form), metadata: entry.metadata, major, minor }
    }
    case 'hardlink': {
      const metadata = metadataAt(entry.target) ?? refuseLink(entry.path, entry.target)
      return { ...rest, name: nameOf(entry.path, form), metadata, link: nameOf(entry.target, form) }
    }
    case 'whiteout': {
      const path = join(parent(entry.path), `.wh.${baseName(entry.path)}`)
      return { ...rest, name: nameOf(path, form), metadata: nobody }
    }
    case 'opaque':
      return { ...rest, name: nameOf(join(entry.path, '.wh..wh..opq'), form), metadata: nobody }
  }
}

const nobody = plain(0, { uname: '', gname: '', mtime: 0 })

function typeOf(entry: Entry): MemberType {
  if (entry.kind === 'device') return entry.device
  return entry.kind === 'whiteout' || entry.kind === 'opaque' ? 'file' : entry.kind
}

const starts = { absolute: '/', relative: '', dotted: './' } as const

function nameOf(path: EntryPath, form: TarForm): string {
  return starts[form.names] + path
}

function directoryName(path: EntryPath, form: TarForm): string {
  if (path === '') return form.names === 'absolute' ? '/' : './'
  return `${nameOf(path, form)}/`
}

function refuseReserved(path: EntryPath): void {
  if (!/(^|\/)\.wh\./.test(path)) return
  fail(
    'tar.unrepresentable',
    `"${show(path)}" contains a name that starts with ".wh.", which is reserved for removing files in an image.`,
    {
      remedy: 'Rename it.',
    },
  )
}

function refuseLink(path: EntryPath, target: EntryPath): never {
  throw new Error(`unreachable: hard link ${show(path)} comes before its target ${show(target)}`)
}

/**
 * Makes the entry of a member. Inverse of `headerOf`.
 *
 * @param contentOf - opens the content of a member that is a file.
 * @returns undefined for the bookkeeping of AUFS, a file system of early Docker (`.wh..wh.aufs` and the like), as in Docker.
 * @throws BuildError archive.invalid - a whiteout without a name, or of "." or "..".
 */
export function entryOf(member: TarMember, contentOf: (member: TarMember) => LocalContent): Entry | undefined {
  const { path, metadata } = member
  if (path.includes('.wh.')) {
    const whiteout = whiteoutOf(member)
    if (whiteout !== 'none') return whiteout
  }
  switch (member.type) {
    case 'file':
      return { kind: 'file', path, metadata, content: contentOf(member) }
    case 'hardlink':
      return { kind: 'hardlink', path, target: entryPathOf(member.link) }
    case 'symlink':
      return { kind: 'symlink', path, metadata, target: member.link }
    case 'char':
    case 'block':
      return { kind: 'device', path, metadata, device: member.type, major: member.major, minor: member.minor }
    case 'directory':
    case 'fifo':
      return { kind: member.type, path, metadata }
  }
}

function whiteoutOf({ path, headerOffset }: TarMember): Entry | undefined | 'none' {
  const name = baseName(path)
  const directory = parent(path)
  if (/(^|\/)\.wh\.\.wh\./.test(directory)) return undefined
  if (name === '.wh..wh..opq') return { kind: 'opaque', path: directory }
  if (name.startsWith('.wh..wh.')) return undefined
  if (!name.startsWith('.wh.')) return 'none'
  const hidden = name.slice('.wh.'.length)
  if (hidden === '' || hidden === '.' || hidden === '..')
    invalid(headerOffset, `the whiteout ${show(path)} names nothing to remove`)
  return { kind: 'whiteout', path: join(directory, hidden) }
}
