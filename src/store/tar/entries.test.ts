import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MemberSpec, tarOf } from '../../../test/support/tar-of.ts'
import { contentOf, gather } from '../../base/bytes.ts'
import { indexTar } from '../../format/tar/read.ts'
import type { Entry } from '../../tree/entry.ts'
import { tarEntries } from './entries.ts'

function entriesOf(members: readonly MemberSpec[]): readonly string[] {
  const bytes = tarOf(members)
  const found = tarEntries(({ contentOffset, size }) => contentOf(bytes.subarray(contentOffset, contentOffset + size)))
  for (const member of indexTar([bytes])) found.add(member)
  return found.entries().map(shown)
}

function shown(entry: Entry): string {
  if (entry.kind === 'file') return `${entry.path}=${Buffer.from(gather(entry.content.open())).toString()}`
  if (entry.kind === 'hardlink') return `${entry.path}=>${entry.target}`
  return entry.kind === 'symlink' ? `${entry.path}->${entry.target}` : `${entry.path} ${entry.kind}`
}

test('tar entries: whatever the order of the archive, entries come in canonical order', () => {
  assert.deepEqual(
    entriesOf([
      ['b/c', '1'],
      ['b.d', '2'],
      ['./b/', ''],
      ['a', '3'],
    ]),
    ['a=3', 'b directory', 'b/c=1', 'b.d=2'],
  )
})

test('tar entries: of two members at one path the last stays', () => {
  assert.deepEqual(
    entriesOf([
      ['a', '1'],
      ['a', { symlink: 'x' }],
      ['a', '2'],
    ]),
    ['a=2'],
  )
})

test('tar entries: a directory that becomes a file takes all below it along, and back again', () => {
  assert.deepEqual(
    entriesOf([
      ['a/', ''],
      ['a/b', '1'],
      ['a', '2'],
    ]),
    ['a=2'],
  )
  assert.deepEqual(
    entriesOf([
      ['a', '2'],
      ['a/', ''],
      ['a/b', '1'],
    ]),
    ['a directory', 'a/b=1'],
  )
})

test('tar entries: the first name in order carries the object, the others link to it', () => {
  assert.deepEqual(
    entriesOf([
      ['z', 'same'],
      ['a', { hardlink: 'z' }],
      ['m', { hardlink: 'a' }],
    ]),
    ['a=same', 'm=>a', 'z=>a'],
  )
})

test('tar entries: a hard link keeps what its target was when it came', () => {
  assert.deepEqual(
    entriesOf([
      ['z', 'old'],
      ['a', { hardlink: 'z' }],
      ['z', 'new'],
    ]),
    ['a=old', 'z=new'],
  )
})

test('tar entries: a hard link to what the archive does not hold stays one', () => {
  assert.deepEqual(entriesOf([['a', { hardlink: 'lower' }]]), ['a=>lower'])
})

test('tar entries: a hard link to a directory and a name below a file are refused', () => {
  assert.throws(
    () =>
      entriesOf([
        ['d/', ''],
        ['a', { hardlink: 'd' }],
      ]),
    { code: 'archive.invalid', message: /leads to the directory "d"/ },
  )
  assert.throws(
    () =>
      entriesOf([
        ['a', { symlink: '/etc' }],
        ['a/passwd', 'x'],
      ]),
    { code: 'archive.invalid', message: /"a\/passwd" lies below "a"/ },
  )
})

test('tar entries: a whiteout beside a file says nothing, beside a directory it hides what is below', () => {
  assert.deepEqual(
    entriesOf([
      ['.wh.gone', ''],
      ['.wh.file', ''],
      ['file', '1'],
      ['.wh.dir', ''],
      ['dir/', ''],
      ['other/', ''],
      ['other/.wh..wh..opq', ''],
    ]),
    ['dir directory', 'dir opaque', 'file=1', 'gone whiteout', 'other directory', 'other opaque'],
  )
})
