import assert from 'node:assert/strict'
import { test } from 'node:test'
import { directory, file, hardlink, memoryTree, symlink } from './memory.ts'
import { path } from './path.ts'
import { type Tree, treeFrom, treeOf } from './tree.ts'

const tree = memoryTree({
  '': directory(),
  bin: symlink('usr/bin'),
  'usr/bin/sh': symlink('../lib/dash'),
  'usr/lib/dash': file('dash'),
  'usr/lib/second': hardlink('usr/lib/dash'),
  'etc/up': symlink('../../../usr'),
  'etc/self': symlink('.'),
  'etc/top': symlink('/'),
  'etc/through-file': symlink('../usr/lib/dash/x'),
  loop: symlink('pool'),
  pool: symlink('loop'),
})

const at = (name: string): string | undefined => tree.resolve(path(name))?.path
const read = (from: Tree, name: string): string | undefined => {
  const bytes = from.read(path(name))
  return bytes === undefined ? undefined : Buffer.from(bytes).toString()
}

test('resolve: links are followed inside the root, in the middle and at the end of a path, and never leave it', () => {
  assert.equal(at('bin/sh'), 'usr/lib/dash')
  assert.equal(at('etc/up/bin'), 'usr/bin')
  assert.equal(at('etc/self/self'), 'etc')
  assert.equal(at('etc/top'), '')
  assert.equal(at('etc/top/bin'), 'usr/bin')
  assert.equal(at(''), '')
})

test('resolve: undefined for a missing path, a path below a file, or a cycle', () => {
  for (const name of ['nothing', 'bin/nothing', 'usr/lib/dash/x', 'etc/through-file', 'loop', 'loop/x'])
    assert.equal(at(name), undefined, name)
})

test('resolve: directories that a layer omits are assumed to exist', () => {
  const layer = treeOf([...tree.below(path('usr/bin/sh')), ...tree.below(path('usr/lib/dash'))])
  assert.equal(layer.resolve(path('usr/bin/sh'))?.path, 'usr/lib/dash')
})

test('read: the bytes of the file that a path resolves to, through hard links too; undefined for a directory', () => {
  assert.equal(read(tree, 'bin/sh'), 'dash')
  assert.equal(read(tree, 'usr/lib/second'), 'dash')
  assert.equal(read(tree, 'bin'), undefined)
  assert.equal(read(tree, 'nothing'), undefined)
})

test('read: a file that is too large is refused before it is opened', () => {
  const open = (): Iterable<Uint8Array> => assert.fail('it was opened')
  const large = memoryTree({ 'var/big': file({ size: 2 ** 40, open }) })
  assert.throws(() => large.read(path('var/big')), {
    code: 'content.too-large',
    message: /"\/var\/big".*1099511627776/,
  })
})

test('a look-up of one path touches no other', () => {
  const looked: string[] = []
  const watched = treeFrom({
    *below(top) {
      for (const entry of tree.below(top)) {
        looked.push(entry.path)
        yield entry
      }
    },
  })
  watched.get(path('usr/lib/dash'))
  assert.deepEqual(looked, ['usr/lib/dash'])
  watched.resolve(path('bin/sh'))
  assert.deepEqual(looked.slice(1), ['bin', 'usr', 'usr/bin', 'usr/bin/sh', 'usr', 'usr/lib', 'usr/lib/dash'])
})
