/**
 * Reads zip archives: the members that the central directory lists, each with its content as a stream.
 *
 * Follows PKWARE's APPNOTE.TXT, by way of yauzl, which checks sizes and offsets; names, checksums and the kinds of members are checked here.
 * Names and executable bits are those that Info-ZIP's `unzip` extracts: bytes as they are from Unix, else UTF-8.
 */
import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { type Entry, fromRandomAccessReaderPromise, getFileNameLowLevel, RandomAccessReader, type ZipFile } from 'yauzl'
import { BuildError, fail, messageOf } from '../base/error.ts'
import { entryPathOf, longestPath, showBytes } from '../tree/path.ts'

/** Bytes of a file by offset. */
export interface RandomBytes {
  /** In bytes. */
  readonly size: number
  /** Returns `size` bytes from `offset` on; fewer only at the end. */
  read(offset: number, size: number): Uint8Array
}

/** Member of a zip archive. */
export interface ZipMember {
  readonly type: 'file' | 'directory' | 'symlink'
  /** Name, one character per byte, without "/" at its ends. */
  readonly name: string
  readonly isExecutable: boolean
  /** Unpacked size, in bytes. */
  readonly size: number
  /** The content, to be read once, before the next member is requested. */
  body(): AsyncIterable<Uint8Array>
}

/** Tells whether a file that starts with these bytes is a zip archive. */
export function isZip(first: Uint8Array): boolean {
  return /^504b(0304|0506)/.test(Buffer.from(first.subarray(0, 4)).toString('hex'))
}

/**
 * Yields the members of an archive, in the order of its central directory.
 *
 * @throws BuildError archive.invalid - broken, encrypted, of an unknown compression, or with a name that leaves its root or occurs twice
 */
export async function* readZip(bytes: RandomBytes): AsyncGenerator<ZipMember> {
  const zip = await explained(() => fromRandomAccessReaderPromise(new Reader(bytes), bytes.size, options))
  const seen = new Map<string, ZipMember['type']>()
  const entries = zip.eachEntry()
  try {
    for (let next = await explained(() => entries.next()); next.done !== true; ) {
      const member = memberOf(zip, next.value)
      refuseSecond(member, seen)
      yield member
      next = await explained(() => entries.next())
    }
  } finally {
    zip.close()
  }
}

const options = { decodeStrings: false, validateEntrySizes: true, autoClose: false }

/** Reads as much of the bytes at once as yauzl asks for, and contents in pieces. */
class Reader extends RandomAccessReader {
  readonly #bytes: RandomBytes

  constructor(bytes: RandomBytes) {
    super()
    this.#bytes = bytes
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(pieces(this.#bytes, start, end), { objectMode: false })
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, read?: number) => void,
  ): void {
    const read = this.#bytes.read(position, length)
    buffer.set(read, offset)
    setImmediate(callback, null, read.length)
  }
}

const pieceSize = 131_072

function* pieces(bytes: RandomBytes, start: number, end: number): Generator<Uint8Array> {
  for (let at = start; at < end; at += pieceSize) yield bytes.read(at, Math.min(pieceSize, end - at))
}

/** Upper byte of "version made by": hosts whose external attributes are Unix modes (APPNOTE.TXT 4.4.2). */
const unix = new Set([3, 19])
const [symlinkKind, directoryKind, regularKind] = [0o120_000, 0o040_000, 0o100_000]

function memberOf(zip: ZipFile, entry: Entry): ZipMember {
  const isUnix = unix.has(entry.versionMadeBy >>> 8)
  const name = nameOf(entry, isUnix)
  const mode = isUnix ? entry.externalFileAttributes >>> 16 : 0
  const type = typeOf(name, mode)
  if (entry.isEncrypted()) invalid(`"${showBytes(name)}" is encrypted`)
  if (!entry.canDecodeFileData()) invalid(`"${showBytes(name)}" has the compression method ${entry.compressionMethod}`)
  const size = type === 'directory' ? 0 : entry.uncompressedSize
  if (type === 'symlink' && size > longestPath)
    invalid(`the target of "${showBytes(name)}" has more than ${longestPath} bytes`)
  return {
    ...{ type, name: name.replace(/^\/+|\/+$/g, ''), size },
    isExecutable: (mode & 0o100) !== 0,
    body: () => bodyOf(zip, entry, name),
  }
}

/** Name as bytes; checked, since it decides where the member goes. */
function nameOf(entry: Entry, isUnix: boolean): string {
  const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry
  const hasOther = extraFields.some(({ id }) => id === 0x7075)
  const isBytes = isUnix && !hasOther
  const name = isBytes
    ? fileNameRaw.toString('latin1')
    : Buffer.from(getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, isUnix)).toString('latin1')
  try {
    if (entryPathOf(name) !== '') return name
  } catch (thrown) {
    if (!(thrown instanceof BuildError)) throw thrown
    const why = thrown.code === 'path.too-long' ? `has more than ${longestPath} bytes` : "leaves the archive's root"
    return invalid(`the name ${JSON.stringify(showBytes(name.slice(0, 200)))} ${why}`)
  }
  return invalid('a member has no name')
}

function typeOf(name: string, mode: number): ZipMember['type'] {
  const kind = mode & 0o170_000
  if (kind === symlinkKind) return 'symlink'
  if (name.endsWith('/') || kind === directoryKind) return 'directory'
  return kind === 0 || kind === regularKind ? 'file' : invalid(`"${showBytes(name)}" is a device, a pipe or a socket`)
}

function refuseSecond({ name, type }: ZipMember, seen: Map<string, ZipMember['type']>): void {
  const before = seen.get(name)
  if (before !== undefined && (before !== 'directory' || type !== 'directory'))
    invalid(`"${showBytes(name)}" is in it twice`)
  seen.set(name, type)
}

async function* bodyOf(zip: ZipFile, entry: Entry, name: string): AsyncGenerator<Uint8Array> {
  const stream = await explained(() => zip.openReadStreamPromise(entry))
  const chunks: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]()
  let sum = 0
  try {
    for (let next = await explained(() => chunks.next()); next.done !== true; ) {
      sum = crc32(next.value, sum)
      yield next.value
      next = await explained(() => chunks.next())
    }
  } finally {
    stream.destroy()
  }
  if (sum !== entry.crc32) invalid(`the content of "${showBytes(name)}" does not have its checksum`)
}

async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof BuildError) throw thrown
    return invalid(messageOf(thrown), thrown)
  }
}

/** @throws BuildError archive.invalid, always */
function invalid(why: string, cause?: unknown): never {
  return fail('archive.invalid', `The zip archive is broken: ${why}.`, {
    remedy: 'Download or create the archive again.',
    cause,
  })
}
