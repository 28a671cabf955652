import assert from 'node:assert/strict'
import { test } from 'node:test'
import { path, show } from '../tree/path.ts'
import { isAlias, mergedDirectory, mergedPath } from './merged-usr.ts'

test('merged /usr: names below an alias move; the alias itself and all others stay', () => {
  const names = ['bin/sh', 'lib64/ld.so', 'libx32/a/b', 'bin', 'binary/x', 'usr/bin/sh', 'library', 'etc/lib/x', '']
  assert.deepEqual(
    names.map((name) => show(mergedPath(path(name)))),
    ['usr/bin/sh', 'usr/lib64/ld.so', 'usr/libx32/a/b', 'bin', 'binary/x', 'usr/bin/sh', 'library', 'etc/lib/x', ''],
  )
  assert.deepEqual(['bin', 'lib32', 'var/run', 'usr', 'bin/x', 'var'].map(isAlias), [
    true,
    true,
    true,
    false,
    false,
    false,
  ])
})

test('merged /usr: files in /var/run and /var/lock move to /run', () => {
  const names = ['var/run/x', 'var/lock/y/z', 'var/running', 'var/lock']
  assert.deepEqual(
    names.map((name) => show(mergedPath(path(name)))),
    ['run/x', 'run/lock/y/z', 'var/running', 'var/lock'],
  )
})

test('merged /usr: an alias as a directory is its target', () => {
  const names = ['lib', 'lib/x', 'var/lock', 'opt']
  assert.deepEqual(
    names.map((name) => show(mergedDirectory(path(name)))),
    ['usr/lib', 'usr/lib/x', 'run/lock', 'opt'],
  )
})
