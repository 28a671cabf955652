import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Entry, plain } from '../tree/entry.ts'
import { path } from '../tree/path.ts'
import { slicesOf } from './slices.ts'

const rule = { least: 10_000, most: 40_000, marks: 4 }

function file(name: string, size: number): Entry {
  return { kind: 'file', path: path(name), metadata: plain(0o444), content: { size, open: () => [] } }
}

const names = Array.from({ length: 400 }, (_, index) => `f${index}`.padEnd(6, 'x')).sort()
const files = names.map((name, index) => file(name, (index * 37) % 2000))

/** Slices as the names and sizes that they are made of. */
function cut(entries: readonly Entry[]): readonly string[] {
  return [...slicesOf(entries, rule)].map((slice) =>
    slice.map((entry) => `${entry.path} ${entry.kind === 'file' ? entry.content.size : ''}`).join('\n'),
  )
}

test('slices: all entries, in order, in slices of about the least size', () => {
  const slices = [...slicesOf(files, rule)]
  assert.deepEqual(slices.flat(), files)
  assert.ok(slices.length > 15 && slices.length < 60, `${slices.length} slices`)
  assert.deepEqual([...slicesOf([], rule)], [])
})

test('slices: what comes, goes or grows changes the slices around it only', () => {
  const before = new Set(cut(files))
  const changes = {
    grown: files.with(200, file(names[200] ?? '', 9000)),
    gone: files.toSpliced(200, 1),
    come: files.toSpliced(200, 0, file('f27x', 5)),
  }
  for (const [name, entries] of Object.entries(changes)) {
    const others = cut(entries).filter((slice) => !before.has(slice))
    assert.ok(others.length >= 1 && others.length <= 3, `${name}: ${others.length} slices`)
  }
})

test('slices: a large file is alone, and without marks slices end', () => {
  const large = file('m', 40_000)
  assert.deepEqual(
    [...slicesOf([file('a', 1), large, file('z', 1)], rule)].map((slice) => slice.length),
    [1, 1, 1],
  )
  const sizes = [...slicesOf(files, { ...rule, marks: 2 ** 33 })].map((slice) => slice.length)
  assert.ok(sizes.length > 5)
})
