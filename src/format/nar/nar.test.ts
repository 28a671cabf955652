import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lines } from '../../../test/support/trees.ts'
import { collect, contentOf, gather } from '../../base/bytes.ts'
import { type Entry, plain } from '../../tree/entry.ts'
import {
  device,
  directory,
  executable,
  fifo,
  file,
  hardlink,
  type Item,
  memoryTree,
  symlink,
  whiteout,
} from '../../tree/memory.ts'
import { path } from '../../tree/path.ts'
import type { Step } from '../../tree/restore.ts'
import { emptyTree, treeOf } from '../../tree/tree.ts'
import { readNar, receiveNar } from './read.ts'
import { narPieces, narSize, writeNar } from './write.ts'

const nar = (items: Readonly<Record<string, Item>>): Uint8Array => gather(writeNar(memoryTree(items)))

/** As Nix's own `str`. */
const word = (text: string): Buffer => {
  const bytes = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8)
  bytes.writeUInt32LE(text.length)
  bytes.write(text, 8, 'latin1')
  return bytes
}
const words = (...texts: readonly string[]): Buffer => Buffer.concat(texts.map(word))

test('nar write: a file, byte for byte', () => {
  assert.deepEqual(nar({ '': file('hi\n') }), words('nix-archive-1', '(', 'type', 'regular', 'contents', 'hi\n', ')'))
})

test('nar write: a directory with a directory, an executable and a link, byte for byte', () => {
  assert.deepEqual(
    nar({ 'a/x': executable(''), b: symlink('a') }),
    words(
      ...['nix-archive-1', '(', 'type', 'directory'],
      ...['entry', '(', 'name', 'a', 'node', '(', 'type', 'directory'],
      ...[
        'entry',
        '(',
        'name',
        'x',
        'node',
        '(',
        'type',
        'regular',
        'executable',
        '',
        'contents',
        '',
        ')',
        ')',
        ')',
        ')',
      ],
      ...['entry', '(', 'name', 'b', 'node', '(', 'type', 'symlink', 'target', 'a', ')', ')', ')'],
    ),
  )
})

test('nar write: owner, time, attributes and all modes but the owner’s execute bit are left out', () => {
  const metadata = { uid: 5, gname: 'x', mtime: 9, xattrs: new Map([['user.a', Buffer.from('1')]]) }
  assert.deepEqual(nar({ a: file('', { ...metadata, mode: 0o655 }) }), nar({ a: file('') }))
  assert.notDeepEqual(nar({ a: file('', { mode: 0o744 }) }), nar({ a: file('') }))
})

test('nar write: a root and parents that are missing are directories', () => {
  assert.deepEqual(nar({ 'a/x': file('') }), nar({ '': directory(), a: directory(), 'a/x': file('') }))
  const bare = treeOf([{ kind: 'file', path: path('a/x'), metadata: plain(0o644), content: contentOf('') }])
  assert.deepEqual(gather(writeNar(bare)), nar({ 'a/x': file('') }))
  assert.deepEqual(gather(writeNar(emptyTree)), nar({ '': directory() }))
})

test('nar write: what a NAR cannot hold is refused by name', () => {
  for (const item of [device('char', { major: 1, minor: 3 }), fifo(), whiteout(), symlink('')])
    assert.throws(() => nar({ 'a/b': item }), { code: 'nar.unsupported-entry', message: /"a\/b" is a / })
  assert.throws(() => nar({ a: file(''), b: hardlink('a') }), {
    code: 'nar.unsupported-entry',
    message: /"b" is a hardlink/,
  })
})

test('nar write: a tree out of order, or with entries below a file, is a bug that shows', () => {
  const entry = (text: string) => ({ kind: 'symlink', path: path(text), metadata: plain(0o777), target: 'x' }) as const
  for (const entries of [
    [entry('b'), entry('a')],
    [entry('a'), entry('a')],
    [entry('a'), entry('a/x')],
    [entry('a-b'), entry('a/x')],
    [entry(''), entry('a')],
  ])
    assert.throws(() => gather(writeNar(treeOf(entries))), /unreachable/)
})

test('nar write: content that is not of its size is an error', () => {
  const lying = file({ size: 3, open: () => [Buffer.from('12')] })
  assert.throws(() => nar({ a: lying }), /content of 3 bytes gave 2/)
})

test('nar size: known without opening a file', () => {
  const closed = file({ size: 12_345_678_901, open: () => assert.fail('opened') })
  const small = gather(writeNar(memoryTree({ 'a/b': file('12345') }))).length
  assert.equal(narSize(memoryTree({ 'a/b': file('12345') })), small)
  assert.equal(narSize(memoryTree({ 'a/b': closed })), small - 8 + 12_345_678_904)
})

test('nar pieces: long runs of links do not pile up', () => {
  const links = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`l${index}`, symlink('x'.repeat(100))]))
  assert.ok([...narPieces(memoryTree(links))].every(({ text }) => text.length < 70_000))
})

test('nar read: the steps are the entries, read-only, with content behind each file', () => {
  const steps = [...readNar([nar({ 'd/x': executable('12'), e: file(''), l: symlink('\u00e4') })])]
  assert.deepEqual(
    steps.map((step) =>
      'path' in step ? `${step.kind} ${step.path}` : Buffer.from(step.kind === 'bytes' ? step.bytes : []).toString(),
    ),
    ['directory ', 'directory d', 'file d/x', '12', 'file e', 'symlink l'],
  )
  const files = steps.filter((step) => step.kind === 'file')
  assert.deepEqual(
    files.map(({ size, metadata }) => [size, metadata.mode]),
    [
      [2, 0o555],
      [0, 0o444],
    ],
  )
})

test('nar read: however the bytes are cut, and waiting or not', async () => {
  const bytes = nar({ 'a/x': file('some content'), b: symlink('y'), c: executable('z') })
  const whole = told(readNar([bytes]))
  for (const size of [1, 3, 7, 8, 64]) {
    const cut = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    )
    assert.deepEqual(told(readNar([...cut, new Uint8Array()])), whole)
    assert.deepEqual(told(await Array.fromAsync(receiveNar(cut))), whole)
  }
})

/** Steps as lines, with neighbouring pieces of content joined. */
function told(steps: Iterable<Step>): readonly string[] {
  const found: string[] = []
  for (const step of steps) {
    if (step.kind === 'bytes') found.push(`${found.pop()}${Buffer.from(step.bytes).toString()}`)
    else found.push(`${step.kind} ${step.path}:`)
  }
  return found
}

test('nar read: writing what was read gives the same bytes', async () => {
  const tree = memoryTree({ '': directory({ mode: 0o555 }), 'a/x': executable('1', { mode: 0o555 }), b: symlink('q') })
  const bytes = await collect(writeNar(tree))
  const entries = [...readNar([bytes])].flatMap((step): Entry[] => {
    if (step.kind === 'bytes') return []
    return step.kind === 'file' ? [{ ...step, content: contentOf('1') }] : [step]
  })
  assert.deepEqual(gather(writeNar(treeOf(entries))), bytes)
  assert.equal(lines(treeOf(entries))[2], 'file /a/x 555 0:0 "1"')
})
