/** An open file whose bytes are read by offset. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { RandomBytes } from '../format/zip.ts'

/** Opens a file to read parts of it. */
export function openFile(file: string): RandomBytes & Disposable {
  const descriptor = openSync(file, 'r')
  return {
    size: fstatSync(descriptor).size,
    read: (offset, size) => readPart(descriptor, offset, size),
    [Symbol.dispose]: () => closeSync(descriptor),
  }
}

function readPart(descriptor: number, offset: number, size: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(size)
  let done = 0
  for (let read = -1; read !== 0 && done < size; done += read)
    read = readSync(descriptor, bytes, { offset: done, length: size - done, position: offset + done })
  return bytes.subarray(0, done)
}
