import assert from 'node:assert/strict'
import { test } from 'node:test'
import { treeContract } from '../../../test/contract/tree.contract.ts'
import { lines } from '../../../test/support/trees.ts'
import { directory, file, memoryTree, symlink } from '../../tree/memory.ts'
import { entryPathOf } from '../../tree/path.ts'
import { type Tree, treeOf } from '../../tree/tree.ts'
import { recipePath, type StorePath } from '../store-path.ts'
import { formatSlices, parseSlices, slicedTree } from './slices.ts'

const whole = memoryTree({
  '': directory(),
  a: directory(),
  'a/b': directory(),
  'a/b/c': file('c'),
  'a/b/d': symlink('c'),
  'a/e': file('e'),
  'a-b': file('-'),
  b: directory(),
  größe: file('7'),
})

test('slices: a tree is the same wherever it is cut, and a list survives its text', () => {
  const entries = [...whole.entries()]
  for (const length of [1, 2, 3, 20]) {
    const trees = new Map<StorePath, Tree>()
    const slices = []
    for (let at = 0; at < entries.length; at += length) {
      const path = recipePath('slice', at)
      trees.set(path, treeOf(entries.slice(at, at + length)))
      slices.push({ first: entries[at]?.path ?? entryPathOf(''), path })
    }
    assert.deepEqual(parseSlices(formatSlices(slices)), slices)
    const tree = slicedTree(slices, (path) => trees.get(path) ?? assert.fail())
    assert.deepEqual(lines(tree), lines(whole))
    treeContract(tree)
  }
})

test('slices: names that are not UTF-8 survive, and there may be no slice', () => {
  const slices = [{ first: entryPathOf('\xff\xfe"\n'), path: recipePath('slice', 1) }]
  assert.deepEqual(parseSlices(formatSlices(slices)), slices)
  assert.deepEqual(parseSlices(formatSlices([])), [])
  assert.deepEqual([...slicedTree([], () => assert.fail()).entries()], [])
})

test('slices: a look-up opens at most two slices', () => {
  const opened: StorePath[] = []
  const slices = [...whole.entries()].map(({ path }) => ({ first: path, path: recipePath('slice', path) }))
  const tree = slicedTree(slices, (path) => {
    opened.push(path)
    return whole
  })
  assert.equal(tree.get(entryPathOf('a/e'))?.kind, 'file')
  assert.ok(opened.length <= 2)
})
