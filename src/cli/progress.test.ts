import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lines } from './progress.ts'

test('progress: away from a terminal each finished piece is one line, however often it is reported', () => {
  const printed: string[] = []
  const { report } = lines({ write: (text) => printed.push(text) })
  report({ at: 'fetch', subject: 'libc6', done: 0, total: 2_000_000 })
  report({ at: 'fetch', subject: 'libc6', done: 1_000_000, total: 2_000_000 })
  report({ at: 'fetch', subject: 'libc6', done: 2_000_000, total: 2_000_000 })
  report({ at: 'fetch', subject: 'libc6', done: 2_000_000, total: 2_000_000 })
  report({ at: 'build', subject: 'env', done: 0, total: 0 })
  assert.deepEqual(printed, ['fetched libc6 (2.0 MB)\n', 'built env\n'])
})
