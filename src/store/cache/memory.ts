/**
 * What earlier builds learned (`slipway.sqlite`): only a saving of time, so a file that is damaged or of another version is made afresh,
 * a question that cannot be answered is answered by "unknown", and what cannot be written is not remembered.
 */
import { rmSync } from 'node:fs'
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { type Digest, isDigest } from '../../base/digest.ts'
import type { Memory } from '../store.ts'

const version = 1

const schema = `
  create table layer (recipe text primary key, diffId text not null, size integer not null) without rowid;
  create table fact (kind text, key text, value text not null, primary key (kind, key)) without rowid;
  pragma user_version = ${version};`

/** How long to wait for another process's write before giving it up. */
const busyMilliseconds = 5000

/** A memory that must be closed. */
export interface DiskMemory extends Memory, Disposable {
  /** All facts of a kind, by sorted key. */
  facts(kind: string): readonly { readonly key: string; readonly value: string }[]
  forgetFact(kind: string, key: string): void
}

/** Opens the memory in a file; where it cannot be written it is only asked, and where it cannot be had nothing is known. */
export function openMemory(file: string): DiskMemory {
  return memoryIn(openOrRenew(file) ?? openToAsk(file))
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

function openToAsk(file: string): DatabaseSync | undefined {
  return attempt(() => {
    const database = new DatabaseSync(file, { readOnly: true, timeout: busyMilliseconds })
    return isOurs(database) ? database : undefined
  })
}

function openOrRenew(file: string): DatabaseSync | undefined {
  const opened = attempt(() => openAsOurs(file))
  if (opened !== undefined) return opened
  for (const part of ['', '-wal', '-shm']) attempt(() => rmSync(`${file}${part}`, { force: true }))
  return attempt(() => openAsOurs(file))
}

function openAsOurs(file: string): DatabaseSync | undefined {
  const database = new DatabaseSync(file, { timeout: busyMilliseconds })
  try {
    database.exec('pragma journal_mode = wal; pragma synchronous = normal; begin immediate')
    if (database.prepare('select 1 from sqlite_schema').get() === undefined) database.exec(schema)
    database.exec('commit')
    if (isOurs(database)) return database
  } catch {
    // Damaged: made afresh by the caller.
  }
  database.close()
  return undefined
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
