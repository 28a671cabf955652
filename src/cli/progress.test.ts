import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lines, summaries } from './progress-lines.ts'

test('progress: with --verbose each finished piece is one line, however often it is reported', () => {
  const printed: string[] = []
  const { report } = lines({ write: (text) => printed.push(text) })
  report({ at: 'fetch', subject: 'libc6', done: 0, total: 2_000_000 })
  report({ at: 'fetch', subject: 'libc6', done: 1_000_000, total: 2_000_000 })
  report({ at: 'fetch', subject: 'libc6', done: 2_000_000, total: 2_000_000 })
  report({ at: 'fetch', subject: 'libc6', done: 2_000_000, total: 2_000_000 })
  report({ at: 'build', subject: 'env', done: 0, total: 0 })
  report({ at: 'resolve', subject: 'the index', done: 1, total: 1 })
  assert.deepEqual(printed, ['fetched libc6 (2.0 MB)\n', 'built env\n', 'resolved the index\n'])
})

test('progress: away from a terminal each kind of work is one line, with number, size and time', () => {
  const printed: string[] = []
  let time = 0
  const { report, stop } = summaries({ write: (text) => printed.push(text) }, () => time)
  report({ at: 'resolve', subject: 'the index', done: 0, total: 1 })
  report({ at: 'resolve', subject: 'the index', done: 1, total: 1 })
  for (const subject of ['a.deb', 'b.deb']) report({ at: 'fetch', subject, done: 1, total: 40_000_000 })
  time = 4100
  for (const subject of ['a.deb', 'b.deb']) report({ at: 'fetch', subject, done: 40_000_000, total: 40_000_000 })
  report({ at: 'fetch', subject: 'broken.deb', done: 1, total: 2 })
  report({ at: 'layer', subject: '22 layers', done: 1000, total: 1000 })
  assert.deepEqual(printed, [])
  stop()
  stop()
  assert.deepEqual(printed, ['fetched 2 packages, 80 MB, 4.1 s\n', 'layered 22 layers, 1.0 kB, 0.0 s\n'])
})

test('progress: work that takes longer than a second is announced once, other work is not', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const printed: string[] = []
  const { report, stop } = summaries({ write: (text) => printed.push(text) }, () => 0)
  report({ at: 'wait', subject: 'the garbage collector at /s', done: 0, total: 1 })
  context.mock.timers.tick(999)
  report({ at: 'wait', subject: 'the garbage collector at /s', done: 1, total: 1 })
  report({ at: 'resolve', subject: 'http://mirror/InRelease', done: 0, total: 1 })
  report({ at: 'resolve', subject: 'http://mirror/other', done: 0, total: 1 })
  context.mock.timers.tick(1000)
  context.mock.timers.tick(5000)
  stop()
  assert.deepEqual(printed, ['reading http://mirror/InRelease …\n'])
})
