import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { temporaryFolder } from '../../../test/support/temporary.ts'
import { digestOf } from '../../base/digest.ts'
import type { PathInfo } from '../store.ts'
import { recipePath, type StorePath } from '../store-path.ts'
import { openDatabase, openDatabaseReadOnly, writeDatabase } from './database.ts'

const folder = temporaryFolder()
let count = 0
const newFile = (): string => join(folder, `${count++}.sqlite`)

const open = (file: string) => openDatabase(file, { lockFile: `${file}.lock` })

function info(name: string, references: readonly StorePath[] = []): PathInfo {
  return { path: recipePath(name, 1), narHash: digestOf(name), narSize: 3_000_000_000, references, signatures: [] }
}

test('database: objects registered together may refer to each other in any order', async () => {
  using database = await open(newFile())
  const [a, b] = [recipePath('a', 1), recipePath('b', 1)]
  database.register([info('a', [b]), info('b', [a, b].sort())])
  assert.deepEqual(database.info(a), info('a', [b]))
  assert.deepEqual(database.info(b), info('b', [a, b].sort()))
  assert.deepEqual(database.paths(), [a, b].sort())
})

test('database: one dangling reference registers none of them', async () => {
  using database = await open(newFile())
  const infos = [info('a'), info('b', [recipePath('absent', 1)])]
  assert.throws(() => database.register(infos), { code: 'store.dangling-reference' })
  assert.deepEqual(database.paths(), [])
})

test('database: registering again changes nothing', async () => {
  using database = await open(newFile())
  database.register([info('a')])
  database.register([{ ...info('a'), narSize: 1 }])
  assert.deepEqual(database.info(recipePath('a', 1)), info('a'))
})

test('database: objects are unregistered together with their references, cycles too', async () => {
  using database = await open(newFile())
  const [a, b] = [recipePath('a', 1), recipePath('b', 1)]
  database.register([info('a', [a, b].sort()), info('b', [a]), info('c')])
  assert.ok(database.info(a))
  database.forget([a, b])
  assert.deepEqual([database.info(a), database.paths()], [undefined, [recipePath('c', 1)]])
})

test('database: equal objects give the same bytes, in any order', () => {
  const [one, two] = [newFile(), newFile()]
  const infos = [info('a'), info('b', [recipePath('a', 1)]), info('c')]
  writeDatabase(one, infos)
  writeDatabase(two, infos.toReversed())
  assert.deepEqual(readFileSync(one), readFileSync(two))
})

test('database: an invalid row is an error', async () => {
  const file = newFile()
  const { [Symbol.dispose]: close } = await open(file)
  close()
  {
    using database = new DatabaseSync(file)
    database.exec("insert into ValidPaths (path, hash, registrationTime) values ('/elsewhere', 'x', 1)")
  }
  using database = openDatabaseReadOnly(file)
  assert.throws(() => database.paths(), { code: 'store.corrupt' })
})
