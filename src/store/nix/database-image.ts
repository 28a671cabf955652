/**
 * The database of a Nix store as bytes, for images that include one (`includeNixDB`): equal objects give equal bytes, whatever the version
 * of SQLite.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PathInfo } from '../store.ts'
import { temporaryDirectory } from '../temporary.ts'
import { writeDatabase } from './database.ts'

/**
 * Bytes of a `db.sqlite` that contains exactly these objects; all their references must be among them. @param temporary - an existing
 * directory, for the file
 */
export function databaseBytes(infos: Iterable<PathInfo>, temporary: string): Uint8Array {
  using folder = temporaryDirectory(temporary)
  const file = join(folder.place, 'db.sqlite')
  writeDatabase(file, infos)
  return withoutVersion(readFileSync(file))
}

/** SQLite file format, 1.3: the last four bytes of the header are the library's version, and nothing reads them. */
function withoutVersion(bytes: Uint8Array): Uint8Array {
  return bytes.fill(0, 96, 100)
}
