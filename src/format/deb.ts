/**
 * Reads a `.deb`: its control files at once, its data archive as a stream of tar bytes, nothing held but the control archive.
 *
 * Follows deb(5): the member debian-binary with version 2.x, then control.tar, then data.tar, each plain or compressed; members whose
 * name starts with "_" in between are skipped, and so is everything after data.tar. No size stated by a member is trusted.
 */
import { type Bytes, collect } from '../base/bytes.ts'
import { fail } from '../base/error.ts'
import { type ArMember, readAr } from './ar.ts'
import { type Compression, decompress } from './compression.ts'
import { readTar } from './tar/read.ts'

/** A `.deb` being read. Disposing of it closes the source. */
export interface Deb extends AsyncDisposable {
  /** The files of the control archive by name ("control", "postinst" …). */
  readonly control: ReadonlyMap<string, Uint8Array>
  /** The data archive as an uncompressed tar, to be read once; ends in an error when the `.deb` is cut short. */
  readonly data: AsyncIterable<Uint8Array>
  /** Position of the compressed data archive in the file, for callers that decompress it by other means. */
  readonly packed: Packed
}

/** A compressed part of a file; offset and size in bytes. */
export interface Packed {
  readonly kind: Compression
  readonly offset: number
  readonly size: number
}

/**
 * Reads a `.deb` up to its data.
 *
 * @param name - what to call the file in an error.
 * @throws BuildError archive.invalid, compression.corrupt
 */
export async function readDeb(bytes: Bytes, name: string): Promise<Deb> {
  const members = readAr(bytes)
  try {
    await checkVersion(await nextMember(members, name), name)
    const control = await controlFiles(await nextMember(members, name), name)
    const member = await nextMember(members, name)
    const kind = compressionOf(member, 'data.tar', name)
    return {
      control,
      data: decompress(kind, member.bytes, { name }),
      packed: { kind, offset: member.offset, size: member.size },
      [Symbol.asyncDispose]: async () => void (await members.return()),
    }
  } catch (error) {
    await members.return()
    throw error
  }
}

/** Reads the control archive alone. @throws BuildError archive.invalid, compression.corrupt */
export async function readDebControl(bytes: Bytes, name: string): Promise<Deb['control']> {
  const members = readAr(bytes)
  try {
    await checkVersion(await nextMember(members, name), name)
    return await controlFiles(await nextMember(members, name), name)
  } finally {
    await members.return()
  }
}

async function nextMember(members: AsyncGenerator<ArMember>, name: string): Promise<ArMember> {
  for (;;) {
    const next = await members.next()
    if (next.done === true) invalid(name, 'it ends before the data archive')
    if (!next.value.name.startsWith('_')) return next.value
  }
}

async function checkVersion(member: ArMember, name: string): Promise<void> {
  if (member.name !== 'debian-binary') invalid(name, `its first member is "${member.name}", not debian-binary`)
  // One short line; the format allows for more.
  if (member.size > 4096) invalid(name, 'its debian-binary member is not a version')
  const [version = ''] = Buffer.from(await collect(member.bytes))
    .toString('latin1')
    .split('\n')
  if (!/^2\.\d+$/.test(version)) invalid(name, `its format version is "${version}", not 2.0`)
}

// Control archives of Debian take some kilobytes, with their lists of checksums up to some megabytes.
const controlLimit = { maxBytes: 268_435_456, ratio: 1000 }

async function controlFiles(member: ArMember, name: string): Promise<Deb['control']> {
  const kind = compressionOf(member, 'control.tar', name)
  const files = new Map<string, Uint8Array>()
  for await (const entry of readTar(decompress(kind, member.bytes, { name, limit: controlLimit }))) {
    if (entry.type === 'file') files.set(entry.path, await collect(entry.body()))
  }
  if (!files.has('control')) invalid(name, 'its control archive has no control file')
  return files
}

const suffixes: ReadonlyMap<string, Compression> = new Map([
  ['', 'none'],
  ['.gz', 'gzip'],
  ['.xz', 'xz'],
  ['.zst', 'zstd'],
  ['.bz2', 'bzip2'],
])

function compressionOf(member: ArMember, stem: string, name: string): Compression {
  if (!member.name.startsWith(stem)) invalid(name, `expected member ${stem}, got "${member.name}"`)
  const kind = suffixes.get(member.name.slice(stem.length))
  return kind ?? invalid(name, `member "${member.name}" uses an unknown compression`)
}

function invalid(name: string, why: string): never {
  fail('archive.invalid', `${name} is not a Debian package: ${why}.`, {
    remedy: 'Fetch the file again; it may be damaged or cut short.',
    detail: { file: name },
  })
}
