/** Writes a small file that knows whether it is whole (an index with its digest): beside it, then renamed; not synced. */
import { randomUUID } from 'node:crypto'
import { renameSync, rmSync, writeFileSync } from 'node:fs'

/** Writes `bytes` to `file`, replacing what is there. */
export function writeWhole(file: string, bytes: Uint8Array): void {
  const temporary = `${file}.${randomUUID()}`
  try {
    writeFileSync(temporary, bytes, { flag: 'wx', mode: 0o644 })
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
