import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { treeContract } from '../../test/contract/tree.contract.ts'
import { arbitraryTree, lines } from '../../test/support/trees.ts'
import { diff } from './diff.ts'
import { directory, file, hardlink, type Item, memoryTree } from './memory.ts'
import { overlay } from './overlay.ts'

type Items = Readonly<Record<string, Item>>

function explained(before: Items, after: Items): readonly string[] {
  return lines(diff(memoryTree(before), memoryTree(after)))
}

test('diff: equal trees have no differences, whatever their times', () => {
  const [one, other] = [memoryTree({ 'a/x': file('1') }), memoryTree({ 'a/x': file('1', { mtime: 9 }) })]
  assert.deepEqual(lines(diff(one, other)), [])
  assert.deepEqual(lines(diff(one, other, { times: true })), ['file /a/x 644 0:0 "1"'])
})

test('diff: new, changed and removed entries, and nothing else', () => {
  assert.deepEqual(
    explained(
      { 'a/x': file('1'), 'a/y': file('1'), 'b/z': file('') },
      { a: directory({ mode: 0o700 }), 'a/x': file('2'), 'a/y': file('1'), 'c/n': file('') },
    ),
    ['directory /a 700 0:0', 'file /a/x 644 0:0 "2"', 'whiteout /b', 'directory /c 755 0:0', 'file /c/n 644 0:0 ""'],
  )
})

test('diff: a directory that becomes a file removes everything below it', () => {
  assert.deepEqual(explained({ 'a/x': file('1') }, { a: file('2') }), ['file /a 644 0:0 "2"'])
  assert.deepEqual(explained({ a: file('2') }, { 'a/x': file('1') }), ['directory /a 755 0:0', 'file /a/x 644 0:0 "1"'])
})

test('diff: a file that gains or loses a name is written with all its names', () => {
  assert.deepEqual(explained({ a: file('1') }, { a: file('1'), b: hardlink('a') }), [
    'file /a 644 0:0 "1"',
    'hardlink /b = /a',
  ])
  assert.deepEqual(explained({ a: file('1'), b: hardlink('a') }, { a: file('1'), b: file('1') }), [
    'file /a 644 0:0 "1"',
    'file /b 644 0:0 "1"',
  ])
  assert.deepEqual(explained({ 'a,b': file('1'), c: hardlink('a,b') }, { 'a,b': file('1'), c: hardlink('a,b') }), [])
})

test('diff: applied to the first tree it gives the second', () => {
  const trees = arbitraryTree({ hardLinks: true })
  fc.assert(
    fc.property(trees, trees, (before, after) => {
      const layer = diff(before, after)
      treeContract(layer, { parents: false })
      assert.deepEqual(lines(overlay([before, layer])), lines(after))
    }),
    { numRuns: 300 },
  )
})
