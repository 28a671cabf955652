import assert from 'node:assert/strict'
import { statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { makeDirectories } from './make-directories.ts'

const noProc: string | false = process.platform === 'linux' ? false : 'needs /proc'

test('directories: missing ones are created with the mode, existing ones and links to them stay', () => {
  const folder = temporaryFolder()
  makeDirectories(join(folder, 'a/b/c'), 0o700)
  for (const each of ['a', 'a/b', 'a/b/c']) assert.equal(statSync(join(folder, each)).mode & 0o777, 0o700)
  symlinkSync('a', join(folder, 'link'))
  makeDirectories(join(folder, 'link'))
  makeDirectories(join(folder, 'link/d'), 0o700)
  assert.ok(statSync(join(folder, 'a/d')).isDirectory())
})

test('directories: a file or a dangling link in the way is an error', () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'file'), '')
  symlinkSync('nowhere', join(folder, 'link'))
  assert.throws(() => makeDirectories(join(folder, 'file')), { code: 'EEXIST' })
  assert.throws(() => makeDirectories(join(folder, 'file/below')), { code: 'ENOTDIR' })
  for (const each of ['link', 'link/below'])
    assert.throws(() => makeDirectories(join(folder, each)), { code: 'EEXIST' })
})

test('directories: where the system refuses new names, it is said at once', { skip: noProc }, () => {
  for (const each of ['/proc/new', '/proc/new/below', '/proc/self/fd/new'])
    assert.throws(() => makeDirectories(each), { code: 'ENOENT' })
})
