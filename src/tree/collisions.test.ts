import assert from 'node:assert/strict'
import { test } from 'node:test'
import { caseCollisions } from './collisions.ts'
import { file, memoryTree } from './memory.ts'
import { show } from './path.ts'

test('collisions: names that differ by case or by composition, with the first of them', () => {
  const tree = memoryTree({
    'A/x': file(''),
    'a/y': file(''),
    '\u00e4': file(''),
    'a\u0308': file(''),
    'Stra\u00dfe': file(''),
    STRASSE: file(''),
    b: file(''),
  })
  assert.deepEqual(
    caseCollisions(tree).map((pair) => pair.map(show)),
    [
      ['STRASSE', 'Stra\u00dfe'],
      ['A', 'a'],
      ['a\u0308', '\u00e4'],
    ],
  )
})
