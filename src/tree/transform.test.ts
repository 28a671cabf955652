import assert from 'node:assert/strict'
import { test } from 'node:test'
import { treeContract } from '../../test/contract/tree.contract.ts'
import { lines } from '../../test/support/trees.ts'
import { plain } from './entry.ts'
import { directory, executable, file, hardlink, memoryTree, symlink } from './memory.ts'
import { entryPathOf, path } from './path.ts'
import { asStoreObject, dated, filtered, owned, renamed, under, withoutHardlinks, withParents } from './transform.ts'
import { emptyTree, treeFrom, treeOf } from './tree.ts'

const names = (tree: { entries(): Iterable<{ readonly path: string }> }): string[] =>
  [...tree.entries()].map((entry) => entry.path)

test('under: the prefix and its parents are added, links are moved too', () => {
  const tree = under(memoryTree({ x: file('1'), y: hardlink('x') }), path('opt/app'))
  treeContract(tree)
  assert.deepEqual(lines(tree), [
    'directory /opt 755 0:0',
    'directory /opt/app 755 0:0',
    'file /opt/app/x 644 0:0 "1"',
    'hardlink /opt/app/y = /opt/app/x',
  ])
})

test('under: the root entry moves to the prefix; a root may be a file; a tree without entries becomes a directory', () => {
  assert.deepEqual(lines(under(memoryTree({ '': directory({ mode: 0o555 }) }), path('a'))), ['directory /a 555 0:0'])
  assert.deepEqual(lines(under(memoryTree({ '': file('x') }), path('a/b'), { parents: false })), [
    'file /a/b 644 0:0 "x"',
  ])
  assert.deepEqual(names(under(emptyTree, path('a/b'))), ['a', 'a/b'])
})

test('filtered: everything below an excluded directory is excluded, and links into it carry the content', () => {
  const tree = filtered(
    memoryTree({ 'a/x': file('1'), 'a-b': file(''), 'z/y': hardlink('a/x') }),
    (entry) => entry.path !== 'a',
  )
  treeContract(tree)
  assert.deepEqual(lines(tree), ['file /a-b 644 0:0 ""', 'directory /z 755 0:0', 'file /z/y 644 0:0 "1"'])
})

test('renamed: the order and the links follow the new names; two at one name are refused', () => {
  const tree = memoryTree({ a: file('1'), b: hardlink('a'), c: directory() })
  const swapped = renamed(tree, (name) => entryPathOf(name === 'a' ? 'z' : name))
  treeContract(swapped)
  assert.deepEqual(lines(swapped), ['file /b 644 0:0 "1"', 'directory /c 755 0:0', 'hardlink /z = /b'])
  assert.throws(() => [...renamed(tree, () => path('x')).entries()], { code: 'tree.duplicate' })
})

test('owned, dated: change owners or times, and nothing else', () => {
  const tree = memoryTree({ a: file('', { mtime: 5, mode: 0o600 }), b: symlink('a', { mtime: 20 }) })
  assert.deepEqual(
    [...owned(tree, { uid: 1, gid: 2, uname: 'u', gname: 'g' }).entries()].map((entry) =>
      'metadata' in entry ? entry.metadata : undefined,
    ),
    [
      plain(0o600, { mtime: 5, uid: 1, gid: 2, uname: 'u', gname: 'g' }),
      plain(0o777, { mtime: 20, uid: 1, gid: 2, uname: 'u', gname: 'g' }),
    ],
  )
  assert.ok([...dated(tree, 7).entries()].every((entry) => 'metadata' in entry && entry.metadata.mtime === 7))
})

test('as a store object: read-only, root, mtime 1, and executable where the owner may execute', () => {
  const tree = memoryTree({
    a: executable('', { uid: 5, mtime: 9 }),
    b: file('', { mode: 0o655 }),
    c: symlink('a'),
    d: directory(),
  })
  assert.deepEqual(
    [...asStoreObject(tree).entries()].map((entry) => 'metadata' in entry && entry.metadata),
    [plain(0o555), plain(0o444), plain(0o777), plain(0o555)],
  )
})

test('without hard links: each name is an independent file', () => {
  const tree = withoutHardlinks(memoryTree({ a: file('1'), b: hardlink('a') }))
  assert.deepEqual(lines(tree), ['file /a 644 0:0 "1"', 'file /b 644 0:0 "1"'])
})

test('with parents: only missing directories are added, each once', () => {
  const entry = (text: string) => ({ kind: 'directory', path: path(text), metadata: plain(0o700) }) as const
  const tree = withParents(treeOf([entry('a/b/c'), entry('a/b/d/e'), entry('a-b'), entry('b'), entry('b/x')]))
  treeContract(tree)
  assert.deepEqual(lines(tree), [
    'directory /a 755 0:0',
    'directory /a/b 755 0:0',
    'directory /a/b/c 700 0:0',
    'directory /a/b/d 755 0:0',
    'directory /a/b/d/e 700 0:0',
    'directory /a-b 700 0:0',
    'directory /b 700 0:0',
    'directory /b/x 700 0:0',
  ])
})

test('transformations read nothing before they are iterated, and are repeatable', () => {
  let opened = 0
  const tree = treeFrom({
    *below(top) {
      opened++
      yield* memoryTree({ a: file('') }).below(top)
    },
  })
  const made = under(
    owned(
      filtered(tree, () => true),
      { uid: 1, gid: 1, uname: '', gname: '' },
    ),
    path('x'),
  )
  assert.equal(opened, 0)
  assert.deepEqual(names(made), names(made))
  assert.equal(opened, 2)
})
