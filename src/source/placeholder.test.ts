import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { buildEnv } from './environment.ts'
import { fetchurl } from './fetch-url.ts'
import { pathPackage } from './path.ts'
import { define, extended, isPackage, keyOf } from './placeholder.ts'
import { holdsPlaceholder } from './placeholder-table.ts'
import { writeText } from './text.ts'

test('placeholder: equal descriptions are one package, different ones are not', () => {
  assert.equal(writeText('motd', 'hello'), writeText('motd', 'hello'))
  assert.notEqual(writeText('motd', 'hello').path, writeText('motd', 'hello!').path)
  assert.notEqual(writeText('motd', 'hello').path, writeText('motd2', 'hello').path)
})

test('placeholder: has the form of a store path, so that texts may be built around it', () => {
  const motd = writeText('motd', 'hello')
  assert.match(`${motd}`, /^\/nix\/store\/slipway[0-9abcdfghijklmnpqrsvwxyz]{25}-motd$/)
  assert.equal(`${motd}`, motd.path)
  assert.ok(holdsPlaceholder(`see ${motd}/x`))
})

test('placeholder: a package is recognised by the table, whatever object carries it', () => {
  const motd = writeText('motd', 'hello')
  assert.ok(isPackage({ ...motd }))
  assert.ok(isPackage(extended(motd, { imageName: 'x' })))
  assert.ok(!isPackage({ path: '/nix/store/slipway0000000000000000000000000-motd' }))
  assert.ok(!isPackage({ path: motd.path.replace('motd', 'other') }))
  assert.ok(!isPackage('text') && !isPackage(null) && !isPackage(undefined))
})

test('placeholder: two copies of slipway share one table', () => {
  const table: unknown = Reflect.get(globalThis, Symbol.for('slipway.placeholders/2'))
  assert.ok(table instanceof Map && table.has(keyOf(writeText('motd', 'hello'))))
})

test('placeholder: a name must be known at once', () => {
  const motd = writeText('motd', 'hello')
  assert.throws(() => writeText(`about-${keyOf(motd)}`, 'x'), { code: 'placeholder.misplaced' })
  assert.throws(() => writeText(`about-${keyOf(motd).slice(12, 24)}`, 'x'), { code: 'placeholder.misplaced' })
  assert.throws(() => pathPackage(`/a/${keyOf(motd).toUpperCase()}`), { code: 'placeholder.misplaced' })
  assert.throws(() => fetchurl({ url: `http://x/${motd}`, sha256: '0'.repeat(64) }), { code: 'placeholder.misplaced' })
  assert.throws(() => buildEnv({ name: 'x', paths: [], extraPrefix: `${motd}` }), { code: 'placeholder.misplaced' })
  assert.throws(() => buildEnv({ name: 'x', paths: [], pathsToLink: [`${motd}/bin`] }), {
    code: 'placeholder.misplaced',
    message: /^buildEnv: pathsToLink\[0\] must not contain the placeholder/,
  })
  assert.throws(() => writeText('has space', 'x'), { code: 'argument.invalid' })
})

test('placeholder: printing or comparing a package evaluates none of its getters', () => {
  const made = extended(define({ maker: 'x-1', name: 'x', arguments: {} }), {
    own: 1,
    get next(): never {
      throw new Error('evaluated')
    },
  })
  assert.match(inspect(made, { getters: true }), /own: 1/)
  assert.deepEqual({ ...made }.own, 1)
  assert.throws(() => made.next, /evaluated/)
})

test('placeholder: arguments are copied at the call', () => {
  const list = ['a']
  const made = define({ maker: 'test-1', name: 'x', arguments: { list } })
  list.push('b')
  const again = define({ maker: 'test-1', name: 'x', arguments: { list: ['a'] } })
  assert.equal(made, again)
})
