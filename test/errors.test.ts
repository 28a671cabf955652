/** Every error code is listed once, explained in docs/errors.md, and raised by some test. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { codes } from '../src/base/error.ts'

const root = join(import.meta.dirname, '..')
const rows = [...readFileSync(join(root, 'docs/errors.md'), 'utf8').matchAll(/^\| `([^`]+)` \| (.+) \| (.+) \|$/gm)]

test('codes are sorted and unique', () => {
  assert.deepEqual([...codes], [...new Set(codes)].sort())
})

test('docs/errors.md has exactly one row for each code, sorted', () => {
  assert.deepEqual(
    rows.map((row) => row[1]),
    [...codes],
  )
  assert.ok(rows.every(([, , when, remedy]) => when?.trim() !== '' && remedy?.trim() !== ''))
})

test('every code is raised by a test', () => {
  const tests = globSync(['src/**/*.test.ts', 'test/**/*.ts'], { cwd: root })
    .filter((file) => !file.endsWith('test/errors.test.ts'))
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n')
  assert.deepEqual(
    codes.filter((code) => !tests.includes(`'${code}'`)),
    [],
  )
})

test('every code of the list is used in src', () => {
  const sources = globSync('src/**/*.ts', { cwd: root })
    .filter((file) => !file.endsWith('.test.ts') && file !== 'src/base/error.ts')
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n')
  assert.deepEqual(
    codes.filter((code) => !sources.includes(`'${code}'`)),
    [],
  )
})
