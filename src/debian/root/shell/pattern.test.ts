import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPattern, literal, matches } from './pattern.ts'

test('patterns: stars, question marks, sets, ranges, classes and escapes', () => {
  const cases: readonly (readonly [pattern: string, text: string, isMatch: boolean])[] = [
    ['*', '', true],
    ['a*c', 'abbc', true],
    ['a*c', 'abbd', false],
    ['?', '', false],
    ['[abc]x', 'bx', true],
    ['[!abc]x', 'bx', false],
    ['[^a-c]x', 'dx', true],
    ['[]]', ']', true],
    ['[[:digit:]]*', '4x', true],
    ['[[:digit:]]*', 'x4', false],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['[', '[', true],
    ['*.conf', 'a.conf', true],
    ['', 'a', false],
  ]
  for (const [pattern, text, isMatch] of cases) assert.equal(matches(pattern, text), isMatch, `${pattern} ${text}`)
  for (const text of ['a*b', '[x]', 'a\\b', '!-']) {
    assert.equal(matches(literal(text), text), true, text)
    assert.equal(isPattern(literal(text)), false, text)
  }
})

test('patterns: many stars do not take exponential time', () => {
  assert.equal(matches(`${'*a'.repeat(200)}b`, 'a'.repeat(5000)), false)
})
