import assert from 'node:assert/strict'
import { test } from 'node:test'
import { file, hardlink, memoryTree, symlink } from '../../tree/memory.ts'
import { path } from '../../tree/path.ts'
import { filesOf } from './input.ts'

const files = filesOf([
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

test('files: of two trees the first has a path, and both are seen', () => {
  assert.equal(Buffer.from(files.read(path('a/file')) ?? []).toString(), 'one')
  assert.equal(Buffer.from(files.read(path('c/x')) ?? []).toString(), 'three')
})

test('files: links are followed, absolute, relative, in the middle of a path, and hard ones', () => {
  for (const name of ['b/up', 'b/far/file', 'a/same', 'b/far/same']) {
    assert.equal(Buffer.from(files.read(path(name)) ?? []).toString(), 'one', name)
  }
  assert.equal(files.resolve(path('b/far/file')), 'a/file')
})

test('files: what leads nowhere, in circles or to a directory has no content', () => {
  for (const name of ['b/loop', 'b/gone', 'a', 'z', 'a/file/x']) assert.equal(files.read(path(name)), undefined, name)
})

test('files: all paths below a directory come in order, without its namesakes', () => {
  assert.deepEqual(files.below(path('b')), ['b/far', 'b/gone', 'b/loop', 'b/up'])
  assert.deepEqual(files.below(path('zz')), [])
})
