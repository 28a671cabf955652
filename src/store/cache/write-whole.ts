/** Writes a file that is cache and knows whether it is whole (an index with its digest): beside it, then renamed; not synced. */
import { randomUUID } from 'node:crypto'
import { closeSync, openSync, renameSync, rmSync } from 'node:fs'
import { writeAll } from '../write-all.ts'

/** Writes `bytes` to `file`, replacing what is there. */
export function writeWhole(file: string, bytes: Uint8Array): void {
  writeWholeBy(file, (descriptor) => writeAll(descriptor, bytes))
}

/** Has `work` write to a descriptor, and puts what it wrote at `file`, replacing what is there. */
export function writeWholeBy(file: string, work: (descriptor: number) => void): void {
  const temporary = `${file}.${randomUUID()}`
  try {
    const descriptor = openSync(temporary, 'wx', 0o644)
    try {
      work(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
