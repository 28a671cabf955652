import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkMode, type Mode, modeFor } from './mode.ts'

test('mode: decimal digits that look octal are refused, with what to write', () => {
  for (const decimal of [755, 644, 600, 700, 750, 640, 775, 664, 777, 1777])
    assert.throws(() => checkMode(decimal, 'mode'), {
      code: 'argument.invalid',
      message: `mode must be octal: write 0o${decimal}; got ${decimal}.`,
    })
})

test('mode: numbers of the twelve bits, and what chmod takes', () => {
  for (const mode of [0, 0o755, 0o7777, 493, 'u=rwX,go=rX', 'g+s', '+t']) assert.equal(checkMode(mode, 'mode'), mode)
  for (const mode of [-1, 0o10000, 1.5, 'rwx', '0755', '755', '', 'u=q', '999', null, {}])
    assert.throws(() => checkMode(mode, 'mode'), { code: 'argument.invalid' })
})

test('mode: a change depends on the entry', () => {
  const isDirectory = false
  assert.equal(modeFor('u=rwX,go=rX', { mode: 0o444, isDirectory }), 0o644)
  assert.equal(modeFor('u=rwX,go=rX', { mode: 0o555, isDirectory }), 0o755)
  assert.equal(modeFor('u=rwX,go=', { mode: 0o755, isDirectory: true }), 0o700)
  assert.equal(modeFor(0o600, { mode: 0o755, isDirectory: true }), 0o600)
})

test('mode: the sticky bit goes with the permissions of others, as for chmod', () => {
  const changes: readonly Mode[] = ['a=rX', 'o=rx', 'u=rwx', 'u+t', 'o-t', 'go=rxt']
  assert.deepEqual(
    changes.map((change) => modeFor(change, { mode: 0o1777, isDirectory: true })),
    [0o555, 0o775, 0o1777, 0o1777, 0o777, 0o1755],
  )
})
