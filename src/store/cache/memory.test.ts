import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { temporaryFolder } from '../../../test/support/temporary.ts'
import { digestOf } from '../../base/digest.ts'
import { openMemory } from './memory.ts'

const folder = temporaryFolder()
let count = 0
const newFile = (): string => join(folder, `${count++}.sqlite`)
const recipe = digestOf('recipe')

const open = (file: string) => openMemory(file, { lockFile: `${file}.lock` })

test('memory: facts persist across reopening', async () => {
  const file = newFile()
  {
    using memory = await open(file)
    memory.rememberLayer(recipe, { diffId: digestOf('old'), size: 1 })
    memory.rememberLayer(recipe, { diffId: digestOf('diff'), size: 3_000_000_000 })
    memory.rememberFact('kind', 'key', 'value')
    memory.rememberFact('kind', 'gone', 'value')
    memory.forgetFact('kind', 'gone')
    memory.rememberFact('other', 'key', 'other')
  }
  using memory = await open(file)
  assert.deepEqual(memory.layer(recipe), { diffId: digestOf('diff'), size: 3_000_000_000 })
  assert.equal(memory.layer(digestOf('unknown')), undefined)
  assert.equal(memory.fact('kind', 'key'), 'value')
  assert.deepEqual(memory.facts('kind'), [{ key: 'key', value: 'value' }])
})

test('memory: two connections see each other’s facts', async () => {
  const file = newFile()
  using one = await open(file)
  using two = await open(file)
  one.rememberFact('kind', 'key', 'one')
  two.rememberFact('kind', 'key', 'two')
  assert.equal(one.fact('kind', 'key'), 'two')
})

test('memory: a damaged file, another version or another program’s file is recreated', async () => {
  for (const damage of [
    (file: string) => writeFileSync(file, 'no database '.repeat(1000)),
    (file: string) => sql(file, 'create table layer (recipe); pragma user_version = 2'),
    (file: string) => sql(file, 'create table theirs (x)'),
  ]) {
    const file = newFile()
    damage(file)
    using memory = await open(file)
    assert.equal(memory.fact('kind', 'key'), undefined)
    memory.rememberFact('kind', 'key', 'value')
    assert.equal(memory.fact('kind', 'key'), 'value')
  }
})

test('memory: a file that another process has locked is not treated as damaged', async () => {
  const file = newFile()
  {
    using memory = await open(file)
    memory.rememberFact('kind', 'key', 'value')
  }
  {
    using other = new DatabaseSync(file)
    other.exec('pragma locking_mode = exclusive; begin exclusive')
    using memory = await openMemory(file, { lockFile: `${file}.lock`, busyMilliseconds: 1 })
    assert.equal(memory.fact('kind', 'key'), undefined)
  }
  using memory = await open(file)
  assert.equal(memory.fact('kind', 'key'), 'value')
})

test('memory: without a usable file nothing is remembered and nothing fails', async () => {
  using memory = await open(join(folder, 'absent', 'memory'))
  memory.rememberFact('kind', 'key', 'value')
  assert.equal(memory.fact('kind', 'key'), undefined)
  assert.deepEqual(memory.facts('kind'), [])
})

function sql(file: string, statements: string): void {
  using database = new DatabaseSync(file)
  database.exec(statements)
}
