/**
 * Members of an archive or a layout directory, by name, readable in any order and any number of times.
 *
 * A folder is read where it is, an archive by the offsets of its members, passing over contents; a packed archive is unpacked into a
 * temporary file first. Links inside an archive are followed as file systems do, but never out of it.
 */
import { createReadStream, readdirSync, realpathSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { LocalContent } from '../base/bytes.ts'
import { digestOfAll } from '../base/digest.ts'
import { errorCode, fail, located, messageOf } from '../base/error.ts'
import { decompress, detect, magicLength } from '../format/compression.ts'
import type { TarMember } from '../format/tar/member.ts'
import { fileRange, readRange } from '../store/file-range.ts'
import { tarMembers } from '../store/tar/members.ts'
import { temporaryDirectory } from '../store/temporary.ts'

/** Contents by name; names have single slashes between their parts, as in "blobs/sha256/…". */
export interface Members extends Disposable {
  /** Name in messages. */
  readonly place: string
  readonly isDirectory: boolean
  names(): Iterable<string>
  content(name: string): LocalContent | undefined
}

/** Directory for an unpacked archive, and the limit on its size. */
export interface OpenOptions {
  /** Directory for temporary files. */
  readonly temporary: string
  /** Lifts the guard against small files that unpack to very large ones. Bytes. */
  readonly maxUnpackedBytes?: number | undefined
  readonly signal?: AbortSignal
}

/** Opens an archive, compressed or not, or a layout directory. @throws BuildError disk.unreadable, archive.*, compression.*, tar.* */
export async function openMembers(file: string, options: OpenOptions): Promise<Members> {
  const stats = readable(file, () => statSync(file))
  if (stats.isDirectory()) return folderMembers(file)
  const kind = detect(readable(file, () => readRange(fileRange(file, 0, stats.size), 0, magicLength)))
  if (kind === 'none') return archiveMembers(file, file)
  const folder = temporaryDirectory(options.temporary)
  try {
    const unpacked = join(folder.place, 'archive.tar')
    const limit = {
      packedSize: stats.size,
      ...(options.maxUnpackedBytes === undefined ? {} : { maxBytes: options.maxUnpackedBytes }),
    }
    await using target = await open(unpacked, 'wx')
    for await (const chunk of decompress(kind, createReadStream(file), { name: file, limit })) {
      options.signal?.throwIfAborted()
      await target.writeFile(chunk)
    }
    return archiveMembers(unpacked, file, folder[Symbol.dispose])
  } catch (thrown) {
    folder[Symbol.dispose]()
    throw thrown
  }
}

// ---- a directory

function folderMembers(folder: string): Members {
  const top = realpathSync(folder)
  return {
    place: folder,
    isDirectory: true,
    names: () => filesBelow(top, ''),
    content: (name) => {
      if (name.split('/').some((part) => part === '' || part === '.' || part === '..')) return undefined
      const file = join(top, name)
      const stats = statSync(file, { throwIfNoEntry: false })
      if (stats?.isFile() !== true) return undefined
      // A link may lead to another place in the directory: some tools store equal files once.
      if (!realpathSync(file).startsWith(`${top}${sep}`)) return undefined
      return fileRange(file, 0, stats.size)
    },
    [Symbol.dispose]: () => {},
  }
}

function* filesBelow(folder: string, prefix: string): Iterable<string> {
  for (const entry of readdirSync(join(folder, prefix), { withFileTypes: true })) {
    const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`
    if (entry.isDirectory()) yield* filesBelow(folder, name)
    else if (entry.isFile()) yield name
  }
}

// ---- an archive

/** Lists the members of an archive. Errors get the name of the archive, which its parsers do not know. */
function membersOf(file: string, place: string): readonly TarMember[] {
  return located(place, () => [...tarMembers(file)])
}

function archiveMembers(file: string, place: string, dispose: () => void = () => {}): Members {
  const found = new Map<string, TarMember[]>()
  for (const member of readable(place, () => membersOf(file, place))) {
    if (member.type === 'directory') continue
    const name = Buffer.from(member.path, 'latin1').toString('utf8')
    const same = found.get(name)
    if (same === undefined) found.set(name, [member])
    else same.push(member)
  }
  return {
    place,
    isDirectory: false,
    names: () => found.keys(),
    content: (name) => {
      const member = followed(name, { file, place, found })
      return member === undefined ? undefined : fileRange(file, member.contentOffset, member.size)
    },
    [Symbol.dispose]: dispose,
  }
}

interface Index {
  readonly file: string
  readonly place: string
  readonly found: ReadonlyMap<string, readonly TarMember[]>
}

/** As many links as Linux follows (path_resolution(7)). */
const mostLinks = 40

function followed(name: string, { file, place, found }: Index): TarMember | undefined {
  let at = name
  for (let links = 0; links <= mostLinks; links++) {
    const [member, ...others] = found.get(at) ?? []
    if (member === undefined) return undefined
    if (others.some((other) => !isSame(member, other, file)))
      return refuse(place, `contains different members named "${at}"`)
    if (member.type === 'file') return member
    if (member.type !== 'symlink' && member.type !== 'hardlink')
      return refuse(place, `contains a ${member.type} named "${at}"`)
    at = targetOf(at, member, place)
  }
  return refuse(place, `contains a cycle of links at "${name}"`)
}

// Some tools store a layer that an image lists twice under one name twice.
function isSame(a: TarMember, b: TarMember, file: string): boolean {
  const digest = ({ contentOffset, size }: TarMember): string =>
    digestOfAll(fileRange(file, contentOffset, size).open())
  return a.type === b.type && a.link === b.link && a.size === b.size && (a.type !== 'file' || digest(a) === digest(b))
}

function targetOf(name: string, { type, link }: TarMember, place: string): string {
  if (type === 'hardlink') return Buffer.from(link, 'latin1').toString('utf8')
  const parts = link.startsWith('/') ? [] : name.split('/').slice(0, -1)
  for (const part of Buffer.from(link, 'latin1').toString('utf8').split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) refuse(place, `contains a link "${name}" that leads out of it`)
  }
  return parts.join('/')
}

function refuse(place: string, what: string): never {
  return fail('archive.invalid', `${place} ${what}.`, {
    remedy: 'Download or create the archive again.',
    detail: { place },
  })
}

function readable<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (errorCode(cause)?.startsWith('E') !== true) throw cause
    return fail('disk.unreadable', `${file} cannot be read: ${messageOf(cause)}.`, {
      remedy:
        errorCode(cause) === 'ENOENT'
          ? 'Give the name of an archive or a layout folder that exists.'
          : 'Make it readable.',
      cause,
    })
  }
}
