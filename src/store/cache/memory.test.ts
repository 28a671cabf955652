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

test('what is remembered is known when opened again', () => {
  const file = newFile()
  {
    using memory = openMemory(file)
    memory.rememberLayer(recipe, { diffId: digestOf('old'), size: 1 })
    memory.rememberLayer(recipe, { diffId: digestOf('diff'), size: 3_000_000_000 })
    memory.rememberFact('kind', 'key', 'value')
    memory.rememberFact('kind', 'gone', 'value')
    memory.forgetFact('kind', 'gone')
    memory.rememberFact('other', 'key', 'other')
  }
  using memory = openMemory(file)
  assert.deepEqual(memory.layer(recipe), { diffId: digestOf('diff'), size: 3_000_000_000 })
  assert.equal(memory.layer(digestOf('unknown')), undefined)
  assert.equal(memory.fact('kind', 'key'), 'value')
  assert.deepEqual(memory.facts('kind'), [{ key: 'key', value: 'value' }])
})

test('two who have it open see what the other remembers', () => {
  const file = newFile()
  using one = openMemory(file)
  using two = openMemory(file)
  one.rememberFact('kind', 'key', 'one')
  two.rememberFact('kind', 'key', 'two')
  assert.equal(one.fact('kind', 'key'), 'two')
})

test('a damaged file, another version and another program’s file are made afresh', () => {
  for (const damage of [
    (file: string) => writeFileSync(file, 'no database '.repeat(1000)),
    (file: string) => sql(file, 'create table layer (recipe); pragma user_version = 2'),
    (file: string) => sql(file, 'create table theirs (x)'),
  ]) {
    const file = newFile()
    damage(file)
    using memory = openMemory(file)
    assert.equal(memory.fact('kind', 'key'), undefined)
    memory.rememberFact('kind', 'key', 'value')
    assert.equal(memory.fact('kind', 'key'), 'value')
  }
})

test('without a file that can be opened nothing is known and nothing fails', () => {
  using memory = openMemory(join(folder, 'absent', 'memory'))
  memory.rememberFact('kind', 'key', 'value')
  assert.equal(memory.fact('kind', 'key'), undefined)
  assert.deepEqual(memory.facts('kind'), [])
})

function sql(file: string, statements: string): void {
  using database = new DatabaseSync(file)
  database.exec(statements)
}
