/**
 * The database of a Nix store as bytes, for images that carry one (`includeNixDB`): the same for the same objects, whatever SQLite wrote it.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PathInfo } from '../store.ts'
import { temporaryDirectory } from '../temporary.ts'
import { writeDatabase } from './database.ts'

/** The bytes of a `db.sqlite` that holds just these objects; every reference of theirs must be among them. @param temporary - an existing directory, for the file */
export function databaseBytes(infos: Iterable<PathInfo>, temporary: string): Uint8Array {
  using folder = temporaryDirectory(temporary)
  const file = join(folder.place, 'db.sqlite')
  writeDatabase(file, infos)
  return withoutVersion(readFileSync(file))
}

/** SQLite file format, 1.3: the library's version stands in the last four bytes of the header, and nothing reads it. */
function withoutVersion(bytes: Uint8Array): Uint8Array {
  return bytes.fill(0, 96, 100)
}
