import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MemberSpec, tarOf } from '../../../test/support/tar-of.ts'
import { contentOf, gather } from '../../base/bytes.ts'
import { indexTar } from '../../format/tar/read.ts'
import { type Entry, hasMetadata, plain } from '../../tree/entry.ts'
import { path } from '../../tree/path.ts'
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

test('tar entries: canonical order, whatever the order of the archive', () => {
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

test('tar entries: of two members at one path the last wins', () => {
  assert.deepEqual(
    entriesOf([
      ['a', '1'],
      ['a', { symlink: 'x' }],
      ['a', '2'],
    ]),
    ['a=2'],
  )
})

test('tar entries: a directory that becomes a file loses its contents, and back again', () => {
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

test('tar entries: a hard link keeps what its target was at that point', () => {
  assert.deepEqual(
    entriesOf([
      ['z', 'old'],
      ['a', { hardlink: 'z' }],
      ['z', 'new'],
    ]),
    ['a=old', 'z=new'],
  )
})

test('tar entries: a hard link to a target outside the archive remains a link', () => {
  assert.deepEqual(entriesOf([['a', { hardlink: 'lower' }]]), ['a=>lower'])
})

test('tar entries: names are resolved through preceding links, inside the root', () => {
  const usr: MemberSpec = ['usr/bin/', '']
  for (const target of ['usr/bin', '/usr/bin', '../../usr/bin', './usr/../usr/bin']) {
    const made = entriesOf([usr, ['bin', { symlink: target }], ['bin/tool', '1'], ['bin/.wh.old', '']])
    assert.deepEqual(made, [`bin->${target}`, 'usr/bin directory', 'usr/bin/old whiteout', 'usr/bin/tool=1'])
  }
  assert.deepEqual(
    entriesOf([
      ['up', { symlink: '../..' }],
      ['up/x', '1'],
      ['y', { hardlink: 'up/x' }],
    ]),
    ['up->../..', 'x=1', 'y=>x'],
  )
  assert.deepEqual(
    entriesOf([
      ['bin', { symlink: 'usr/bin' }],
      ['bin/tool', '1'],
    ]),
    ['bin->usr/bin', 'usr/bin/tool=1'],
  )
})

test('tar entries: a link or file replaces a directory, a directory replaces a link', () => {
  assert.deepEqual(
    entriesOf([
      ['bin/tool', '1'],
      ['bin', { symlink: 'usr' }],
    ]),
    ['bin->usr'],
  )
  assert.deepEqual(
    entriesOf([
      ['usr/bin/', ''],
      ['bin', { symlink: 'usr/bin' }],
      ['bin/', ''],
      ['bin/tool', '1'],
    ]),
    ['bin directory', 'bin/tool=1', 'usr/bin directory'],
  )
})

test('tar entries: the last header of an object wins; a symbolic link keeps its mode and time', () => {
  const header = { uid: 3, gid: 4, uname: 'u', gname: 'g', mtime: 99 }
  const metadata = (members: readonly MemberSpec[], mode: number): readonly unknown[] => {
    const found = tarEntries(() => contentOf(''))
    const all = [...indexTar([tarOf(members)])]
    for (const [index, member] of all.entries())
      found.add(index === all.length - 1 ? { ...member, metadata: plain(mode, header) } : member)
    const [entry] = found.entries()
    return entry !== undefined && hasMetadata(entry) ? [entry.kind, entry.metadata] : []
  }
  assert.deepEqual(
    metadata(
      [
        ['a', '1'],
        ['b', { hardlink: 'a' }],
      ],
      0o755,
    ),
    ['file', plain(0o755, header)],
  )
  const { mtime: _mtime, ...owner } = header
  assert.deepEqual(
    metadata(
      [
        ['a', { symlink: 'x' }],
        ['b', { hardlink: 'a' }],
      ],
      0o755,
    ),
    ['symlink', plain(0o644, owner)],
  )
})

test('tar entries: replacing directories takes time linear in their number', () => {
  const steps = (count: number): number => {
    const members = Array.from(
      { length: count },
      (_, number) =>
        [
          [`d${number}/`, ''],
          [`d${number}/x`, ''],
          [`d${number}`, ''],
        ] as const,
    )
    const all = [...indexTar([tarOf(members.flat())])]
    const start = performance.now()
    const found = tarEntries(() => contentOf(''))
    for (const member of all) found.add(member)
    assert.equal(found.entries().length, count)
    return performance.now() - start
  }
  steps(500)
  const [few, many] = [steps(2000), steps(16_000)]
  assert.ok(many < few * 40, `${few} ms, then ${many} ms`)
})

test('tar entries: an archive that implies far more directories than it contains is refused before they fill memory', () => {
  const found = tarEntries(() => contentOf(''))
  const [member] = indexTar([tarOf([['x', '']])])
  assert.ok(member)
  const deep = (number: number) => ({ ...member, path: path(`${number}/${'a/'.repeat(2000)}x`) })
  assert.throws(
    () => {
      for (let number = 0; number < 1000; number++) found.add(deep(number))
    },
    { code: 'archive.invalid', message: /directory paths that it does not contain/ },
  )
})

test('tar entries: a hard link to a directory, a name below a file and a cycle of links are refused', () => {
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
        ['a', 'x'],
        ['b', { symlink: 'a' }],
        ['b/x', 'x'],
      ]),
    { code: 'archive.invalid', message: /"b\/x" is below "a", which is not a directory/ },
  )
  assert.throws(
    () =>
      entriesOf([
        ['a', { symlink: 'b' }],
        ['b', { symlink: 'a' }],
        ['a/x', 'x'],
      ]),
    { code: 'archive.invalid', message: /"a\/x" leads through a cycle of links/ },
  )
})

test('tar entries: a whiteout beside a file has no effect, beside a directory it hides lower contents', () => {
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
