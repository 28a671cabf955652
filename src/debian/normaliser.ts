/**
 * Unpacks `.deb`s: names under merged /usr, the package's record where scanners look for it, and, beside its control files, the list of its
 * files as shipped.
 */
import { contentOf } from '../base/bytes.ts'
import { parseParagraph } from '../format/control.ts'
import { type Deb, readDeb } from '../format/deb.ts'
import type { TarMember } from '../format/tar/member.ts'
import { type Normaliser, type PackedArchive, type Unpacked, unpackedBy } from '../store/normaliser.ts'
import { type FileEntry, plain } from '../tree/entry.ts'
import { type EntryPath, entryPathOf, path, root } from '../tree/path.ts'
import { isAlias, mergedPath } from './merged-usr.ts'

/** The normaliser of `.deb`s. */
export const debNormaliser: Normaliser = {
  name: 'deb-1',
  open: async (bytes, file) => opened(await readDeb(bytes, file)),
}

/** How a `.deb` becomes files in an image. */
export const asDeb: Unpacked = unpackedBy(debNormaliser)

function opened(deb: Deb): PackedArchive {
  const { control, data, packed } = deb
  const list: string[] = []
  return {
    data,
    packed,
    members: (shipped) => merged(shipped, list),
    entries: () => recordEntries(control),
    control: () => new Map([...control, ['list', Buffer.from(list.join(''), 'latin1')]]),
    [Symbol.asyncDispose]: () => deb[Symbol.asyncDispose](),
  }
}

/** Yields a package's members with their final names; collects their original names, one per line, in `list`. */
function* merged(shipped: Iterable<TarMember>, list: string[]): Generator<TarMember> {
  for (const member of shipped) {
    list.push(member.path === root ? '/.\n' : `/${member.path}\n`)
    // A package must not set the root itself.
    const isLeftOut = member.path === root || (member.type === 'directory' && isAlias(member.path))
    if (!isLeftOut) yield mergedMember(member)
  }
}

function mergedMember(member: TarMember): TarMember {
  const path = mergedPath(member.path)
  if (member.type !== 'hardlink') return path === member.path ? member : { ...member, path }
  return { ...member, path, link: mergedPath(entryPathOf(member.link)) }
}

/** Where scanners look for the records of an image without dpkg. */
export const recordFolder: EntryPath = path('var/lib/dpkg/status.d')

/** The files that they read: the unchanged control file and the checksums. */
function recordEntries(control: Deb['control']): readonly FileEntry[] {
  const text = Buffer.from(control.get('control') ?? []).toString('utf8')
  const name = parseParagraph(text).get('package') ?? ''
  const records = [
    [`${recordFolder}/${name}`, control.get('control')],
    [`${recordFolder}/${name}.md5sums`, control.get('md5sums')],
  ] as const
  return records.flatMap(([at, bytes]) => (bytes === undefined ? [] : [fileOf(at, bytes)]))
}

function fileOf(at: string, bytes: Uint8Array): FileEntry {
  return { kind: 'file', path: path(at), metadata: plain(0o644), content: contentOf(bytes) }
}
