import assert from 'node:assert/strict'
import { test } from 'node:test'
import { path, show } from '../tree/path.ts'
import { isAlias, mergedPath } from './merged-usr.ts'

test('merged /usr: names below an alias move, the alias itself and all others stay', () => {
  const moved = ['bin/sh', 'lib64/ld.so', 'libx32/a/b', 'bin', 'binary/x', 'usr/bin/sh', 'library', 'etc/lib/x', '']
  assert.deepEqual(
    moved.map((name) => show(mergedPath(path(name)))),
    ['usr/bin/sh', 'usr/lib64/ld.so', 'usr/libx32/a/b', 'bin', 'binary/x', 'usr/bin/sh', 'library', 'etc/lib/x', ''],
  )
  assert.deepEqual(['bin', 'lib32', 'usr', 'bin/x'].map(isAlias), [true, true, false, false])
})
