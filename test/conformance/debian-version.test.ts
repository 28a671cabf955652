/** Compares versions like `dpkg --compare-versions`, for awkward ones and generated ones. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareVersions } from '../../src/debian/archive/version.ts'
import { missing } from '../support/command.ts'

const skip = missing('dpkg')

const awkward = [
  '1.0',
  '1.0-0',
  '1.0-1',
  '0:1.0',
  '1:1.0',
  '1.0~',
  '1.0~~',
  '1.0~a',
  '1.0a',
  '1.0+',
  '1.0+b1',
  '1.00',
  '1.0.0',
  '01.0',
  '1.0-1~deb12u1',
  '1.0-1+deb12u1',
  '1.0-1+b2',
  '5:7.0.15-1~deb12u10',
  '2.36-9+deb12u14',
  '1.0-1-1',
  '1.a',
  '1.A',
  '1.a1',
  '1.a01',
  '99999999999999999999999',
  '100000000000000000000000',
  '1.0.',
  '1..0',
  '0',
  '00',
  '0~',
  '1.0-',
  '7.6.q-32',
  '1.2.13.dfsg-1',
]

test('debian version: every pair of awkward versions and 800 generated pairs are ordered as dpkg orders them', {
  skip,
}, () => {
  const version = fc.stringMatching(/^([0-9]:)?[0-9][0-9aZ.+~-]{0,7}$/)
  const generated = fc.sample(fc.tuple(version, version), { numRuns: 800, seed: 12 })
  const pairs = [...awkward.flatMap((a) => awkward.map((b) => [a, b] as const)), ...generated].filter((pair) =>
    pair.every((each) => !each.endsWith('-')),
  )
  assert.ok(pairs.length > 1500)
  const script =
    'while read -r a b; do if dpkg --compare-versions "$a" lt "$b"; then echo -1; elif dpkg --compare-versions "$a" eq "$b"; then echo 0; else echo 1; fi; done'
  const { stdout } = spawnSync('sh', ['-c', script], {
    input: pairs.map((pair) => `${pair.join(' ')}\n`).join(''),
    encoding: 'utf8',
  })
  const theirs = stdout.trim().split('\n')
  assert.equal(theirs.length, pairs.length)
  const wrong = pairs.filter(([a, b], index) => String(Math.sign(compareVersions(a, b))) !== theirs[index])
  assert.deepEqual(wrong, [])
})
