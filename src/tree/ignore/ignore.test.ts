import assert from 'node:assert/strict'
import { test } from 'node:test'
import { path } from '../path.ts'
import { type Fate, type IgnoreRules, ignoring } from './ignore.ts'

/** Result for each name; a name that ends in "/" is a directory. */
function fates(names: readonly string[], rules: IgnoreRules, files: Readonly<Record<string, string>> = {}): Fate[] {
  const fateOf = ignoring(rules, { read: (at) => files[at], place: (at) => `/app/${at}` })
  return names.map((name) => fateOf(path(name), name.endsWith('/')))
}

test('ignore: without rules, everything is kept', () => {
  assert.deepEqual(fates(['a', '.git/'], {}), ['keep', 'keep'])
})

test('ignore: patterns of a list are relative to the root only', () => {
  assert.deepEqual(fates(['a', 'x/a', 'x/b'], { patterns: ['/a', 'x/b'] }), ['leave', 'keep', 'leave'])
})

test('ignore: a pattern of a list may contain any characters, in UTF-8', () => {
  assert.deepEqual(fates(['naïve', 'naiv'], { patterns: ['*ï*'] }), ['leave', 'keep'])
})

test('ignore: with .gitignore, .git is ignored everywhere; without it, .git is kept', () => {
  assert.deepEqual(fates(['.git/', 'x/.git'], { files: ['.gitignore'] }), ['leave', 'leave'])
  assert.deepEqual(fates(['.git/'], { files: ['.dockerignore'] }), ['keep'])
})

test('ignore: each list is independent', () => {
  const files = { '.gitignore': 'dist\n', '.dockerignore': '*.map\n' }
  const rules = { patterns: ['!dist', '*.test.js'], files: ['.gitignore', '.dockerignore'] }
  assert.deepEqual(fates(['dist/', 'a.map', 'a.test.js', 'a.js'], rules, files), ['leave', 'leave', 'leave', 'keep'])
})

test('ignore: a directory that .dockerignore ignores is searched if an exception may be below it', () => {
  const names = ['src/', 'src/app/', 'src/lib/', 'src/app/main.ts', 'src/readme', 'docs/']
  const rules = { files: ['.dockerignore'] }
  assert.deepEqual(fates(names, rules, { '.dockerignore': '*\n!src/app/main.ts\n' }), [
    ...['search', 'search', 'leave', 'keep', 'leave', 'leave'],
  ])
})

test('ignore: an exception with wildcards may be below any directory, as in BuildKit', () => {
  const rules = { files: ['.dockerignore'] }
  const fate = fates(['docs/', 'docs/keep.txt', 'docs/x'], rules, { '.dockerignore': 'docs\n!**/keep.txt\n' })
  assert.deepEqual(fate, ['search', 'keep', 'leave'])
})

test('ignore: in .dockerignore, ** at the start of a name matches any prefix', () => {
  const fate = fates(['b.log', 'x/b.log', 'b.logs'], { files: ['.dockerignore'] }, { '.dockerignore': '**.log\n' })
  assert.deepEqual(fate, ['leave', 'leave', 'keep'])
})

test('ignore: a file whose name ends in .dockerignore follows its rules', () => {
  const files = { 'api.dockerignore': 'x\n', 'y/api.dockerignore': 'z\n' }
  assert.deepEqual(fates(['x/y', 'y/x', 'y/z'], { files: ['api.dockerignore'] }, files), ['leave', 'keep', 'keep'])
})

test('ignore: a malformed pattern in .dockerignore is reported with its line', () => {
  for (const pattern of ['!', 'a[', '[z-a]'])
    assert.throws(() => fates(['a'], { files: ['.dockerignore'] }, { '.dockerignore': `# x\n${pattern}\n` }), {
      code: 'argument.invalid',
      message: `/app/.dockerignore:2: ${JSON.stringify(pattern)} is not a valid pattern. Correct it; docs.docker.com describes .dockerignore files.`,
    })
})

test('ignore: patterns with many wildcards are decided at once, and as usual', () => {
  const stars = `${'*a'.repeat(20)}b`
  const directories = `${'**/a/'.repeat(20)}b`
  const [long, deep] = ['a'.repeat(250), 'a/'.repeat(100)]
  const names = [long, `${long}b`, `${long}/b`, `${deep}c`, `${deep}b`, `${deep}b/c/`]
  for (const name of ['.gitignore', '.dockerignore']) {
    const fate = fates(names, { files: [name] }, { [name]: `${stars}\n${directories}\n${'*/'.repeat(100)}?/c\n` })
    assert.deepEqual(fate, ['keep', 'leave', 'keep', 'keep', 'leave', 'leave'])
  }
  const some = fates(['a/x/b/y/c1', 'a/b/c', 'a/xb/c', 'ä/😀/b'], { patterns: ['**/a/**/b/**/c*', '*/?*?*/**/b'] })
  assert.deepEqual(some, ['leave', 'leave', 'keep', 'leave'])
})
