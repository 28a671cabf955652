/**
 * The database of a Nix store as bytes, for images that carry one (`includeNixDB`): the same for the same objects, whatever SQLite wrote it.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PathInfo } from '../store.ts'
import { writeDatabase } from './database.ts'

/** The bytes of a `db.sqlite` that holds just these objects; every reference of theirs must be among them. */
export function databaseBytes(infos: Iterable<PathInfo>): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-db-'))
  try {
    const file = join(folder, 'db.sqlite')
    writeDatabase(file, infos)
    return withoutVersion(readFileSync(file))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** SQLite file format, 1.3: the library's version stands in the last four bytes of the header, and nothing reads it. */
function withoutVersion(bytes: Uint8Array): Uint8Array {
  return bytes.fill(0, 96, 100)
}
