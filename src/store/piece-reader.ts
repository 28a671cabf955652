/**
 * Fills buffers from pieces of an archive: content in files is read directly into them.
 *
 * Synchronous, one system call per step. A limited number of archives stays open, so a package's archive is opened once, and each layer
 * file once if an image is flattened; other files are closed after reading.
 */
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { fail } from '../base/error.ts'
import type { FileContent, Piece } from '../format/tar/write.ts'

/**
 * Fills buffers one after another; yields the number of bytes in the current one, which is full except for the last.
 *
 * @param take - returns the next buffer to fill; called only after the previous one was yielded.
 * @throws BuildError content.changed - a file is shorter than planned.
 */
export function* filledBuffers(pieces: Iterable<Piece>, take: () => Uint8Array): Generator<number> {
  using files = openFiles()
  let buffer: Uint8Array | undefined
  let used = 0
  for (const piece of pieces) {
    const size = piece instanceof Uint8Array ? piece.length : piece.size
    for (let done = 0; done < size; ) {
      buffer ??= take()
      const room = Math.min(size - done, buffer.length - used)
      if (piece instanceof Uint8Array) buffer.set(piece.subarray(done, done + room), used)
      else files.read(piece, done, { buffer, start: used, end: used + room })
      done += room
      used += room
      if (used < buffer.length) continue
      yield used
      buffer = undefined
      used = 0
    }
  }
  if (used > 0) yield used
}

interface Target {
  readonly buffer: Uint8Array
  readonly start: number
  readonly end: number
}

interface Files extends Disposable {
  read(content: FileContent, from: number, into: Target): void
}

/** An image has at most 125 layers; processes often have a limit of 256 open files. */
const mostOpen = 128

function openFiles(): Files {
  const open = new Map<string, number>()
  const opened = (file: string): number => {
    const known = open.get(file)
    if (known !== undefined) return known
    if (open.size >= mostOpen) closeOldest(open)
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW)
    open.set(file, descriptor)
    return descriptor
  }
  return {
    read(content, from, { buffer, start, end }) {
      const { file, offset } = content.at
      const descriptor = opened(file)
      for (let at = start; at < end; ) {
        const count = readSync(descriptor, buffer, at, end - at, offset + from + at - start)
        if (count === 0) tooShort(content)
        at += count
      }
      const isRead = from + end - start === content.size
      if (offset > 0 || !isRead) return
      open.delete(file)
      closeSync(descriptor)
    },
    [Symbol.dispose]() {
      for (const descriptor of open.values()) closeSync(descriptor)
    },
  }
}

function closeOldest(open: Map<string, number>): void {
  const [oldest] = open
  if (oldest === undefined) return
  open.delete(oldest[0])
  closeSync(oldest[1])
}

function tooShort({ at, size }: FileContent): never {
  return fail('content.changed', `${at.file} has become shorter than its ${size} bytes.`, {
    remedy: 'Build again, without changing files meanwhile.',
    detail: { file: at.file },
  })
}
