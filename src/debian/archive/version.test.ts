import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareVersions, versionFits } from './version.ts'

test('debian version: a tilde sorts before the end, letters before other characters, numbers by value whatever their length', () => {
  const inOrder = ['1.0~~', '1.0~rc1', '1.0', '1.0-1', '1.0a', '1.0+b', '1.2', '1.10', '2:0.1', '10:0']
  assert.deepEqual([...inOrder].reverse().sort(compareVersions), inOrder)
  assert.ok(compareVersions(`1.${'9'.repeat(40)}`, `1.1${'0'.repeat(40)}`) < 0)
})

test('debian version: no epoch is epoch 0, no revision is revision 0, leading zeros are ignored', () => {
  for (const [a, b] of [
    ['1.0', '0:1.0'],
    ['1.0', '1.0-0'],
    ['1.007', '1.7'],
    ['1.', '1.0'],
  ] as const)
    assert.equal(compareVersions(a, b), 0, `${a} ${b}`)
})

test('debian version: the five relations', () => {
  const fitting = (a: string, b: string) =>
    (['<<', '<=', '=', '>=', '>>'] as const).filter((each) => versionFits(a, each, b))
  assert.deepEqual(fitting('1', '2'), ['<<', '<='])
  assert.deepEqual(fitting('2', '2-0'), ['<=', '=', '>='])
  assert.deepEqual(fitting('3', '2'), ['>=', '>>'])
})

test('debian version: the order is total', () => {
  const version = fc.stringMatching(/^([0-9]:)?[0-9][0-9a-z.+~]{0,6}(-[0-9a-z.+~]{1,4})?$/)
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      assert.equal(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a)), 0)
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) assert.ok(compareVersions(a, c) <= 0)
    }),
  )
})
