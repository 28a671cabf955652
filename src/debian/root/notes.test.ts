import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatNote } from './notes.ts'

test('notes: one line, of bearable length, without what would confuse a terminal', () => {
  const note = { package: 'p', command: 'run \x1b[31m\n  x\u202e', reason: 'no' }
  assert.equal(formatNote(note), 'p: run \\u{1b}[31m x\\u{202e} (no)')
  assert.ok(formatNote({ ...note, command: 'x'.repeat(100_000) }).length < 300)
})
