import assert from 'node:assert/strict'
import { test } from 'node:test'
import { treeContract } from '../../test/contract/tree.contract.ts'
import { file, hardlink, memoryTree, symlink } from './memory.ts'
import { path } from './path.ts'
import { union } from './union.ts'

const files = union([
  memoryTree({
    'a/file': file('one'),
    'a/same': hardlink('a/file'),
    'b-c': file(''),
    'b/up': symlink('../a/file'),
    'b/far': symlink('/a'),
    'b/loop': symlink('loop'),
    'b/gone': symlink('/nowhere'),
  }),
  memoryTree({ 'a/file': file('two'), 'c/x': file('three') }),
])

test('union: the first tree wins at a path, and both are visible', () => {
  assert.equal(Buffer.from(files.read(path('a/file')) ?? []).toString(), 'one')
  assert.equal(Buffer.from(files.read(path('c/x')) ?? []).toString(), 'three')
})

test('union: links are followed: absolute, relative, in the middle of a path, hard', () => {
  for (const name of ['b/up', 'b/far/file', 'a/same', 'b/far/same']) {
    assert.equal(Buffer.from(files.read(path(name)) ?? []).toString(), 'one', name)
  }
  assert.equal(files.resolve(path('b/far/file'))?.path, 'a/file')
})

test('union: a dangling link, a cycle or a directory has no content', () => {
  for (const name of ['b/loop', 'b/gone', 'a', 'z', 'a/file/x']) assert.equal(files.read(path(name)), undefined, name)
})

test('union: lists the entries of all trees, each path once, in order', () => {
  treeContract(files)
  const names = [...files.below(path('b'))].map((entry) => entry.path)
  assert.deepEqual(names, ['b', 'b/far', 'b/gone', 'b/loop', 'b/up'])
})
