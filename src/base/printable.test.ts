import assert from 'node:assert/strict'
import test from 'node:test'
import { BuildError } from './error.ts'
import { printable, printableJson, printableLines } from './printable.ts'

const hostile = 'a\x1b[31m\x07\r\n\t\x7f\x9b\u061c\u200e\u202e\u2066\u2028\u200b\ufeff\u{e0041}\ud800z'

test('printable: escapes everything that a terminal acts on, keeps letters of every script', () => {
  const shown = printable(hostile)
  assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
  assert.equal(
    shown,
    'a\\x1b[31m\\x07\\r\\n\\t\\x7f\\x9b\\u061c\\u200e\\u202e\\u2066\\u2028\\u200b\\ufeff\\u{e0041}\\ud800z',
  )
  for (const text of ['plain "quoted" \\n', 'ünïcode 日本語 עברית ok', '😀']) assert.equal(printable(text), text)
  assert.equal(printable(shown), shown)
})

test('printable: long text keeps its beginning and its end', () => {
  const shown = printable(`begin${'x'.repeat(300_000)}end`)
  assert.ok(shown.length < 1100)
  assert.match(shown, /^begin.*299008 characters.*end$/)
})

test('printable: indents continuation lines, so none looks like a separate message', () => {
  assert.equal(printableLines('has 2:\n  one\ntwo\n    three\r'), 'has 2:\n  one\n  two\n    three\\r')
  assert.equal(printableLines(`${'line\n'.repeat(100_000)}`).split('\n').length, 61)
})

test('printable: JSON is the same value, and safe too', () => {
  const value = { [hostile]: [hostile, 1, { '': null }] }
  for (const indentation of [undefined, 2]) {
    const text = printableJson(value, indentation)
    assert.deepEqual(JSON.parse(text), value)
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
  }
})

test('printable: error messages are printable, their details exact', () => {
  const { message, detail } = new BuildError('archive.invalid', `holds ${hostile}${'x'.repeat(300_000)}.`, {
    name: hostile,
  })
  assert.doesNotMatch(message.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u)
  assert.ok(message.length < 2200)
  assert.equal(detail.name, hostile)
})
