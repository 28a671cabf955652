import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lockKey } from './lock/set-kind.ts'
import { checkDebianOptions, type DebianMirrors, type DebianOptions } from './options.ts'

const check = (options: DebianOptions) => checkDebianOptions(options, '/home/jane/project')

test('debian options: null and undefined mean the default; relative paths start at the home', () => {
  const plain = check({ suite: 'bookworm' })
  assert.deepEqual(check({ suite: 'bookworm', essential: null, omit: null, lock: null, mirrors: null }), plain)
  assert.equal(plain.essential, 'shell')
  const named = check({
    suite: 'bookworm',
    directory: 'images',
    lock: '../my.lock',
    keyring: 'k.asc',
    snapshot: 'vendor',
  })
  assert.deepEqual(
    [named.directory, named.lock, named.keyring, named.snapshot],
    [
      '/home/jane/project/images',
      '/home/jane/project/my.lock',
      '/home/jane/project/images/k.asc',
      '/home/jane/project/images/vendor',
    ],
  )
  assert.equal(
    check({ suite: 'bookworm', snapshot: 'https://snapshot.example.org/' }).snapshot,
    'https://snapshot.example.org/',
  )
})

test('debian options: each mistake is reported with its place', () => {
  for (const [options, message] of [
    [{ suite: 'stable' }, /"stable" means another release over time/],
    [{ suite: 'Book Worm' }, /suite must be a codename.*; got "Book Worm"/],
    [{ suite: 'bookworm', architecture: 'x86_64' }, /architecture must be one of .*"amd64".*; got "x86_64"/],
    [
      { suite: 'bookworm', mirrors: { archive: 'nowhere', security: [] } },
      /mirrors\.archive must be an address.*; got "nowhere"/,
    ],
    [
      { suite: 'bookworm', mirrors: { archive: [], security: [] } },
      /mirrors\.archive must be at least one address; got \[\]/,
    ],
    [{ suite: 'bookworm', mirror: 'x' }, /unknown argument "mirror".*"mirrors"/],
    [{ suite: 3, prefer: [1], mirrors: {} }, /suite must.*mirrors\.archive is missing.*prefer\[0\] must/s],
    [{ suite: 'bookworm', exclude: ['docs'] }, /exclude\[0\] must be one of .*; got "docs"/],
  ] as const)
    assert.throws(() => Reflect.apply(check, undefined, [options]), message)
})

test('debian options: the security archive is beside the archive, unless it is given', () => {
  const of = (mirrors: DebianMirrors) => check({ suite: 'bookworm', mirrors }).mirrors?.security
  assert.deepEqual(of({ archive: 'https://mirror.example/pub/debian/' }), [
    'https://mirror.example/pub/debian-security',
  ])
  assert.deepEqual(of({ archive: ['http://a/debian', 'http://b/x'] }), ['http://a/debian-security'])
  assert.deepEqual(of({ archive: 'http://a/debian', security: 'http://b/s' }), ['http://b/s'])
  assert.deepEqual(of({ archive: 'http://a/debian', security: [] }), [])
  assert.throws(() => of({ archive: 'http://a/main' }), {
    code: 'argument.invalid',
    message:
      /mirrors\.security is missing: expected an address, or \[\] for none, since no address of the archive ends with "\/debian"/,
  })
})

test('debian options: the lock key contains the options that affect the choice of packages, and no others', () => {
  const key = (options: Partial<DebianOptions>) => lockKey(check({ suite: 'bookworm', ...options }), 'amd64')
  assert.equal(key({}), 'debian bookworm amd64')
  assert.equal(
    key({
      exclude: ['doc'],
      packageRecords: 'none',
      sandbox: 'fakeroot',
      mirrors: { archive: 'http://x/', security: 'http://y/' },
    }),
    key({}),
  )
  assert.equal(
    key({ essential: 'all', recommends: true, prefer: ['b', 'a'], omit: ['d', 'c'] }),
    'debian bookworm amd64 essential=all recommends prefer=b,a omit=c,d',
  )
})
