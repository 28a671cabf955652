/** A store of slipway's is a Nix store, in both directions. */
import assert from 'node:assert/strict'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import fc from 'fast-check'
import { gather } from '../../src/base/bytes.ts'
import { digestOf, digestOfAll, formatSri } from '../../src/base/digest.ts'
import { writeNar } from '../../src/format/nar/write.ts'
import { openReader } from '../../src/store/disk-reader.ts'
import { openStore } from '../../src/store/disk-store.ts'
import { layoutOf } from '../../src/store/layout.ts'
import { writeDatabase } from '../../src/store/nix/database.ts'
import type { PathInfo, Store } from '../../src/store/store.ts'
import { fixedPath, logical, recipePath } from '../../src/store/store-path.ts'
import { directory, executable, file, type Item, memoryTree, symlink } from '../../src/tree/memory.ts'
import { type EntryPath, entryPathOf } from '../../src/tree/path.ts'
import { restoreTree } from '../../src/tree/restore.ts'
import type { Tree } from '../../src/tree/tree.ts'
import { addSource, addText } from '../contract/store.contract.ts'
import { missing } from '../support/command.ts'
import { testNix } from '../support/nix.ts'
import { temporaryFolder } from '../support/temporary.ts'

const skip = missing('nix-store', 'nix')
const folder = temporaryFolder()
const nix = testNix()
let count = 0
const newRoot = (): string => join(folder, `store-${count++}`)

/** Any tree that a store can represent, including names that are not UTF-8. */
const anyTree: fc.Arbitrary<Tree> = fc
  .dictionary(
    fc
      .array(fc.constantFrom('a', 'b', 'a-b', 'a.b', 'ä', '\xff', ' x', '.h'), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join('/')),
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => file(bytes)),
      fc.constant(executable('#!/bin/sh\n')),
      fc.constant(directory()),
      fc.constantFrom('a', '../x', '/nix/store', '\xfe').map((target) => symlink(target)),
    ),
    { maxKeys: 8 },
  )
  .map((items) => memoryTree(withoutClashes(items)))

test('store: trees that slipway adds equal those that Nix adds, in both directions', { skip }, async () => {
  const [ours, theirs] = [newRoot(), newRoot()]
  const trees = fc.sample(anyTree, { numRuns: 25, seed: 3 })
  await using store = await openStore(ours)
  for (const [index, tree] of trees.entries()) {
    const place = join(folder, `tree-${index}`)
    restoreTree(tree, place)
    const info = await addSource(store, `tree-${index}`, tree)
    const [added] = await nix.store(theirs, '--add', place)
    assert.equal(added, logical(info.path))
    using reader = openReader(theirs)
    assert.deepEqual(reader.info(info.path), info)
    const nar = gather(writeNar(tree))
    assert.deepEqual(gather(writeNar(reader.tree(info.path))), nar)
    assert.equal(await nix.run('nix', 'hash', 'path', store.physical(info.path)), formatSri(digestOf(nar)))
  }
  assert.deepEqual(await infosOf(ours), await infosOf(theirs))
  await nix.store(ours, '--verify', '--check-contents')
})

test('store: the database has the tables, keys, indices and triggers of a new Nix store', { skip }, async () => {
  const [ours, theirs] = [newRoot(), newRoot()]
  await using _store = await openStore(ours)
  await nix.store(theirs, '--init')
  assert.deepEqual(shapeOf(layoutOf(ours).database), shapeOf(layoutOf(theirs).database))
})

test('store: Nix verifies every kind of object, and detects a modified one', { skip }, async () => {
  const root = newRoot()
  await using store = await openStore(root)
  const { path } = await addSome(store)
  await nix.store(root, '--verify', '--check-contents')
  chmodSync(store.physical(path), 0o644)
  writeFileSync(store.physical(path), 'other bytes')
  await assert.rejects(nix.store(root, '--verify', '--check-contents'), /was modified/)
})

test('store: Nix copies closures out of it, and slipway reads the copies', { skip }, async () => {
  const [ours, theirs] = [newRoot(), newRoot()]
  await using store = await openStore(ours)
  const info = await addSome(store)
  await nix.run('nix', 'copy', '--from', ours, '--to', theirs, '--no-check-sigs', logical(info.path))
  using reader = openReader(theirs)
  assert.deepEqual(reader.info(info.path), info)
  for (const path of info.references) assert.deepEqual(reader.info(path), store.info(path))
  assert.deepEqual(await nix.store(theirs, '-q', '--references', logical(info.path)), info.references.map(logical))
})

test('store: slipway sees what Nix writes to it', { skip }, async () => {
  const root = newRoot()
  await using store = await openStore(root)
  const place = join(folder, 'theirs')
  writeFileSync(place, 'by Nix')
  await nix.store(root, '--add-fixed', 'sha256', place)
  const path = fixedPath('theirs', digestOf('by Nix'))
  assert.equal(store.info(path)?.narHash, digestOfAll(writeNar(store.tree(path))))
})

test('store: Nix’s collector keeps the objects that a result link needs, and nothing else', { skip }, async () => {
  const root = newRoot()
  const link = join(folder, 'result')
  await using store = await openStore(root)
  const kept = await addSome(store)
  const loose = await addText(store, 'loose')
  await store.keep(link, kept.path)
  await nix.store(root, '--gc')
  assert.deepEqual(await valid(root), kept.references.map(logical))
  assert.equal(store.info(loose.path), undefined)
  rmSync(link)
})

test('store: Nix can use the database written for an image', { skip }, async () => {
  const [root, copy] = [newRoot(), newRoot()]
  await using store = await openStore(root)
  const info = await addSome(store)
  const infos = [info, ...info.references.flatMap((path) => store.info(path) ?? [])]
  await nix.store(copy, '--init')
  rmSync(layoutOf(copy).database)
  writeDatabase(layoutOf(copy).database, infos)
  assert.deepEqual(
    await infosOf(copy),
    (await infosOf(root)).filter(({ path }) => infos.some((each) => logical(each.path) === path)),
  )
})

async function addSome(store: Store): Promise<PathInfo> {
  const source = await addSource(store, 'source', memoryTree({ 'bin/x': executable('x'), e: directory() }))
  const fixed = digestOf('download')
  const download = await store.addFile(fixedPath('download', fixed), [Buffer.from('download')], {
    fixed,
    candidates: [],
  })
  const path = recipePath('some', 1)
  const text = [source.path, download.path, path].map(logical).join('\n')
  const candidates = [source.path, download.path, path]
  return store.addFile(path, [Buffer.from(text)], { candidates })
}

async function valid(root: string): Promise<readonly string[]> {
  return (await infosOf(root)).map(({ path }) => path)
}

interface NixInfo {
  readonly path: string
}

/** Nix's records of all objects, by path; without the time at which it registered them itself. */
async function infosOf(root: string): Promise<readonly NixInfo[]> {
  const infos: (NixInfo & { registrationTime?: number })[] = JSON.parse(
    await nix.run('nix', 'path-info', '--store', root, '--all', '--json'),
  )
  for (const info of infos) delete info.registrationTime
  return infos.sort((a, b) => (a.path < b.path ? -1 : 1))
}

function shapeOf(file: string): unknown {
  using database = new DatabaseSync(file, { readOnly: true })
  const all = (sql: string): unknown[] =>
    database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }))
  const tables = ['ValidPaths', 'Refs', 'DerivationOutputs']
  return {
    names: all('select type, name, tbl_name from sqlite_schema order by type, name'),
    columns: tables.map((table) => all(`pragma table_info(${table})`)),
    keys: tables.map((table) => all(`pragma foreign_key_list(${table})`)),
    indices: tables.map((table) => all(`pragma index_list(${table})`)),
    columnsOfIndices: ['IndexReferrer', 'IndexReference', 'IndexDerivationOutputs'].map((index) =>
      all(`pragma index_info(${index})`),
    ),
    triggers: all(
      "select lower(replace(replace(sql, char(10), ''), ' ', '')) as sql from sqlite_schema where type = 'trigger'",
    ),
    journal: all('pragma journal_mode'),
  }
}

/** Without names that have others below them, except directories. */
function withoutClashes(items: Readonly<Record<string, Item>>): ReadonlyMap<EntryPath, Item> {
  const names = Object.keys(items)
  const free = names.filter((name) => !names.some((other) => other.startsWith(`${name}/`)))
  return new Map(free.map((name) => [entryPathOf(name), items[name] ?? directory()]))
}
