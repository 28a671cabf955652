import assert from 'node:assert/strict'
import { basename } from 'node:path'
import { test } from 'node:test'
import { parseStorePath, type StorePath } from '../store/store-path.ts'
import type { Package } from './package.ts'
import { keyOf } from './placeholder.ts'
import { packagesIn, replaceDeep, replaceIn } from './replace.ts'
import { writeText } from './text.ts'

const motd = writeText('motd', 'hello')
const other = writeText('other-name', 'bye')

function real(made: Package): StorePath {
  const path = parseStorePath(`${made === motd ? 'a'.repeat(32) : 'b'.repeat(32)}-${made.name}`)
  assert.ok(path !== undefined)
  return path
}
const a = `/nix/store/${'a'.repeat(32)}-motd`
const b = `/nix/store/${'b'.repeat(32)}-other-name`

test('replace: every placeholder of a text, however its path is written', () => {
  assert.equal(replaceIn(`cat ${motd} ${other}/x ${motd}`, real, 'text'), `cat ${a} ${b}/x ${a}`)
  assert.equal(replaceIn(basename(motd.path), real, 'text'), basename(a))
  assert.equal(replaceIn(encodeURIComponent(`${motd}`), real, 'text'), encodeURIComponent(a))
  assert.equal(replaceIn(`${motd}`.replaceAll('/', '\\/'), real, 'text'), a.replaceAll('/', '\\/'))
})

test('replace: the 32 characters alone become the hash part', () => {
  assert.equal(replaceIn(`v-${keyOf(motd)}-2`, real, 'tag'), `v-${'a'.repeat(32)}-2`)
})

test('replace: keys of objects too, sorted afterwards', () => {
  const value = { [`${other}`]: 1, [`${motd}`]: { deep: [`${motd}`] } }
  const replaced = replaceDeep(value, real, 'config')
  assert.deepEqual(Object.entries(replaced), [
    [a, { deep: [a] }],
    [b, 1],
  ])
})

test('replace: packages and bytes stay as they are', () => {
  const bytes = Buffer.from(`${motd}`)
  assert.deepEqual(replaceDeep([motd, bytes], real, ''), [motd, bytes])
})

const remains: Readonly<Record<string, string>> = {
  'cut off': `${motd}`.slice(0, 30),
  'cut to its directory and word': `${motd}`.slice(0, 18),
  'in hex': Buffer.from(`${motd}`).toString('hex'),
  'in base64': Buffer.from(`${motd}`).toString('base64'),
  'in base64, one character later': Buffer.from(`x${motd}`).toString('base64'),
  'in base64, two characters later': Buffer.from(`xy${motd}`).toString('base64'),
}
for (const [how, text] of Object.entries(remains)) {
  test(`replace: a placeholder that is ${how} is an error with its place`, () => {
    assert.throws(
      () => replaceDeep({ Env: [`X=${text}`] }, real, 'config'),
      (thrown: Error) => {
        assert.match(thrown.message, /^config\.Env\[0\] holds/)
        return true
      },
    )
  })
}

test('replace: the word slipway is a word like others', () => {
  for (const text of [
    'slipway',
    'built with slipway 1.0',
    'slipwaying',
    '/opt/slipway/bin',
    Buffer.from('slipway builds').toString('base64'),
  ]) {
    assert.equal(replaceIn(text, real, 'text'), text)
  }
})

test('replace: packages are found as values and in strings, in order', () => {
  assert.deepEqual([...packagesIn({ x: [`${other}`], [`${motd}`]: motd })], [other, motd])
})
