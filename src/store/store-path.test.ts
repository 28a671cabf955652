import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOf } from '../base/digest.ts'
import {
  checkName,
  fixedPath,
  hashPart,
  logical,
  makeStorePath,
  nameFrom,
  namePart,
  parseStorePath,
  recipePath,
  textPath,
} from './store-path.ts'

const fixed = fixedPath('f', digestOf('hello\n'))

test('store path: a fixed path equals the one that `nix-store --add-fixed sha256` printed', () => {
  assert.equal(fixed, '1p9q0bz6f22dyxh4lw8xs08p4201vyq4-f')
})

test('store path: parses a base name or a logical path, and nothing else', () => {
  assert.equal(parseStorePath(fixed), fixed)
  assert.equal(parseStorePath(logical(fixed)), fixed)
  for (const text of [
    '',
    'f',
    `${logical(fixed)}/x`,
    `/other/store/${fixed}`,
    fixed.replace('1', 'e'),
    hashPart(fixed),
  ])
    assert.equal(parseStorePath(text), undefined, text)
})

test('store path: hash part, hyphen and name', () => {
  assert.equal(`${hashPart(fixed)}-${namePart(fixed)}`, fixed)
})

test('store path: the order of references does not matter', () => {
  const [a, b] = [recipePath('a', 1), recipePath('b', 1)]
  const contents = digestOf('text')
  assert.equal(textPath('t', contents, [a, b]), textPath('t', contents, [b, a]))
  assert.notEqual(textPath('t', contents, [a]), textPath('t', contents, [a, b]))
})

test('store path: equal recipes have one path, whatever the order of their keys', () => {
  assert.equal(recipePath('n', { a: 1, b: [2] }), recipePath('n', { b: [2], a: 1 }))
  assert.notEqual(recipePath('n', { a: 1 }), recipePath('n', { a: 2 }))
  assert.notEqual(makeStorePath('source', digestOf(''), 'n'), makeStorePath('text', digestOf(''), 'n'))
})

test('store path: names are checked, or made from any string', () => {
  assert.equal(checkName('A-b_c+d.e?f=g', 'name'), 'A-b_c+d.e?f=g')
  for (const name of ['', '.hidden', 'a b', 'ä', 'a/b', 'n'.repeat(212)])
    assert.throws(() => checkName(name, 'name'), { code: 'argument.invalid' })
  for (const text of ['', '.hidden', 'a b/ä', 'n'.repeat(300)]) checkName(nameFrom(text), 'name')
})
