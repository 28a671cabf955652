import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownCodePatterns } from './patterns.ts'

const always = ['/result', '/result-*', 'node_modules', '.git', '.npmrc', '.env*']

test('everything is taken but what is never part of an image', () => {
  assert.deepEqual(ownCodePatterns({ paths: ['', 'libs/a'], ignore: [], project: '' }), always)
})

test('chosen files are taken alone, with each directory above them', () => {
  assert.deepEqual(
    ownCodePatterns({ paths: ['package.json', 'dist', 'dist/inner', 'a/b[1]/c'], ignore: [], project: '' }),
    [
      ...['/*', '!/a', '/a/*', '!/a/b\\[1\\]', '/a/b\\[1\\]/*'],
      ...['!/package.json', '!/dist', '!/a/b\\[1\\]/c'],
      ...always,
    ],
  )
})

test('patterns of a workspace are relative to it', () => {
  const ignore = ['*.test.ts', '/tmp/', '!docs/a.md', '# comment', '']
  assert.deepEqual(ownCodePatterns({ paths: ['apps/api', 'libs/shared'], ignore, project: 'apps/api' }), [
    ...['/*', '!/apps', '/apps/*', '!/libs', '/libs/*', '!/apps/api', '!/libs/shared', '/result', '/result-*'],
    ...['/apps/api/result', '/apps/api/result-*'],
    ...['/apps/api/**/*.test.ts', '/apps/api/tmp/', '!/apps/api/docs/a.md', '# comment', ''],
    ...always.slice(2),
  ])
})
