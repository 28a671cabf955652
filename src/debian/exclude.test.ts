import assert from 'node:assert/strict'
import { test } from 'node:test'
import { path } from '../tree/path.ts'
import { type Exclude, isExcluded } from './exclude.ts'

function excluded(names: readonly string[], exclude: readonly Exclude[]): readonly string[] {
  return names.filter((name) => isExcluded(path(name), exclude))
}

const names = [
  'usr/share/doc',
  'usr/share/doc/a',
  'usr/share/doc/a/copyright',
  'usr/share/doc/a/changelog.gz',
  'usr/share/doc/a/examples/copyright',
  'usr/share/info/a.info.gz',
  'usr/share/man/man1/a.1.gz',
  'usr/share/man/de/man1/a.1.gz',
  'usr/share/locale/de/LC_MESSAGES/a.mo',
  'usr/lib/locale/C.utf8/LC_CTYPE',
  'usr/share/documentation/a',
  'usr/bin/a',
]

test('exclude: documentation is removed; copyright files and directories of packages stay', () => {
  assert.deepEqual(excluded(names, ['doc']), [
    'usr/share/doc/a/changelog.gz',
    'usr/share/doc/a/examples/copyright',
    'usr/share/info/a.info.gz',
  ])
})

test('exclude: manual pages and translations of every language are removed; compiled locales stay', () => {
  assert.deepEqual(excluded(names, ['man', 'locale']), [
    'usr/share/man/man1/a.1.gz',
    'usr/share/man/de/man1/a.1.gz',
    'usr/share/locale/de/LC_MESSAGES/a.mo',
  ])
})

test('exclude: by default nothing is removed', () => {
  assert.deepEqual(excluded(names, []), [])
})
