import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { digestOf } from '../../base/digest.ts'
import { formatLock, parseLock } from '../../lock/lock-file.ts'
import type { LockEntry } from '../../lock/set-kind.ts'
import type { LockedIndex, LockedPackage, LockedSet } from './resolution.ts'
import { debianSetKind } from './set-kind.ts'

const name = fc.stringMatching(/^[a-z][a-z0-9+.-]{1,6}$/)
const base = fc.constantFrom<'archive' | 'security'>('archive', 'security')
const file = name.map((each) => `pool/main/${each}.deb`)
const digest = fc.string().map(digestOf)
const plain = { noNullPrototype: true }
const index: fc.Arbitrary<LockedIndex> = fc.record(
  {
    suite: name,
    base,
    date: fc.constant('2026-07-11T10:16:37Z'),
    release: digest,
    file,
    size: fc.nat(),
    sha256: digest,
  },
  plain,
)
const set: fc.Arbitrary<LockedSet> = fc
  .tuple(
    fc.uniqueArray(name, { minLength: 1, maxLength: 6 }),
    fc.array(index, { maxLength: 3 }),
    fc.record({ version: name, architecture: name, base, file, size: fc.nat(), sha256: digest }, plain),
    fc.dictionary(name, fc.integer({ min: 100, max: 999 }), plain),
  )
  .map(([names, indexes, rest, ids]) => {
    const sorted = [...names].sort()
    const packages = new Map(
      sorted.map((each): [string, LockedPackage] => [each, { name: each, ...rest, requires: sorted.slice(1) }]),
    )
    const users = new Map(Object.entries(ids).sort(([a], [b]) => (a < b ? -1 : 1)))
    return { indexes, roots: sorted.slice(0, 2), implied: sorted.slice(0, 1), ids: { users, groups: users }, packages }
  })

const kinds = new Map([['debian', { load: async () => debianSetKind }]])

test('lock: round trip, byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.tuple(name, set), { maxLength: 3, selector: ([key]) => key }), async (sets) => {
      const entries = sets.map(([key, set]): [string, LockEntry] => [`debian ${key}`, { kind: debianSetKind, set }])
      const lock = new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
      const text = formatLock(lock)
      assert.deepEqual(await parseLock(text, 'slipway.lock', kinds), lock)
      assert.equal(formatLock(await parseLock(text, 'slipway.lock', kinds)), text)
    }),
  )
})

test('lock: a later format or an unknown kind of set is refused with its line', async () => {
  await assert.rejects(
    parseLock('{"format": 2, "sets": {}}', '/x/slipway.lock', kinds),
    /\/x\/slipway\.lock:1: the lock has format 2/,
  )
  await assert.rejects(
    parseLock('{"format": 1, "sets": {\n"npm x": {}}}', '/x/slipway.lock', kinds),
    /\/x\/slipway\.lock:2: the lock has a set of the kind "npm"/,
  )
  for (const [text, message] of [
    ['{}', /the lock has no "format"; this slipway reads format 1/],
    ['{\n"format": "new"}', /slipway\.lock:2: the lock has format "new"/],
    ['\u{feff}{"format": 1, "sets": {}}', /the lock starts with a byte order mark/],
  ] as const)
    await assert.rejects(parseLock(text, '/x/slipway.lock', kinds), { code: 'lock.invalid', message })
})

test('lock: a lock of an older slipway is reproduced byte for byte', async () => {
  const file = join(import.meta.dirname, '../../../test/vectors/lock.txt')
  const text = readFileSync(file, 'utf8')
  assert.equal(formatLock(await parseLock(text, file, kinds)), text)
})
