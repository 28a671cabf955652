/** SQLite files that several processes open at once: how they are created, and the meaning of SQLite's errors. */
import { renameSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'

/** Primary result codes (sqlite.org/rescode.html). */
export const sqliteErrors = {
  busy: 5,
  readOnly: 8,
  inputOutput: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const

/** Primary result code of an SQLite error; undefined for any other error. */
export function sqliteCode(thrown: unknown): number | undefined {
  return thrown instanceof Error && 'errcode' in thrown && typeof thrown.errcode === 'number'
    ? thrown.errcode & 255
    : undefined
}

/** Tells whether an error is due to a file's content. A file that another process has locked is not damaged. */
export function isDamage(thrown: unknown): boolean {
  const code = sqliteCode(thrown)
  return code === sqliteErrors.corrupt || code === sqliteErrors.notADatabase
}

/**
 * Creates a database with these tables and replaces the existing file. Call it under a lock.
 *
 * Creates it under another name and renames it, because changing an open database to WAL fails at once while another process reads it,
 * however long the timeout.
 */
export function placeDatabase(file: string, schema: string): void {
  const unfinished = `${file}.new`
  removeDatabase(unfinished)
  {
    using database = new DatabaseSync(unfinished)
    database.exec(`pragma journal_mode = wal; begin; ${schema}; commit`)
  }
  removeDatabase(file)
  renameSync(unfinished, file)
}

/** Opens a database read-only, even if nothing can be written at all. @param options - in milliseconds */
export function openReadOnly(file: string, options: { readonly timeout: number }): DatabaseSync {
  const database = new DatabaseSync(file, { ...options, readOnly: true })
  try {
    database.prepare('select count(*) from sqlite_schema').get()
    return database
  } catch (error) {
    database.close()
    if (!isWithoutRoom(error)) throw error
    const url = pathToFileURL(file)
    url.searchParams.set('immutable', '1')
    return new DatabaseSync(url, { ...options, readOnly: true })
  }
}

/** A database in WAL mode needs a file beside it. If that cannot be created, no process can be writing either. */
function isWithoutRoom(thrown: unknown): boolean {
  const { cannotOpen, readOnly, inputOutput, full } = sqliteErrors
  const code = sqliteCode(thrown)
  return [cannotOpen, readOnly, inputOutput, full].some((each) => each === code)
}

/** Opens a database that no other process has open; the index of its log is then in memory, not in a file. */
export function openAlone(file: string): DatabaseSync {
  const database = new DatabaseSync(file)
  database.exec('pragma locking_mode = exclusive')
  return database
}

function removeDatabase(file: string): void {
  for (const part of ['', '-wal', '-shm']) rmSync(`${file}${part}`, { force: true })
}
