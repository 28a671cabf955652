/**
 * Results remembered from earlier builds (`slipway.sqlite`). They only save time, so a file that is damaged or of another version is
 * recreated, a query that fails returns "unknown", and a write that fails is ignored.
 */
import { existsSync } from 'node:fs'
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { type Digest, isDigest } from '../../base/digest.ts'
import { type LockOptions, lock } from '../lock.ts'
import { isDamage, openAlone, openReadOnly, placeDatabase } from '../sqlite.ts'
import type { Memory } from '../store.ts'

const version = 1

// A look-up in a table without row numbers compares whole rows: it would read each value of megabytes that is on its way.
const schema = `
  create table layer (recipe text primary key, diffId text not null, size integer not null) without rowid;
  create table fact (kind text, key text, value text not null, primary key (kind, key));
  pragma user_version = ${version};`

/** In milliseconds. */
const patience = 5000

/** How to open a memory. */
export interface MemoryOptions extends LockOptions {
  /** File whose range `part` is locked while a memory is created. */
  readonly lockFile: string
  /** How long to wait for another process's write before giving up, in milliseconds. Default: 5000. */
  readonly busyMilliseconds?: number
}

/** A memory that must be closed. */
export interface DiskMemory extends Memory, Disposable {
  /** All facts of a kind, by sorted key. */
  facts(kind: string): readonly { readonly key: string; readonly value: string }[]
  forgetFact(kind: string, key: string): void
}

/** Opens or creates the memory in a file: read-only if it cannot be written, empty if it cannot be opened. */
export async function openMemory(file: string, options: MemoryOptions): Promise<DiskMemory> {
  const { lockFile, busyMilliseconds: timeout = patience, ...making } = options
  const present = attempt(() => openPresent(file, timeout))
  if (present !== undefined) return memoryIn(present)
  making.signal?.throwIfAborted()
  try {
    using _alone = await lock(lockFile, making)
    return memoryIn(openOrMake(file, timeout))
  } catch {
    making.signal?.throwIfAborted()
    return memoryIn(openToAsk(file, timeout))
  }
}

/** Opens an existing memory without creating one: read-only if it cannot be written. */
export function openMemoryToRead(file: string): DiskMemory {
  return memoryIn(attempt(() => openPresent(file, patience)) ?? openToAsk(file, patience))
}

/** Opens a memory that no other process has open. */
export function openMemoryAlone(file: string): DiskMemory {
  return memoryIn(attempt(() => ours(openAlone(file))) ?? openToAsk(file, patience))
}

function memoryIn(database: DatabaseSync | undefined): DiskMemory {
  type Row = Readonly<Record<string, SQLOutputValue>>
  const prepared = new Map<string, StatementSync | undefined>()
  const statement = (sql: string): StatementSync | undefined => {
    if (!prepared.has(sql)) prepared.set(sql, database?.prepare(sql))
    return prepared.get(sql)
  }
  const ask = (sql: string, ...given: readonly string[]): readonly Row[] =>
    attempt(() => statement(sql)?.all(...given)) ?? []
  const tell = (sql: string, ...given: readonly (string | number)[]): void => {
    attempt(() => statement(sql)?.run(...given))
  }
  return {
    layer: (recipe) => layerOf(ask('select diffId, size from layer where recipe = ?', recipe)[0]),
    rememberLayer: (recipe, { diffId, size }) =>
      tell('insert or replace into layer values (?, ?, ?)', recipe, diffId, size),
    fact: (kind, key) => textOf(ask('select value from fact where kind = ? and key = ?', kind, key)[0]?.value),
    rememberFact: (kind, key, value) => tell('insert or replace into fact values (?, ?, ?)', kind, key, value),
    facts: (kind) =>
      ask('select key, value from fact where kind = ? order by key', kind).flatMap(({ key, value }) =>
        typeof key === 'string' && typeof value === 'string' ? [{ key, value }] : [],
      ),
    forgetFact: (kind, key) => tell('delete from fact where kind = ? and key = ?', kind, key),
    [Symbol.dispose]: () => attempt(() => database?.close()),
  }
}

function layerOf(
  row: Readonly<Record<string, SQLOutputValue>> | undefined,
): { readonly diffId: Digest; readonly size: number } | undefined {
  const { diffId, size } = row ?? {}
  return typeof diffId === 'string' && isDigest(diffId) && typeof size === 'number' ? { diffId, size } : undefined
}

function textOf(value: SQLOutputValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function openToAsk(file: string, timeout: number): DatabaseSync | undefined {
  return attempt(() => ours(openReadOnly(file, { timeout })))
}

/** Undefined if the file is missing or of another version. */
function openPresent(file: string, timeout: number): DatabaseSync | undefined {
  if (!existsSync(file)) return undefined
  return ours(open(file, timeout))
}

/** Returns the database; closes it if it is of another version. */
function ours(database: DatabaseSync): DatabaseSync | undefined {
  try {
    if (isOurs(database)) return database
  } catch (error) {
    database.close()
    throw error
  }
  database.close()
  return undefined
}

function openOrMake(file: string, timeout: number): DatabaseSync {
  try {
    const present = openPresent(file, timeout)
    if (present !== undefined) return present
    if (existsSync(file)) return renewed(file, timeout)
  } catch (error) {
    if (!isDamage(error)) throw error
  }
  placeDatabase(file, schema)
  return open(file, timeout)
}

/** Empties a file of another version instead of replacing it: it may be in use, and its users would delete the log of a replacement. */
function renewed(file: string, timeout: number): DatabaseSync {
  const database = open(file, timeout)
  try {
    database.exec('begin immediate')
    const tables = database.prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
    for (const { name } of tables.all()) database.exec(`drop table "${String(name).replaceAll('"', '""')}"`)
    database.exec(`${schema}; commit`)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function open(file: string, timeout: number): DatabaseSync {
  const database = new DatabaseSync(file, { timeout })
  database.exec('pragma synchronous = normal')
  return database
}

function isOurs(database: DatabaseSync): boolean {
  return database.prepare('pragma user_version').get()?.user_version === version
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
