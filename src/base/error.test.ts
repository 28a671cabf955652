import assert from 'node:assert/strict'
import { test } from 'node:test'
import { growth } from '../../test/support/growth.ts'
import { BuildError, fail, located } from './error.ts'

function messageOf(fact: string): string {
  try {
    return fail('archive.invalid', fact, { remedy: 'Make it again.' })
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : ''
  }
}

test('error: credentials in addresses are removed from messages', () => {
  assert.equal(
    messageOf('See https://me:secret@host/x, HTTP://token@host and s3+x://a:b@c.'),
    'See https://***@host/x, HTTP://***@host and s3+x://***@c. Make it again.',
  )
  assert.equal(messageOf('me@host, a://b/c@d'), 'me@host, a://b/c@d Make it again.')
})

test('error: making a message takes time linear in its length, whatever it contains', () => {
  for (const atom of ['a', 'a://', 'a://b', '://x@', 'a.-+'])
    assert.ok(growth((size) => messageOf(atom.repeat(size / atom.length)), 40_000) < 40, atom)
})

test('located: prefixes the place; other errors pass through unchanged', () => {
  const failing = (): never => fail('archive.invalid', 'It is broken.', { remedy: '', detail: { offset: 3 } })
  assert.throws(() => located('image.tar', failing), {
    message: 'image.tar: It is broken.',
    detail: { offset: 3, place: 'image.tar' },
  })
  assert.throws(
    () =>
      located('x', () => {
        throw new TypeError('a fault')
      }),
    (thrown) => !(thrown instanceof BuildError),
  )
})
