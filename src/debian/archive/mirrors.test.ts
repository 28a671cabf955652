import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDebianOptions, type DebianOptions } from '../options.ts'
import { below, partsOf, snapshotOf } from './mirrors.ts'

const set = (options: DebianOptions) => checkDebianOptions(options, '/home/jane')
const both = { archive: [new URL('http://a.example/debian')], security: [new URL('http://s.example/')] }

test('debian mirrors: a suite includes its updates and its security part; backports only if named; sid is alone', () => {
  const suites = (suite: string) => partsOf(set({ suite }), both).map((part) => part.suite)
  assert.deepEqual(suites('bookworm'), ['bookworm', 'bookworm-updates', 'bookworm-security'])
  assert.deepEqual(suites('bookworm-backports'), [
    'bookworm',
    'bookworm-updates',
    'bookworm-security',
    'bookworm-backports',
  ])
  assert.deepEqual(suites('sid'), ['sid'])
})

test('debian mirrors: a missing security address is an error, unless the set declares that there is none', () => {
  const mirrors = { ...both, security: [] }
  assert.throws(
    () => partsOf(set({ suite: 'bookworm' }), mirrors),
    /No address is configured for the security updates of bookworm/,
  )
  const said = set({ suite: 'bookworm', mirrors: { archive: 'http://a.example/debian', security: [] } })
  assert.deepEqual(
    partsOf(said, mirrors).map((part) => part.suite),
    ['bookworm', 'bookworm-updates'],
  )
})

test('debian mirrors: file addresses are below a base with or without a slash, whatever characters their names contain', () => {
  assert.equal(
    below(new URL('http://a.example/debian'), 'pool/x_1%3a2~b+c.deb').href,
    'http://a.example/debian/pool/x_1%253a2~b+c.deb',
  )
  assert.equal(below(new URL('http://a.example/debian/'), 'x').href, 'http://a.example/debian/x')
})

test('debian mirrors: a snapshot is a service by date or a directory', () => {
  const index = { base: 'security', date: '2026-07-11T10:16:37Z' } as const
  const snapshot = (text: string | null) => snapshotOf(set({ suite: 'bookworm', snapshot: text }), index)?.href
  assert.equal(snapshot('http://s.example/x'), 'http://s.example/x/archive/debian-security/20260711T101637Z/')
  assert.equal(snapshot('vendor'), 'file:///home/jane/vendor')
  assert.equal(snapshot('file:///srv/vendor/'), 'file:///srv/vendor/')
  assert.equal(snapshot(null), undefined)
})
