import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { lines } from '../../test/support/trees.ts'
import { contentOf } from '../base/bytes.ts'
import { diskTree } from './disk.ts'
import { type Entry, plain } from './entry.ts'
import { device, directory, fifo, file, hardlink, memoryTree, symlink, whiteout } from './memory.ts'
import { path } from './path.ts'
import { Restorer, restoreTree } from './restore.ts'
import { asStoreObject, standIn } from './transform.ts'
import { emptyTree, treeOf } from './tree.ts'

const folder = temporaryFolder()
let count = 0
const newPlace = (): string => join(folder, `place-${count++}`)
const isRoot = process.getuid?.() === 0

const everything = memoryTree({
  '': directory({ mode: 0o750, mtime: 99 }),
  'a/b/x': file('1', { mode: 0o4711, mtime: 5 }),
  'a/c': hardlink('a/b/x'),
  'a/l': symlink('/nowhere', { mtime: 7 }),
  closed: directory({ mode: 0o555, mtime: 11 }),
  'closed/x': file('', { mode: 0o400 }),
})

test('restore: reading back gives what was written, including times of directories', () => {
  const place = newPlace()
  restoreTree(everything, place)
  const again = diskTree(place, { hardLinks: 'keep', times: true })
  assert.deepEqual(lines(again), lines(everything))
  for (const [name, mtime] of [
    ['', 99],
    ['a/b/x', 5],
    ['a/l', 7],
    ['closed', 11],
    ['closed/x', 1],
  ] as const)
    assert.equal(lstatSync(join(place, name)).mtimeMs, mtime * 1000, name)
})

test('restore: modes are exact whatever the umask', () => {
  const place = newPlace()
  const before = process.umask(0o077)
  try {
    restoreTree(memoryTree({ a: file('', { mode: 0o666 }), 'd/x': file('') }), place)
  } finally {
    process.umask(before)
  }
  assert.deepEqual(lines(diskTree(place)).slice(0, 3), [
    'directory / 755 0:0',
    'file /a 666 0:0 ""',
    'directory /d 755 0:0',
  ])
})

test('restore: a store object is read-only, mtime 1', () => {
  const place = newPlace()
  restoreTree(asStoreObject(everything), place)
  assert.deepEqual(
    readdirSync(place).map((name) => (statSync(join(place, name)).mode & 0o7777).toString(8)),
    ['555', '555'],
  )
  assert.equal(statSync(join(place, 'closed/x')).mtimeMs, 1000)
})

test('restore: a tree of one file, of one link, and of nothing', () => {
  const [one, two, none] = [newPlace(), newPlace(), newPlace()]
  restoreTree(memoryTree({ '': file('x') }), one, { fsync: true })
  restoreTree(memoryTree({ '': symlink('y') }), two)
  restoreTree(emptyTree, none, { fsync: true })
  assert.deepEqual(
    [lines(diskTree(one)), lines(diskTree(two)), lines(diskTree(none))],
    [['file / 644 0:0 "x"'], ['symlink / 777 0:0 -> y'], ['directory / 755 0:0']],
  )
})

test('restore: into an existing directory, whose contents stay, and whose permissions stay unless the tree sets them', () => {
  const place = newPlace()
  mkdirSync(join(place, 'd'), { recursive: true })
  chmodSync(join(place, 'd'), 0o711)
  writeFileSync(join(place, 'd/old'), 'old')
  restoreTree(treeOf([entryOf('d/new')]), place)
  assert.deepEqual(readdirSync(join(place, 'd')), ['new', 'old'])
  assert.equal(statSync(join(place, 'd')).mode & 0o777, 0o711)
})

function entryOf(name: string): Entry {
  return { kind: 'file', path: path(name), metadata: plain(0o644), content: contentOf('evil') }
}

test('restore: never through an existing link, nor over a file', () => {
  const [place, outside] = [newPlace(), newPlace()]
  mkdirSync(place)
  mkdirSync(outside)
  symlinkSync(outside, join(place, 'd'))
  writeFileSync(join(place, 'f'), 'mine')
  for (const tree of [
    memoryTree({ 'd/x': file('evil') }),
    memoryTree({ d: file('evil') }),
    memoryTree({ f: file('evil') }),
    memoryTree({ f: symlink('x') }),
    memoryTree({ 'f/x': file('') }),
  ])
    assert.throws(() => restoreTree(tree, place), { code: 'disk.occupied' })
  assert.deepEqual([readdirSync(outside), readFileSync(join(place, 'f'), 'utf8')], [[], 'mine'])
})

test('restore: never through a link from the tree itself, for files, directories and hard links', () => {
  const outside = newPlace()
  mkdirSync(outside)
  writeFileSync(join(outside, 'secret'), 'secret')
  const link: Entry = { kind: 'symlink', path: path('a'), metadata: plain(0o777), target: outside }
  for (const evil of [entryOf('a/x'), standIn(path('a')), entryOf('a/b/c')])
    assert.throws(() => restoreTree(treeOf([link, evil]), newPlace()), { code: 'disk.occupied' })
  const hard: Entry = { kind: 'hardlink', path: path('b'), target: path('a/secret') }
  assert.throws(() => restoreTree(treeOf([link, hard]), newPlace()), { code: 'disk.unsupported-entry' })
  assert.deepEqual(readdirSync(outside), ['secret'])
  assert.equal(statSync(join(outside, 'secret')).nlink, 1)
})

test('restore: a link at the target itself is not followed', () => {
  const [place, outside] = [newPlace(), newPlace()]
  mkdirSync(outside)
  symlinkSync(outside, place)
  assert.throws(() => restoreTree(memoryTree({ x: file('') }), place), { code: 'disk.occupied' })
  assert.throws(() => restoreTree(memoryTree({ '': file('') }), place), { code: 'disk.occupied' })
  assert.deepEqual(readdirSync(outside), [])
})

test('restore: devices and pipes are refused, or skipped on request; whiteouts are always refused', () => {
  const special = memoryTree({ a: device('char', { major: 1, minor: 3 }), b: fifo(), c: file('') })
  assert.throws(() => restoreTree(special, newPlace()), { code: 'disk.unsupported-entry', message: /"a" is a device/ })
  const place = newPlace()
  restoreTree(special, place, { devices: 'skip' })
  assert.deepEqual(readdirSync(place), ['c'])
  assert.throws(() => restoreTree(memoryTree({ a: whiteout() }), newPlace(), { devices: 'skip' }), {
    code: 'disk.unsupported-entry',
  })
})

test('restore: a directory that cannot be created is an error', () => {
  assert.throws(() => restoreTree(emptyTree, join(newPlace(), 'x')), { code: 'disk.unwritable', message: /ENOENT/ })
})

test('restore: owners are set on request, and setuid bits survive', {
  skip: isRoot ? false : 'only root may',
}, () => {
  const place = newPlace()
  restoreTree(
    memoryTree({
      a: file('', { mode: 0o4755, uid: 7, gid: 8 }),
      d: directory({ uid: 9 }),
      l: symlink('a', { uid: 10 }),
    }),
    place,
    { owners: true },
  )
  assert.deepEqual(lines(diskTree(place, { owners: true })).slice(1), [
    'file /a 4755 7:8 ""',
    'directory /d 755 9:0',
    'symlink /l 777 10:0 -> a',
  ])
})

test('restorer: closes open files when it is disposed early', () => {
  const place = newPlace()
  {
    using restorer = new Restorer(place)
    restorer.take({ kind: 'file', path: path('a'), metadata: plain(0o644), size: 2 })
    restorer.take({ kind: 'bytes', bytes: Buffer.from('1') })
    assert.throws(() => restorer.finish(), /1 bytes of a are missing/)
    assert.throws(() => restorer.take({ kind: 'bytes', bytes: Buffer.from('123') }), /more bytes/)
  }
  assert.ok(existsSync(join(place, 'a')))
})
