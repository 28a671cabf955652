import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  arrayOf,
  type Check,
  checkArguments,
  checkBoolean,
  checkString,
  checkStrings,
  integerFrom,
  objectOf,
  oneOf,
  orDefault,
  recordOf,
  refuse,
} from './check.ts'
import { BuildError } from './error.ts'

const even: Check<number> = (value, place) =>
  typeof value === 'number' && value % 2 === 0 ? value : refuse(place, value, 'an even number')

const checks = {
  name: checkString,
  paths: orDefault(arrayOf(objectOf({ at: checkString, priority: orDefault(integerFrom(0, 9), 5) })), []),
  words: orDefault(checkStrings, []),
  kind: orDefault(oneOf(['one', 'two']), null),
  flag: orDefault(checkBoolean, false),
  notes: orDefault(recordOf(checkString), {}),
  count: orDefault(even, 0),
}

function refusal(given: unknown): BuildError {
  try {
    checkArguments('make', given, checks)
  } catch (error) {
    if (error instanceof BuildError) return error
    throw error
  }
  throw new assert.AssertionError({ message: 'nothing was refused' })
}

test('check: omitted and null values get their defaults; all others are kept', () => {
  const defaults = { paths: [], words: [], kind: null, flag: false, notes: {}, count: 0 }
  assert.deepEqual(checkArguments('make', { name: 'x', kind: null, flag: undefined }, checks), {
    name: 'x',
    ...defaults,
  })
  const given = { name: 'x', paths: [{ at: 'a', priority: 1 }], words: ['w'], kind: 'two', flag: true, count: 2 }
  assert.deepEqual(checkArguments('make', { ...given, notes: { b: '2', a: '1' } }, checks), {
    ...given,
    notes: { a: '1', b: '2' },
  })
})

test('check: a mistake names its place, the expected type and the actual value', () => {
  const messages: readonly (readonly [given: object, message: string])[] = [
    [{}, 'make: name is missing: expected a string.'],
    [{ name: 5 }, 'make: name must be a string; got 5.'],
    [{ name: null }, 'make: name must be a string; got null.'],
    [{ name: 'x', words: 'redis-server' }, 'make: words must be an array of strings; got "redis-server".'],
    [{ name: Promise.resolve('x') }, 'make: name must be a string; got a promise (is "await" missing?).'],
    [
      { name: { toString: () => 'x', a: new Map([['k', 'v']]) } },
      "make: name must be a string; got { toString: [Function: toString], a: Map(1) { 'k' => 'v' } }.",
    ],
    [{ name: 'x', words: ['a', 3n] }, 'make: words[1] must be a string; got 3n.'],
    [{ name: 'x', kind: 'three' }, 'make: kind must be one of "one", "two"; got "three".'],
    [{ name: 'x', flag: () => 1 }, 'make: flag must be true or false; got a function.'],
    [
      { name: 'x', paths: [{ at: 'a', priority: 10 }] },
      'make: paths[0].priority must be an integer from 0 to 9; got 10.',
    ],
    [{ name: 'x', notes: { 'a b': 1 } }, 'make: notes["a b"] must be a string; got 1.'],
    [{ name: 'x', count: 3 }, 'make: count must be an even number; got 3.'],
    [{ name: 'x', nmae: 'y' }, 'make: unknown argument "nmae". Did you mean "name"?'],
    [{ name: 'x', paths: [{ at: 'a', prio: 1 }] }, 'make: paths[0] has no field "prio". The fields are at, priority.'],
  ]
  for (const [given, message] of messages) assert.equal(refusal(given).message, message)
  assert.equal(refusal({ name: 'x', nmae: 1 }).code, 'argument.unknown')
  assert.deepEqual(refusal({ name: 5 }).detail, { place: 'name' })
})

test('check: all mistakes of a call are reported at once, however deep', () => {
  const error = refusal({ paths: [{ at: 1 }, { priority: 'x', extra: 0 }], words: [1, 'a', 2], colour: 'red' })
  assert.equal(error.code, 'argument.invalid')
  assert.deepEqual(error.message.split('\n'), [
    'make has 8 mistakes in its arguments:',
    '  unknown argument "colour". The arguments are name, paths, words, kind, flag, notes, count.',
    '  name is missing: expected a string.',
    '  paths[0].at must be a string; got 1.',
    '  paths[1] has no field "extra". The fields are at, priority.',
    '  paths[1].at is missing: expected a string.',
    '  paths[1].priority must be an integer from 0 to 9; got "x".',
    '  words[0] must be a string; got 1.',
    '  words[2] must be a string; got 2.',
  ])
  assert.equal(
    error.detail.places,
    'colour name paths[0].at paths[1].extra paths[1].at paths[1].priority words[0] words[2]',
  )
})

test('check: long output is truncated: cycles, large objects, many mistakes', () => {
  const circle: unknown[] = []
  circle.push(circle)
  assert.match(refusal({ name: circle }).message, /^make: name contains itself/)
  assert.ok(refusal({ name: { text: 'x'.repeat(1e6) } }).message.length < 150)
  assert.ok(refusal({ name: 'x', count: 'y'.repeat(1e6) }).message.length < 150)
  const many = refusal({ name: 'x', words: Array.from({ length: 1000 }, (_, index) => index) })
  assert.equal(many.message.split('\n').length, 22)
  assert.match(many.message, /\n {2}and 980 more$/)
})

test('check: only a plain object is a set of arguments', () => {
  for (const wrong of ['redis', null, [], new Map()]) assert.equal(refusal(wrong).code, 'argument.invalid')
})

test('check: cyclic, endlessly nested and exponentially shared arguments are refused without being walked', () => {
  const circle: unknown[] = []
  circle.push(circle)
  const nested = (levels: number): unknown => {
    let value: unknown = 1
    for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { inner: value }
    return value
  }
  let wide: unknown = 1
  for (let level = 0; level < 40; level++) wide = [wide, wide]
  for (const paths of [circle, nested(101), nested(100_000), wide])
    assert.throws(() => checkArguments('make', { name: 'x', paths }, checks), {
      code: 'argument.invalid',
      message: /^make: paths contains itself, or has more than 100 levels or 1000000 values/,
    })
})
