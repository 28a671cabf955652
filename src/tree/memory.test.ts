import assert from 'node:assert/strict'
import { test } from 'node:test'
import { treeContract } from '../../test/contract/tree.contract.ts'
import { lines } from '../../test/support/trees.ts'
import {
  device,
  directory,
  executable,
  fifo,
  file,
  hardlink,
  memoryTree,
  opaqueDirectory,
  symlink,
  whiteout,
} from './memory.ts'
import { entryPathOf } from './path.ts'

test('a tree in code: parents are filled in, entries are sorted', () => {
  const tree = memoryTree({
    'var/empty': directory({ mode: 0o700, uid: 7 }),
    'etc/passwd': file('root'),
    '/bin/sh': symlink('bash'),
    'bin/run': executable('x'),
  })
  treeContract(tree)
  assert.deepEqual(lines(tree), [
    'directory /bin 755 0:0',
    'file /bin/run 755 0:0 "x"',
    'symlink /bin/sh 777 0:0 -> bash',
    'directory /etc 755 0:0',
    'file /etc/passwd 644 0:0 "root"',
    'directory /var 755 0:0',
    'directory /var/empty 700 7:0',
  ])
})

test('a tree in code: a directory comes before its descendants, "a" < "a/x" < "a-b" < "a.txt"', () => {
  const tree = memoryTree({ 'a.txt': file(''), 'a-b/x': file(''), 'a/x': file('') })
  assert.deepEqual(
    [...tree.entries()].map(({ path }) => path),
    ['a', 'a/x', 'a-b', 'a-b/x', 'a.txt'],
  )
})

test('a tree in code: every kind of entry', () => {
  const tree = memoryTree({
    '': directory({ mode: 0o711 }),
    dev: device('char', { major: 1, minor: 3 }, { mode: 0o666 }),
    gone: whiteout(),
    hidden: opaqueDirectory(),
    pipe: fifo(),
  })
  treeContract(tree)
  assert.deepEqual(lines(tree), [
    'directory / 711 0:0',
    'device /dev 666 0:0 char 1:3',
    'whiteout /gone',
    'directory /hidden 755 0:0',
    'opaque /hidden',
    'fifo /pipe 644 0:0',
  ])
})

test('a tree in code: a hard link that sorts before its target swaps places with it', () => {
  const tree = memoryTree({ z: file('x', { mode: 0o600 }), a: hardlink('m'), m: hardlink('z') })
  treeContract(tree)
  assert.deepEqual(lines(tree), ['file /a 600 0:0 "x"', 'hardlink /m = /a', 'hardlink /z = /a'])
})

test('a tree in code: cyclic hard links, and two entries at one path, are refused', () => {
  assert.throws(() => memoryTree({ a: hardlink('b'), b: hardlink('a') }), { code: 'tree.link-cycle' })
  assert.throws(() => memoryTree({ a: file('1'), '/a/': file('2') }), { code: 'tree.duplicate' })
})

test('a tree in code: names that are not UTF-8 are passed as paths', () => {
  const tree = memoryTree(new Map([[entryPathOf('\xff/x'), file('')]]))
  assert.deepEqual(
    [...tree.entries()].map(({ path }) => path),
    ['\xff', '\xff/x'],
  )
})
