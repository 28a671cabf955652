import assert from 'node:assert/strict'
import { test } from 'node:test'
import { broughtBy } from '../../report/requirements.ts'
import { type RecordedFields, recordedRequirements } from './requirements.ts'

const record = (name: string, depends: string = '', provides: string = ''): RecordedFields => ({
  name,
  depends,
  provides,
})

function brought(records: readonly RecordedFields[]): object {
  const names = records.map(({ name }) => name)
  return Object.fromEntries(broughtBy(names, recordedRequirements(records)))
}

test('requirements: a package is brought by every unneeded package that needs it', () => {
  const records = [
    record('curl', 'libc6 (>= 2.34), libssl3 (>= 3.0.0)'),
    record('redis', 'libssl3:any, libc6'),
    record('libssl3', 'libc6'),
    record('libc6'),
  ]
  assert.deepEqual(brought(records), {
    curl: ['curl'],
    redis: ['redis'],
    libssl3: ['curl', 'redis'],
    libc6: ['curl', 'redis'],
  })
})

test('requirements: of several alternatives the first installed one counts, by name or as provided', () => {
  const records = [
    record('base', 'awk, absent | second | third'),
    record('mawk', '', 'awk (= 1), other'),
    record('second'),
    record('third'),
  ]
  assert.deepEqual(brought(records), { base: ['base'], mawk: ['base'], second: ['base'], third: ['third'] })
})

test('requirements: packages in a cycle are brought by a package that needs one of them, otherwise by the first of them', () => {
  const circle = [record('libc6', 'libgcc-s1'), record('libgcc-s1', 'libc6')]
  assert.deepEqual(brought(circle), { libc6: ['libc6'], 'libgcc-s1': ['libc6'] })
  assert.deepEqual(brought([...circle, record('hello', 'libgcc-s1')]), {
    libc6: ['hello'],
    'libgcc-s1': ['hello'],
    hello: ['hello'],
  })
})
