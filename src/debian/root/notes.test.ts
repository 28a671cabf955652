import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatNote, unsettled } from './notes.ts'

test('notes: one line of limited length, without control characters', () => {
  const note = { package: 'p', command: 'run \x1b[31m\n  x\u202e', reason: 'no' }
  assert.equal(formatNote(note), 'p: run \\x1b[31m x\\u202e (no)')
  assert.ok(formatNote({ ...note, command: 'x'.repeat(100_000) }).length < 300)
})

test('notes: none about work that slipway does in another way, such as the bundle of certificates, or that no image needs, such as byte code', () => {
  const note = (name: string) => ({ package: name, command: 'rm -f x', reason: 'no' })
  assert.deepEqual(unsettled(['ca-certificates', 'python3.13', 'python3.13-minimal', 'mysql-server'].map(note)), [
    note('mysql-server'),
  ])
})
