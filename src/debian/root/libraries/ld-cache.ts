/**
 * Writes /etc/ld.so.cache: where the loader finds each library by name.
 *
 * The format is glibc's "new" one (sysdeps/generic/dl-cache.h, `struct cache_file_new`), without extensions: the one that ldconfig(8) and
 * the loader read. Directories: those of /etc/ld.so.conf.d/*.conf in name order, then /lib and /usr/lib. Entries are in descending order of
 * glibc's comparison of names, which treats runs of digits as numbers.
 */
import { contentOf } from '../../../base/bytes.ts'
import { readSharedObject } from '../../../format/elf.ts'
import { readRange } from '../../../store/file-range.ts'
import { type Entry, plain } from '../../../tree/entry.ts'
import { baseName, type EntryPath, join, parent, path } from '../../../tree/path.ts'
import type { Tree } from '../../../tree/tree.ts'
import { mergedDirectory } from '../../merged-usr.ts'

/** A line of the cache. */
export interface CachedLibrary {
  readonly soname: string
  /** Absolute path. */
  readonly file: string
}

/** Flags of a library (glibc, sysdeps/generic/ldconfig.h) and e_machine, by Debian's name of the architecture. */
const kinds: ReadonlyMap<string, { readonly flags: number; readonly machine: number; readonly bits: 32 | 64 }> =
  new Map([
    ['amd64', { flags: 0x0303, machine: 62, bits: 64 }],
    ['arm64', { flags: 0x0a03, machine: 183, bits: 64 }],
    ['armel', { flags: 0x0b03, machine: 40, bits: 32 }],
    ['armhf', { flags: 0x0903, machine: 40, bits: 32 }],
    ['i386', { flags: 0x0003, machine: 3, bits: 32 }],
    ['ppc64el', { flags: 0x0503, machine: 21, bits: 64 }],
    ['riscv64', { flags: 0x1003, machine: 243, bits: 64 }],
    ['s390x', { flags: 0x0403, machine: 22, bits: 64 }],
  ])

/** Cache of a closure with the C library; nothing without one, or for an unknown architecture. */
export function ldCacheEntries(files: Tree, architecture: string): readonly Entry[] {
  const bytes = ldCacheBytes(files, architecture)
  if (bytes === undefined) return []
  return [{ kind: 'file', path: path('etc/ld.so.cache'), metadata: plain(0o644), content: contentOf(bytes) }]
}

/** The same as bytes. @param top - where the closure's root will be: paths of libraries start there */
export function ldCacheBytes(files: Tree, architecture: string, top: string = ''): Uint8Array | undefined {
  const kind = kinds.get(architecture)
  if (kind === undefined) return undefined
  const libraries = libraryDirectories(files).flatMap((directory) => librariesIn(files, directory, kind))
  if (!libraries.some(({ soname }) => soname.startsWith('libc.so.'))) return undefined
  const placed = libraries.map(({ soname, file }) => ({ soname, file: top + file }))
  return formatLdCache(placed, { flags: kind.flags, littleEndian: architecture !== 's390x' })
}

/** Directories that the loader searches, according to ldconfig's configuration. */
function libraryDirectories(files: Tree): readonly string[] {
  const configured = [...files.below(path('etc/ld.so.conf.d'))]
    .map((entry) => entry.path)
    .filter((at) => at.endsWith('.conf'))
    .flatMap((at) =>
      Buffer.from(files.read(at) ?? [])
        .toString('utf8')
        .split('\n'),
    )
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line.startsWith('/'))
  const seen = new Set<EntryPath>()
  return [...configured, '/lib', '/usr/lib'].filter((directory) => {
    const real = mergedDirectory(path(directory))
    if (seen.has(real)) return false
    seen.add(real)
    return true
  })
}

function librariesIn(
  files: Tree,
  directory: string,
  kind: { readonly machine: number; readonly bits: 32 | 64 },
): readonly CachedLibrary[] {
  const real = mergedDirectory(path(directory))
  const found = new Map<string, string>()
  for (const { path: at } of files.below(real)) {
    const name = baseName(at)
    if (parent(at) !== real || !/^(lib|ld-).*\.so/.test(name)) continue
    const library = readLibrary(files, at)
    if (library === undefined || library.machine !== kind.machine || library.bits !== kind.bits) continue
    const soname = library.soname ?? name
    const isThere = files.get(join(real, soname)) !== undefined
    if (!found.has(soname)) found.set(soname, `${directory}/${isThere ? soname : name}`)
  }
  return [...found].map(([soname, file]) => ({ soname, file }))
}

function readLibrary(files: Tree, at: EntryPath): ReturnType<typeof readSharedObject> {
  const content = files.content(at)
  return content === undefined ? undefined : readSharedObject((offset, size) => readRange(content, offset, size))
}

const magic = 'glibc-ld.so.cache1.1'
const headerSize = 48
const entrySize = 24

/** Serialises a cache. */
export function formatLdCache(
  libraries: readonly CachedLibrary[],
  { flags, littleEndian }: { readonly flags: number; readonly littleEndian: boolean },
): Uint8Array {
  const sorted = [...libraries].sort((a, b) => compareLibraryNames(b.soname, a.soname))
  const strings: string[] = []
  let at = headerSize + sorted.length * entrySize
  const place = (text: string): number => {
    const start = at
    strings.push(`${text}\0`)
    at += text.length + 1
    return start
  }
  const head = new DataView(new ArrayBuffer(headerSize + sorted.length * entrySize))
  sorted.forEach(({ soname, file }, index) => {
    const entry = headerSize + index * entrySize
    head.setInt32(entry, flags, littleEndian)
    head.setUint32(entry + 4, place(soname), littleEndian)
    head.setUint32(entry + 8, place(file), littleEndian)
  })
  const text = Buffer.from(strings.join(''), 'latin1')
  new Uint8Array(head.buffer).set(Buffer.from(magic, 'latin1'))
  head.setUint32(20, sorted.length, littleEndian)
  head.setUint32(24, text.length, littleEndian)
  // cache_file_new_flags_endian_little and _big.
  head.setUint8(28, littleEndian ? 2 : 3)
  return Buffer.concat([new Uint8Array(head.buffer), text])
}

/** glibc's `_dl_cache_libcmp`: bytes in order, runs of digits as numbers, a digit above everything else. */
export function compareLibraryNames(a: string, b: string): number {
  const [left, right] = [a, b].map((name) => name.match(/\d+|\D/g) ?? [])
  for (let index = 0; ; index++) {
    const [x, y] = [left?.[index], right?.[index]]
    if (x === undefined || y === undefined) return (x?.charCodeAt(0) ?? 0) - (y?.charCodeAt(0) ?? 0)
    const [isNumber, isOtherNumber] = [/^\d/.test(x), /^\d/.test(y)]
    if (isNumber && isOtherNumber) {
      if (Number(x) !== Number(y)) return Number(x) - Number(y)
    } else if (isNumber !== isOtherNumber) return isNumber ? 1 : -1
    else if (x !== y) return x.charCodeAt(0) - y.charCodeAt(0)
  }
}
