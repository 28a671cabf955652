/**
 * Entries of a tree ↔ members of an archive.
 *
 * Whiteouts are empty files with reserved names (OCI image specification, layer.md, "Whiteouts"); so no other entry can have such a name.
 */
import { fail } from '../../base/error.ts'
import { type Entry, type Metadata, plain } from '../../tree/entry.ts'
import { baseName, type EntryPath, join, parent, show } from '../../tree/path.ts'
import type { MemberHeader, MemberType, TarForm } from './member.ts'

/**
 * The header of one entry.
 *
 * @param metadataAt - what the archive says about an earlier entry, for hard links to it.
 * @throws BuildError tar.unrepresentable - a name that means a whiteout, numbers that no archive holds.
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

function nameOf(path: EntryPath, form: TarForm): string {
  return form.names === 'absolute' ? `/${path}` : path
}

function directoryName(path: EntryPath, form: TarForm): string {
  if (path === '') return form.names === 'absolute' ? '/' : './'
  return `${nameOf(path, form)}/`
}

function refuseReserved(path: EntryPath): void {
  if (!/(^|\/)\.wh\./.test(path)) return
  fail('tar.unrepresentable', `"${show(path)}" has a part that starts with ".wh.", which removes files in an image.`, {
    remedy: 'Rename it.',
  })
}

function refuseLink(path: EntryPath, target: EntryPath): never {
  throw new Error(`unreachable: hard link ${show(path)} comes before its target ${show(target)}`)
}
