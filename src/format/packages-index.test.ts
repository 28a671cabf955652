import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { indexPackages, openPackagesIndex, paragraphAt } from './packages-index.ts'

function indexOf(text: string) {
  const file = Buffer.from(text)
  const index = openPackagesIndex(indexPackages(file))
  assert.ok(index)
  return { file, index }
}

test('packages index: a package is found at its paragraphs, all versions of it, with who provides a name', () => {
  const { file, index } = indexOf(
    'Package: mawk\nProvides: awk\n\nPackage: a\nVersion: 1\n\nPackage: a\nVersion: 2\nEssential: yes\nProvides: awk (= 1), b\n',
  )
  assert.deepEqual(
    index.offsetsOf('a').map((at) => paragraphAt(file, at).split('\n')[1]),
    ['Version: 1', 'Version: 2'],
  )
  assert.deepEqual(index.providersOf('awk'), ['mawk', 'a'])
  assert.deepEqual(index.providersOf('b'), ['a'])
  assert.deepEqual(index.essential, ['a'])
  assert.deepEqual(index.names(), ['a', 'mawk'])
  assert.deepEqual(index.offsetsOf('aa'), [])
})

test('packages index: a field belongs to its own paragraph, wherever in it the name stands', () => {
  const { index } = indexOf('Package: first\n\nProvides: x\nPackage: second\n\nPackage: third\n')
  assert.deepEqual(index.providersOf('x'), ['second'])
})

test('packages index: an empty file has no packages', () => {
  const { index } = indexOf('')
  assert.deepEqual(
    index.names().filter((name) => name !== ''),
    [],
  )
  assert.deepEqual(index.offsetsOf('a'), [])
})

test('packages index: every name of any file is found, and no other', () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,6}$/)
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 60 }), name, (names, other) => {
      const { file, index } = indexOf(names.map((each) => `Package: ${each}\nVersion: 1\n`).join('\n'))
      for (const each of names)
        assert.equal(paragraphAt(file, index.offsetsOf(each)[0] ?? -1).split('\n')[0], `Package: ${each}`)
      assert.equal(index.offsetsOf(other).length, names.includes(other) ? 1 : 0)
    }),
  )
})
