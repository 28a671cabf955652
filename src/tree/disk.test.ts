import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { treeContract } from '../../test/contract/tree.contract.ts'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { lines } from '../../test/support/trees.ts'
import { gather } from '../base/bytes.ts'
import { type DiskOptions, diskTree, wouldTake } from './disk.ts'
import { plain } from './entry.ts'
import { directory, executable, file, memoryTree, symlink } from './memory.ts'
import { entryPathOf } from './path.ts'
import { restoreTree } from './restore.ts'
import { writeXattrs } from './xattrs.ts'

const folder = temporaryFolder()
let count = 0
const newPlace = (): string => join(folder, `tree-${count++}`)

function restored(items: Parameters<typeof memoryTree>[0]): string {
  const place = newPlace()
  restoreTree(memoryTree(items), place)
  return place
}

function read(place: string, options: DiskOptions = {}): readonly string[] {
  const tree = diskTree(place, options)
  treeContract(tree)
  return lines(tree)
}

test('disk: every kind of entry, in byte order, with the root; owners and times are normalised', () => {
  const place = restored({
    '': directory({ mode: 0o700 }),
    'a.b': executable('x'),
    'a/x': file('', { mode: 0o4755, mtime: 77, uid: 5 }),
    'a-b': symlink('nowhere'),
    ä: file('ä'),
  })
  assert.deepEqual(read(place), [
    'directory / 700 0:0',
    'directory /a 755 0:0',
    'file /a/x 4755 0:0 ""',
    'symlink /a-b 777 0:0 -> nowhere',
    'file /a.b 755 0:0 "x"',
    'file /ä 644 0:0 "Ã¤"',
  ])
  for (const entry of diskTree(place).entries()) assert.ok('metadata' in entry && entry.metadata.mtime === 1)
})

test('disk: times and owners on request', () => {
  const place = restored({ a: file('') })
  utimesSync(join(place, 'a'), 12.75, 34.75)
  const [, entry] = diskTree(place, { times: true, owners: true }).entries()
  const { uid, gid } = lstatSync(place)
  assert.deepEqual(
    entry !== undefined && 'metadata' in entry && entry.metadata,
    plain(0o644, { mtime: 34, uid, gid, uname: '', gname: '' }),
  )
})

test('disk: a name that is not UTF-8 keeps its bytes and opens', () => {
  const place = restored(new Map([[entryPathOf('\xff\xfe/\xe4'), file('x')]]))
  const [, , entry] = diskTree(place).entries()
  assert.equal(entry?.path, '\xff\xfe/\xe4')
  assert.ok(entry?.kind === 'file')
  assert.equal(Buffer.from(gather(entry.content.open())).toString(), 'x')
  assert.equal(entry.content.at, undefined)
})

test('disk: content knows its location', () => {
  const place = restored({ 'ä/x': file('123') })
  const [, , entry] = diskTree(place).entries()
  assert.deepEqual(entry?.kind === 'file' && entry.content.at, { file: join(place, 'ä/x'), offset: 0 })
})

test('disk: a file or a link can be the root', () => {
  const place = restored({ '': file('x', { mode: 0o600 }) })
  assert.deepEqual(read(place), ['file / 600 0:0 "x"'])
  const link = newPlace()
  symlinkSync(place, link)
  assert.deepEqual(read(link), [`symlink / 777 0:0 -> ${place}`])
})

test('disk: names of one file are files, or hard links to the first name', () => {
  const place = restored({ b: file('1') })
  linkSync(join(place, 'b'), join(place, 'a'))
  assert.deepEqual(read(place).slice(1), ['file /a 644 0:0 "1"', 'file /b 644 0:0 "1"'])
  assert.deepEqual(read(place, { hardLinks: 'keep' }).slice(1), ['file /a 644 0:0 "1"', 'hardlink /b = /a'])
})

test('disk: a path is looked up below real directories only, unless it is ignored', () => {
  const place = restored({ 'usr/bin/sh': file('1'), bin: symlink('usr/bin'), 'tmp/x': file('2') })
  const tree = diskTree(place, { ignore: { patterns: ['tmp'] } })
  const kinds = ['usr/bin/sh', 'bin', 'bin/sh', 'usr/bin/sh/x', 'tmp', 'tmp/x'].map(
    (name) => tree.get(entryPathOf(name))?.kind,
  )
  assert.deepEqual(kinds, ['file', 'symlink', undefined, undefined, undefined, undefined])
  assert.equal(tree.resolve(entryPathOf('bin/sh'))?.path, 'usr/bin/sh')
  assert.equal(tree.get(entryPathOf('x'.repeat(300))), undefined)
})

test('disk: gitignore patterns are case-sensitive and cover whole directories', () => {
  const place = restored({
    'node_modules/x': file(''),
    'src/a.log': file(''),
    'src/B.LOG': file(''),
    'keep.log': file(''),
    '.git/x': file(''),
  })
  assert.deepEqual(read(place, { ignore: { patterns: ['node_modules/', '.git', '*.log', '!keep.log'] } }).slice(1), [
    'file /keep.log 644 0:0 ""',
    'directory /src 755 0:0',
    'file /src/B.LOG 644 0:0 ""',
  ])
})

test('disk: an ignored directory is kept if an exception re-includes something below it', () => {
  const place = restored({
    '.dockerignore': file('*\n!src/app/**/*.ts\n'),
    'src/app/main.ts': file(''),
    'src/app/x/main.js': file(''),
    'src/lib/x.js': file(''),
    'docs/a': file(''),
  })
  const tree = diskTree(place, { ignore: { files: ['.dockerignore'] } })
  assert.deepEqual(
    [...tree.entries()].map(({ path }) => path),
    ['', 'src', 'src/app', 'src/app/main.ts'],
  )
  const found = ['src', 'src/app/x', 'src/app/main.ts', 'docs'].map((name) => tree.get(entryPathOf(name))?.kind)
  assert.deepEqual(found, ['directory', undefined, 'file', undefined])
})

test('disk: whether a path would be taken, also with a name outside ASCII', () => {
  const top = temporaryFolder()
  const ignore = { patterns: ['/größe'] }
  assert.deepEqual(
    ['größe', 'länge', 'größe/below'].map((name) => wouldTake(join(top, name), top, ignore)),
    [false, true, false],
  )
})

test('disk: links are never entered, ignored or not', () => {
  const place = restored({ l: symlink('/') })
  assert.deepEqual(read(place).slice(1), ['symlink /l 777 0:0 -> /'])
})

test('disk: large content comes in chunks of at most 1 MiB', () => {
  const place = restored({ a: file(Buffer.alloc(2_500_000, 7)) })
  const [, entry] = diskTree(place).entries()
  assert.ok(entry?.kind === 'file')
  assert.deepEqual(
    [...entry.content.open()].map(({ length }) => length),
    [1_048_576, 1_048_576, 402_848],
  )
})

test('disk: a file that changed since the walk is an error that names it', () => {
  const place = restored({ a: file('123'), b: file('123'), c: file('123') })
  const tree = diskTree(place)
  const [, ...entries] = [...tree.entries()]
  writeFileSync(join(place, 'a'), '1234')
  unlinkSync(join(place, 'b'))
  unlinkSync(join(place, 'c'))
  symlinkSync('/etc/passwd', join(place, 'c'))
  const [a, b, c] = entries.map((entry) => () => (entry.kind === 'file' ? gather(entry.content.open()) : assert.fail()))
  assert.throws(a ?? assert.fail, { code: 'content.changed', message: /\/a" changed/ })
  assert.throws(b ?? assert.fail, { code: 'disk.unreadable', message: /\/b" cannot be read: ENOENT/ })
  assert.throws(c ?? assert.fail, { code: 'disk.unreadable', message: /\/c" cannot be read: ELOOP/ })
})

test('disk: a missing file is an error', () => {
  assert.throws(() => [...diskTree(newPlace()).entries()], { code: 'disk.unreadable', message: /ENOENT/ })
})

const isRoot = process.getuid?.() === 0
test('disk: an unreadable directory is an error', { skip: isRoot ? 'root may read all' : false }, () => {
  const place = newPlace()
  mkdirSync(join(place, 'closed'), { recursive: true })
  chmodSync(join(place, 'closed'), 0)
  assert.throws(() => [...diskTree(place).entries()], { code: 'disk.unreadable', message: /EACCES/ })
  chmodSync(join(place, 'closed'), 0o700)
})

test('disk: a socket is refused', async () => {
  const place = restored({ '': directory() })
  const server = createServer().listen(join(place, 's'))
  try {
    await new Promise((resolve) => server.once('listening', resolve))
    assert.throws(() => [...diskTree(place).entries()], { code: 'disk.unsupported-entry', message: /\/s" is a socket/ })
  } finally {
    server.close()
  }
})

test('disk: requested extended attributes are read and restored', (context) => {
  const place = restored({ a: file('') })
  const descriptor = openSync(join(place, 'a'), 'r')
  const xattrs = new Map([
    ['user.b', Buffer.from([0, 255])],
    ['user.a', Buffer.from('1')],
  ])
  try {
    writeXattrs(descriptor, xattrs)
  } catch {
    context.skip('no extended attributes here')
    return
  } finally {
    closeSync(descriptor)
  }
  const copy = newPlace()
  restoreTree(diskTree(place, { xattrs: (name) => name.startsWith('user.') }), copy, { xattrs: true })
  for (const [names, wanted] of [
    [['user.a', 'user.b'], () => true],
    [['user.a'], (name: string) => name === 'user.a'],
  ] as const) {
    const [, entry] = diskTree(copy, { xattrs: (name) => name.startsWith('user.') && wanted(name) }).entries()
    assert.ok(entry !== undefined && 'metadata' in entry)
    assert.deepEqual([...entry.metadata.xattrs.keys()], names)
    assert.deepEqual(Buffer.from(entry.metadata.xattrs.get('user.a') ?? []), Buffer.from('1'))
  }
})

test('disk: a named pipe is an entry, and is never opened', (context) => {
  const place = restored({ '': directory() })
  try {
    execFileSync('mkfifo', ['-m', '644', join(place, 'p')])
  } catch {
    context.skip('no mkfifo here')
    return
  }
  assert.deepEqual(lines(diskTree(place, { xattrs: () => true })).slice(1), ['fifo /p 644 0:0'])
})
