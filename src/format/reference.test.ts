import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatReference, parseReference, qualified } from './reference.ts'

const digest = `sha256:${'a'.repeat(64)}` as const

test('reference: domains, ports, tags and digests are distinguished', () => {
  assert.deepEqual(parseReference('redis'), { path: 'redis' })
  assert.deepEqual(parseReference('redis:7'), { path: 'redis', tag: '7' })
  assert.deepEqual(parseReference('team/redis'), { path: 'team/redis' })
  assert.deepEqual(parseReference('localhost/redis'), { domain: 'localhost', path: 'redis' })
  assert.deepEqual(parseReference('host:5000/redis'), { domain: 'host:5000', path: 'redis' })
  assert.deepEqual(parseReference('[::1]:5000/a/b:t'), { domain: '[::1]:5000', path: 'a/b', tag: 't' })
  assert.deepEqual(parseReference(`ghcr.io/a/b:t@${digest}`), { domain: 'ghcr.io', path: 'a/b', tag: 't', digest })
  assert.deepEqual(parseReference('Host/redis'), { domain: 'Host', path: 'redis' })
})

test('reference: a string that breaks the grammar is not a valid name', () => {
  for (const text of [
    '',
    'Redis',
    'a b',
    'a//b',
    '/a',
    'a/',
    '-a',
    'a-',
    'a..b',
    'a___b',
    'a:',
    'a:.t',
    `a:${'t'.repeat(129)}`,
    'a@sha256:12',
    `a@sha512:${'a'.repeat(128)}`,
    'a'.repeat(64),
    'x'.repeat(256),
    'host:port/a',
    '[::1/a',
  ])
    assert.equal(parseReference(text), undefined, text)
})

test('reference: Docker’s short names are written out', () => {
  const full = (text: string): string => formatReference(qualified(parseReference(text) ?? { path: '' }))
  assert.equal(full('redis'), 'docker.io/library/redis:latest')
  assert.equal(full('a/b:1'), 'docker.io/a/b:1')
  assert.equal(full('index.docker.io/redis'), 'docker.io/library/redis:latest')
  assert.equal(full('ghcr.io/redis'), 'ghcr.io/redis:latest')
  assert.equal(full(`redis@${digest}`), `docker.io/library/redis@${digest}`)
})

test('reference: formatting and parsing are inverse', () => {
  const component = fc.stringMatching(/^[a-z0-9]+((\.|_|__|-{1,2})[a-z0-9]+){0,2}$/)
  const reference = fc.record(
    {
      domain: fc.constantFrom('localhost', 'localhost:1', 'a.example', 'A', '[fe80::1]:80', '127.0.0.1:5000'),
      path: fc.array(component, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
      tag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,9}$/),
      digest: fc.constant(digest),
    },
    { requiredKeys: ['path'] },
  )
  fc.assert(
    fc.property(reference, (value) => {
      // The first component of a path may look like a domain ("a.b/c") or the whole like a digest: then text says otherwise.
      fc.pre(value.domain !== undefined || !/^([^/]*\.[^/]*|localhost)\//.test(value.path))
      fc.pre(value.path.length < 60)
      assert.deepEqual({ ...parseReference(formatReference(value)) }, { ...value })
    }),
  )
})
