/**
 * What a user names as output, and how it is written to.
 *
 * A regular file and a new name are written whole and renamed; links to them are followed. Everything else keeps its place and is
 * written into: a device, a FIFO, a descriptor of this process (`/dev/stdout`, `/dev/fd/3`). `-` is standard output.
 */
import { closeSync, constants, lstatSync, openSync, readlinkSync } from 'node:fs'
import { basename, dirname, isAbsolute } from 'node:path'
import { askAgain } from '../base/ask-again.ts'
import { errorCode, fail } from '../base/error.ts'
import { flush } from '../base/pump.ts'
import { isSameFile, realPath } from '../base/real-path.ts'
import { removeAbandoned } from '../store/temporary.ts'
import { writeWholeFile } from '../store/whole-file.ts'
import { writable } from './files.ts'

/** Destination of output: a regular file, existing or not; a device or FIFO; an open descriptor. */
export type Sink =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'device' | 'fifo'; readonly file: string }
  | { readonly kind: 'descriptor'; readonly descriptor: number }

const standardOutput = 1

/** Tells whether a name means standard output. */
export function isStandardOutput(name: string): boolean {
  return name === '-'
}

/**
 * Has `write` write to what a user named, through a descriptor.
 *
 * @param signal - ends waiting for the reader of a FIFO.
 * @throws BuildError argument.invalid - the name is empty; archive.unwritable; stream.closed, stream.unwritable
 */
export async function writeOutput<T>(
  name: string,
  write: (descriptor: number) => Promise<T>,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<T> {
  return writable(name, async () => {
    const sink = sinkOf(name)
    if (sink.kind === 'descriptor') return write(sink.descriptor)
    if (sink.kind !== 'file') return writeInto(sink, write, signal)
    removeAbandoned(dirname(sink.file))
    return writeWholeFile(sink.file, write)
  })
}

/** Resolves a name. @throws BuildError argument.invalid, archive.unwritable; the system's error */
export function sinkOf(name: string): Sink {
  if (name === '') fail('argument.invalid', 'The name of the output is empty.', { remedy: 'Give the name of a file.' })
  if (isStandardOutput(name)) return { kind: 'descriptor', descriptor: standardOutput }
  for (let place = name; ; ) {
    const descriptor = ownDescriptor(place)
    if (descriptor !== undefined) return { kind: 'descriptor', descriptor }
    const stats = lstatSync(place, { throwIfNoEntry: false })
    if (stats === undefined || stats.isFile()) return name.endsWith('/') ? refuse(name, 'directory') : newFile(place)
    if (stats.isFIFO()) return { kind: 'fifo', file: place }
    if (stats.isCharacterDevice() || stats.isBlockDevice()) return { kind: 'device', file: place }
    if (!stats.isSymbolicLink()) return refuse(name, stats.isDirectory() ? 'directory' : 'socket')
    // Throws where links go round in a circle.
    realPath(place)
    const target = readlinkSync(place)
    place = isAbsolute(target) ? target : `${dirname(place)}/${target}`
  }
}

function newFile(place: string): Sink {
  return { kind: 'file', file: realPath(place) }
}

function refuse(name: string, kind: string): never {
  return fail('archive.unwritable', `${name} names a ${kind}, not a file.`, {
    remedy: 'Name a file.',
    detail: { place: name },
  })
}

/** Returns the number of the descriptor of this process that a path names, as `/dev/fd/3` and `/proc/self/fd/3` do. */
function ownDescriptor(place: string): number | undefined {
  const [name, folder] = [basename(place), dirname(place)]
  if (!/^\d{1,9}$/.test(name)) return undefined
  return ['/dev/fd', '/proc/self/fd'].some((own) => isSameFile(folder, own) === true) ? Number(name) : undefined
}

async function writeInto<T>(
  { kind, file }: Sink & { readonly file: string },
  write: (descriptor: number) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const descriptor = kind === 'fifo' ? await openForReader(file, signal) : openSync(file, constants.O_WRONLY)
  try {
    const result = await write(descriptor)
    if (kind === 'device') await flushed(descriptor)
    return result
  } finally {
    closeSync(descriptor)
  }
}

/** Asks again until a FIFO has a reader: an open that waits could not be stopped. */
function openForReader(file: string, signal: AbortSignal | undefined): Promise<number> {
  return askAgain(() => {
    try {
      return openSync(file, constants.O_WRONLY | constants.O_NONBLOCK)
    } catch (error) {
      if (errorCode(error) === 'ENXIO') return undefined
      throw error
    }
  }, signal)
}

/** Flushes the output to the disk; devices other than disks have nothing to flush. */
async function flushed(descriptor: number): Promise<void> {
  try {
    await flush(descriptor)
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EROFS'].includes(errorCode(error) ?? '')) throw error
  }
}
