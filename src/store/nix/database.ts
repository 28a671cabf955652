/**
 * The database of a store, in Nix's own schema 10, so that Nix itself can verify, query, copy and collect.
 *
 * Tables and columns follow Nix 2.8's `schema.sql` (the names are the interface). `registrationTime` is always 1: no clock reaches it.
 * Hashes are written as Nix writes them, `sha256:<64 hex>`; paths are logical.
 */
import { existsSync } from 'node:fs'
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { isDigest } from '../../base/digest.ts'
import { fail } from '../../base/error.ts'
import { type LockOptions, lock } from '../lock.ts'
import { openAlone, openReadOnly, placeDatabase } from '../sqlite.ts'
import type { PathInfo } from '../store.ts'
import { logical, parseStorePath, type StorePath } from '../store-path.ts'

/** Nix's number for this schema, the content of the file `schema` beside the database. */
export const schemaVersion = '10'

const schema = `
  create table if not exists ValidPaths (
    id integer primary key autoincrement not null,
    path text unique not null,
    hash text not null,
    registrationTime integer not null,
    deriver text,
    narSize integer,
    ultimate integer,
    sigs text,
    ca text
  );
  create table if not exists Refs (
    referrer integer not null,
    reference integer not null,
    primary key (referrer, reference),
    foreign key (referrer) references ValidPaths(id) on delete cascade,
    foreign key (reference) references ValidPaths(id) on delete restrict
  );
  create index if not exists IndexReferrer on Refs(referrer);
  create index if not exists IndexReference on Refs(reference);
  create trigger if not exists DeleteSelfRefs before delete on ValidPaths
  begin
    delete from Refs where referrer = old.id and reference = old.id;
  end;
  create table if not exists DerivationOutputs (
    drv integer not null,
    id text not null,
    path text not null,
    primary key (drv, id),
    foreign key (drv) references ValidPaths(id) on delete cascade
  );
  create index if not exists IndexDerivationOutputs on DerivationOutputs(path);`

/** How long to wait for another process's transaction, in milliseconds. */
const busyMilliseconds = 60_000

/** Queries to a database. Synchronous; each call is a statement or two. */
export interface PathDatabase extends Disposable {
  info(path: StorePath): PathInfo | undefined
  /** All registered paths, sorted. */
  paths(): readonly StorePath[]
}

/** Changes to a database. */
export interface WritableDatabase extends PathDatabase {
  /** Registers objects whose references are registered or among them, all or none; existing registrations stay unchanged. */
  register(infos: Iterable<PathInfo>): void
  /** Unregisters objects, all or none. Nothing else may refer to them. */
  forget(paths: Iterable<StorePath>): void
}

/**
 * Opens a database for writing, creating it if necessary.
 *
 * @param making - file and range that are locked while the database is created.
 */
export async function openDatabase(
  file: string,
  { lockFile, ...making }: LockOptions & { readonly lockFile: string },
): Promise<WritableDatabase> {
  const present = openPresent(file)
  if (present !== undefined) return writable(present)
  using _alone = await lock(lockFile, making)
  return writable(openPresent(file) ?? made(file))
}

/** Undefined if there is no database, or one without tables: its creator was killed. */
function openPresent(file: string): DatabaseSync | undefined {
  if (!existsSync(file)) return undefined
  const database = new DatabaseSync(file, { timeout: busyMilliseconds })
  try {
    if (hasTables(database)) return database
  } catch (error) {
    database.close()
    throw error
  }
  database.close()
  return undefined
}

function made(file: string): DatabaseSync {
  placeDatabase(file, schema)
  return new DatabaseSync(file, { timeout: busyMilliseconds })
}

function writable(database: DatabaseSync): WritableDatabase {
  database.exec('pragma synchronous = normal')
  const known: Known = new Map()
  return {
    ...queries(database, known),
    register: (infos) => transaction(database, () => register(database, [...infos])),
    forget: (paths) => {
      known.clear()
      transaction(database, () => forget(database, paths))
    },
  }
}

/** Opens a database read-only, even if nothing can be written at all. Fails if there is none. */
export function openDatabaseReadOnly(file: string): PathDatabase {
  return queries(openReadOnly(file, { timeout: busyMilliseconds }))
}

/** Opens, for writing, a database that no other process has open: even on a disk with room for only a few pages. */
export function openDatabaseAlone(file: string): WritableDatabase {
  const database = openAlone(file)
  if (!hasTables(database)) transaction(database, () => database.exec(schema))
  return writable(database)
}

/** Writes a new database that contains exactly these objects; equal objects give equal bytes (`includeNixDB`). */
export function writeDatabase(file: string, infos: Iterable<PathInfo>): void {
  const database = new DatabaseSync(file)
  try {
    transaction(database, () => {
      database.exec(schema)
      register(
        database,
        [...infos].sort((a, b) => (a.path < b.path ? -1 : 1)),
      )
    })
  } finally {
    database.close()
  }
}

function hasTables(database: DatabaseSync): boolean {
  return database.prepare("select 1 from sqlite_schema where name = 'IndexDerivationOutputs'").get() !== undefined
}

function transaction(database: DatabaseSync, work: () => void): void {
  database.exec('begin immediate')
  try {
    work()
    database.exec('commit')
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    throw error
  }
}

/** Caches query results: an object never changes, and no other process unregisters one while the store is in use. */
type Known = Map<StorePath, PathInfo>

function queries(database: DatabaseSync, known: Known = new Map()): PathDatabase {
  const one = database.prepare('select * from ValidPaths where path = ?')
  const references = database.prepare(
    'select path from Refs join ValidPaths on reference = ValidPaths.id where referrer = ? order by path',
  )
  const all = database.prepare('select path from ValidPaths order by path')
  const find = (path: StorePath): PathInfo | undefined => {
    const row = one.get(logical(path))
    if (row === undefined) return undefined
    const info = infoOf(path, row, pathsOf(references, row.id))
    known.set(path, info)
    return info
  }
  return {
    info: (path) => known.get(path) ?? find(path),
    paths: () => pathsOf(all),
    [Symbol.dispose]: () => database.close(),
  }
}

function pathsOf(statement: StatementSync, ...given: readonly (SQLOutputValue | undefined)[]): StorePath[] {
  return statement.all(...given.map((value) => value ?? null)).map((row) => storePathOf(row.path))
}

function infoOf(path: StorePath, row: Readonly<Record<string, SQLOutputValue>>, references: StorePath[]): PathInfo {
  const { hash, narSize, deriver, sigs, ca } = row
  if (typeof hash !== 'string' || !isDigest(hash) || typeof narSize !== 'number') return corrupt(`the row of ${path}`)
  return {
    path,
    narHash: hash,
    narSize,
    references,
    ...(typeof deriver === 'string' ? { deriver: storePathOf(deriver) } : {}),
    ...(typeof ca === 'string' && ca !== '' ? { contentAddress: ca } : {}),
    signatures: typeof sigs === 'string' && sigs !== '' ? sigs.split(' ') : [],
  }
}

function storePathOf(value: SQLOutputValue | undefined): StorePath {
  const path = typeof value === 'string' ? parseStorePath(value) : undefined
  return path ?? corrupt(`the path ${JSON.stringify(String(value))}`)
}

function register(database: DatabaseSync, infos: readonly PathInfo[]): void {
  const add = database.prepare(
    `insert into ValidPaths (path, hash, registrationTime, deriver, narSize, sigs, ca) values (?, ?, 1, ?, ?, ?, ?)
     on conflict (path) do nothing`,
  )
  const refer = database.prepare(
    `insert or ignore into Refs (referrer, reference)
     select a.id, b.id from ValidPaths a, ValidPaths b where a.path = ? and b.path = ?`,
  )
  const known = database.prepare('select 1 from ValidPaths where path = ?')
  const added = infos.filter(({ path, narHash, narSize, deriver, signatures, contentAddress }) => {
    const from = deriver === undefined ? null : logical(deriver)
    const signed = signatures.length === 0 ? null : signatures.join(' ')
    return add.run(logical(path), narHash, from, narSize, signed, contentAddress ?? null).changes === 1
  })
  for (const { path, references } of added) {
    for (const reference of references) {
      if (known.get(logical(reference)) === undefined) dangling(path, reference)
      refer.run(logical(path), logical(reference))
    }
  }
}

function forget(database: DatabaseSync, paths: Iterable<StorePath>): void {
  const idOf = database.prepare('select id from ValidPaths where path = ?')
  const unrefer = database.prepare('delete from Refs where referrer = ?')
  const remove = database.prepare('delete from ValidPaths where id = ?')
  const ids = [...paths].flatMap((path) => idOf.get(logical(path))?.id ?? [])
  for (const id of ids) unrefer.run(id)
  for (const id of ids) remove.run(id)
}

/** Reports that an object refers to one that is missing. @throws BuildError store.dangling-reference */
export function dangling(path: StorePath, reference: StorePath): never {
  return fail(
    'store.dangling-reference',
    `${logical(path)} refers to ${logical(reference)}, which is not in the store.`,
    {
      remedy: 'Add the objects that it refers to first.',
      detail: { path, reference },
    },
  )
}

function corrupt(what: string): never {
  return fail('store.corrupt', `The database of the store is not a valid Nix database: ${what}.`, {
    remedy: 'Check it with `nix-store --verify`, or remove the store and build again.',
  })
}
