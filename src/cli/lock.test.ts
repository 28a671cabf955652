import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestOf } from '../base/digest.ts'
import { formatLocked } from './lock.ts'

test('lock: changes are reported one package per line, with the size of the set', () => {
  const before = { version: '1', size: 1_000_000 }
  const after = { version: '2', size: 3_000_000 }
  const change = {
    file: 'slipway.lock',
    set: 'debian bookworm amd64',
    packages: [
      { name: 'added', to: after },
      { name: 'gone', from: before },
      { name: 'moved', from: before, to: after },
    ],
    bytes: { before: 2_000_000, after: 6_000_000 },
  }
  assert.equal(
    formatLocked({ changes: [change], vendored: ['debs/a.deb'] }),
    [
      'debian bookworm amd64: 2.0 MB → 6.0 MB',
      '  + added 2',
      '  - gone 1',
      '  ~ moved 1 → 2',
      '1 packages written',
    ].join('\n'),
  )
  assert.equal(formatLocked({ changes: [], vendored: [] }), 'nothing changed')
})

test('lock: what moved is printed whole, old and new', () => {
  const [from, to] = [
    { version: digestOf('old'), size: 1 },
    { version: digestOf('new'), size: 2 },
  ]
  const changes = [
    {
      file: 'slipway.lock',
      set: 'image x:1',
      packages: [{ name: 'digest', from, to }],
      bytes: { before: 1, after: 2 },
    },
  ]
  assert.match(formatLocked({ changes, vendored: [] }), new RegExp(`~ digest ${from.version} → ${to.version}$`))
})
