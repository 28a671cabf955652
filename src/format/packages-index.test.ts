import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { indexPackages, openPackagesIndex, type PackagesIndex } from './packages-index.ts'

interface Indexed {
  readonly index: PackagesIndex
  /** The paragraphs of a package. */
  paragraphs(name: string): readonly string[]
}

/** The index of a text that comes in pieces of `size` bytes. */
function indexOf(text: string, size = 7): Indexed {
  const file = Buffer.from(text)
  const pieces = Array.from({ length: Math.ceil(file.length / size) }, (_, at) =>
    file.subarray(at * size, (at + 1) * size),
  )
  const index = openPackagesIndex(indexPackages(pieces))
  assert.ok(index)
  const paragraphs = (name: string) =>
    index.placesOf(name).map((place) => file.toString('latin1', place.offset, place.offset + place.size))
  return { index, paragraphs }
}

test('packages index: a package is found at its paragraphs, all versions of it, with who provides a name', () => {
  const { index, paragraphs } = indexOf(
    'Package: mawk\nProvides: awk\n\nPackage: a\nVersion: 1\n\nPackage: a\nVersion: 2\nEssential: yes\nProvides: awk (= 1), b\n',
  )
  assert.deepEqual(paragraphs('a'), [
    'Package: a\nVersion: 1',
    'Package: a\nVersion: 2\nEssential: yes\nProvides: awk (= 1), b',
  ])
  assert.deepEqual(index.providersOf('awk'), ['mawk', 'a'])
  assert.deepEqual(index.providersOf('b'), ['a'])
  assert.deepEqual(index.essential, ['a'])
  assert.deepEqual(index.names(), ['a', 'mawk'])
  assert.deepEqual(index.placesOf('aa'), [])
})

test('packages index: a field belongs to its own paragraph, wherever in it the name stands', () => {
  const { index } = indexOf('Package: first\n\nProvides: x\nPackage: second\n\nPackage: third\n')
  assert.deepEqual(index.providersOf('x'), ['second'])
})

test('packages index: the same places are found however the file is cut up, and with more empty lines than needed', () => {
  const text = 'Package: a\nProvides: x\n\n\nPackage: b\nEssential: yes\n\n\n\n\nPackage: c\n\n\n'
  for (let size = 1; size <= text.length; size++) {
    const { index, paragraphs } = indexOf(text, size)
    assert.deepEqual(index.names(), ['a', 'b', 'c'])
    assert.match(paragraphs('b').join(), /^\n?Package: b\nEssential: yes$/)
    assert.deepEqual([index.providersOf('x'), index.essential], [['a'], ['b']])
  }
})

test('packages index: an empty file has no packages', () => {
  const { index } = indexOf('')
  assert.deepEqual(
    index.names().filter((name) => name !== ''),
    [],
  )
  assert.deepEqual(index.placesOf('a'), [])
})

test('packages index: every name of any file is found, and no other', () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,6}$/)
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 60 }), name, (names, other) => {
      const { index, paragraphs } = indexOf(names.map((each) => `Package: ${each}\nVersion: 1\n`).join('\n'))
      for (const each of names) assert.deepEqual(paragraphs(each), [`Package: ${each}\nVersion: 1`])
      assert.equal(index.placesOf(other).length, names.includes(other) ? 1 : 0)
    }),
  )
})
