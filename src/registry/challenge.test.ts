import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseChallenges } from './challenge.ts'

const parsed = (...headers: readonly string[]) =>
  parseChallenges(headers).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])

test('challenge: every form that RFC 9110 allows, in one header or several', () => {
  const realm = { realm: 'https://auth.example/token', service: 'r', scope: 'repository:a/b:pull,push' }
  const bearer = 'realm="https://auth.example/token",service="r",scope="repository:a/b:pull,push"'
  assert.deepEqual(parsed(`Bearer ${bearer}`), [['bearer', realm]])
  assert.deepEqual(parsed(`BEARER   ${bearer.replaceAll(',s', '  ,\t s')}`), [['bearer', realm]])
  assert.deepEqual(parsed(`Bearer ${bearer.replaceAll('=', ' = ')}`), [['bearer', realm]])
  const both = [
    ['basic', { realm: 'x' }],
    ['bearer', realm],
  ]
  assert.deepEqual(parsed(`Basic realm="x", Bearer ${bearer}`), both)
  assert.deepEqual(parsed('Basic realm="x"', `Bearer ${bearer}`), both)
  assert.deepEqual(parsed(`, ,Basic realm=x,,Bearer ${bearer},`), both)
  assert.deepEqual(parsed('Basic'), [['basic', {}]])
  assert.deepEqual(parsed('Negotiate a2b3==, Basic realm="a, b=\\"c\\" \\\\"'), [
    ['negotiate', {}],
    ['basic', { realm: 'a, b="c" \\' }],
  ])
  assert.deepEqual(parsed('Bearer REALM="a", realm="b"'), [['bearer', { realm: 'a' }]])
})

test('challenge: a syntax error ends only its own header, quickly', () => {
  assert.deepEqual(parsed('Bearer realm="never closed', 'Basic realm=x'), [
    ['bearer', {}],
    ['basic', { realm: 'x' }],
  ])
  for (const broken of ['', ',', '=', '"', 'a=b=c', '\u0000', 'Bearer ="x"', '((('])
    assert.ok(Array.isArray(parsed(broken)))
  const long = `Basic ${'a="\\"",'.repeat(200_000)}`
  assert.equal(parsed(long)[0]?.[0], 'basic')
})
