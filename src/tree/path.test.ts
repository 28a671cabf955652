import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyEdits } from './apply-edits.ts'
import { type Root, record } from './edit.ts'
import { cleaned, entryPathOf, join, longestPath, path, relative } from './path.ts'
import { emptyTree } from './tree.ts'

test('cleaned: ".." removes the part before it, and has no effect at the root', () => {
  for (const [name, expected] of [
    ['app/../x', 'x'],
    ['../../x', 'x'],
    ['a/b/../../../c/./d/', 'c/d'],
    ['a..b/...', 'a..b/...'],
    ['..', ''],
  ] as const)
    assert.equal(cleaned(name), expected, name)
  assert.throws(() => cleaned('a\0b/..'), { code: 'path.invalid' })
  assert.throws(() => entryPathOf('app/../x'), { code: 'path.invalid' })
})

test('relative: the inverse of join', () => {
  assert.equal(relative(join(path('a/b'), 'c/d'), path('a/b')), 'c/d')
  assert.equal(relative(path('a/b'), path('a/b')), '')
  assert.equal(relative(path('a-b'), path('a')), undefined)
})

test('a path longer than Linux opens is refused, however it is made', () => {
  const long = entryPathOf('a'.repeat(longestPath))
  const expected = { code: 'path.too-long', message: /starts with "a.* has \d+ bytes; the limit is 4095/ }
  assert.throws(() => entryPathOf(`${long}a`), expected)
  assert.throws(() => cleaned('a/'.repeat(16_000)), expected)
  assert.throws(() => join(long, 'b'), expected)
  assert.equal(join(long, ''), long)
  assert.throws(() => path('ä'.repeat(2048)), { code: 'path.too-long' })
})

test('commands that would make a path longer than Linux opens are refused with their place', () => {
  const deep = 'a/'.repeat(2000)
  const edits = (commands: (root: Root) => void) => applyEdits(emptyTree, record(commands, 'test'))
  assert.throws(() => edits((root) => root.mkdir('a/'.repeat(5000))), {
    code: 'path.too-long',
    message: /^test: root\.mkdir/,
  })
  const moved = (root: Root): void => {
    root.mkdir(deep)
    root.copy('/a/a', '/b')
    root.copy('/b', `/${deep}b`)
  }
  assert.throws(() => edits(moved), { code: 'path.too-long', message: /^edits: command 3, root\.copy/ })
  assert.equal([...edits((root) => root.mkdir(deep)).entries()].length, 2000)
})
