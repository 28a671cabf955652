import assert from 'node:assert/strict'
import { test } from 'node:test'
import { treeContract } from '../../test/contract/tree.contract.ts'
import { lines } from '../../test/support/trees.ts'
import {
  device,
  directory,
  file,
  hardlink,
  type Item,
  memoryTree,
  opaqueDirectory,
  symlink,
  whiteout,
} from './memory.ts'
import { overlay } from './overlay.ts'
import { path } from './path.ts'
import { treeOf } from './tree.ts'

function stacked(...layers: readonly Readonly<Record<string, Item>>[]): readonly string[] {
  const tree = overlay(layers.map((items) => memoryTree(items)))
  treeContract(tree)
  return lines(tree)
}

test('overlay: upper entries replace, directories join, the upper directory’s permissions win', () => {
  assert.deepEqual(
    stacked(
      { 'a/x': file('1'), 'a/y': file('1') },
      { a: directory({ mode: 0o700 }), 'a/y': file('2'), 'a/z': device('char', { major: 1, minor: 3 }) },
    ),
    ['directory /a 700 0:0', 'file /a/x 644 0:0 "1"', 'file /a/y 644 0:0 "2"', 'device /a/z 600 0:0 char 1:3'],
  )
})

test('overlay: a whiteout removes a file or a whole directory, from lower layers only', () => {
  assert.deepEqual(
    stacked({ 'a/x': file('1'), b: file('1') }, { a: whiteout(), b: whiteout() }, { 'a/y': file('3') }),
    ['directory /a 755 0:0', 'file /a/y 644 0:0 "3"'],
  )
})

test('overlay: an opaque directory hides lower contents and shows its own', () => {
  assert.deepEqual(stacked({ 'a/x/y': file('1') }, { a: opaqueDirectory({ mode: 0o711 }), 'a/z': file('2') }), [
    'directory /a 711 0:0',
    'file /a/z 644 0:0 "2"',
  ])
})

test('overlay: a directory becomes a file and a directory again', () => {
  assert.deepEqual(stacked({ 'a/x': file('1') }, { a: file('2') }), ['file /a 644 0:0 "2"'])
  assert.deepEqual(stacked({ 'a/x': file('1') }, { a: file('2') }, { 'a/y': file('3') }), [
    'directory /a 755 0:0',
    'file /a/y 644 0:0 "3"',
  ])
  assert.deepEqual(stacked({ a: symlink('b'), b: directory() }, { 'a/y': file('') }).slice(0, 1), [
    'directory /a 755 0:0',
  ])
})

test('overlay: a hard link keeps the content it had when an upper layer replaces or removes its target', () => {
  assert.deepEqual(stacked({ a: file('1'), b: hardlink('a'), c: hardlink('a') }, { a: file('2') }), [
    'file /a 644 0:0 "2"',
    'file /b 644 0:0 "1"',
    'hardlink /c = /b',
  ])
  assert.deepEqual(stacked({ a: file('1'), b: hardlink('a') }, { a: whiteout() }), ['file /b 644 0:0 "1"'])
})

test('overlay: a hard link may lead to a lower layer; one to nothing is an error', () => {
  assert.deepEqual(stacked({ b: file('1') }, { a: hardlink('b') }), ['file /a 644 0:0 "1"', 'hardlink /b = /a'])
  assert.throws(() => stacked({ b: file('1') }, { b: whiteout() }, { a: hardlink('b') }), { code: 'tree.link-missing' })
})

test('overlay: parents that no layer has are filled in', () => {
  const bare = treeOf([...memoryTree({ 'a/b/x': file('') }).below(path('a/b/x'))])
  assert.deepEqual(lines(overlay([bare])), ['directory /a 755 0:0', 'directory /a/b 755 0:0', 'file /a/b/x 644 0:0 ""'])
})
