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

const reversed = (text: string): string => [...text].reverse().join('')
const remains: Readonly<Record<string, string>> = {
  'cut off': `${motd}`.slice(0, 30),
  'cut to its directory and word': `${motd}`.slice(0, 18),
  'cut to its first two characters': `${motd}`.slice(0, 20),
  'cut within its name': `${motd}`.slice(0, -1),
  'cut before its name': `${motd}`.slice(0, 43),
  'cut in front': `${motd}`.slice(20),
  'cut to 12 characters of its mark': `x${keyOf(motd).slice(3, 15)}y`,
  'cut to the last 12 characters of its mark': keyOf(motd).slice(-12),
  'in upper case': `${motd}`.toUpperCase(),
  'in upper case and cut': `${motd}`.toUpperCase().slice(0, 20),
  'in mixed case': keyOf(motd).replace(/./g, (letter, at) => (at % 2 === 0 ? letter.toUpperCase() : letter)),
  reversed: reversed(`${motd}`),
  'reversed, cut and in upper case': reversed(`${motd}`).slice(6, 22).toUpperCase(),
  'of another process': `/nix/store/slipway${'0'.repeat(25)}-motd`,
  'cut and in base64': Buffer.from(`${motd}`.slice(0, 22)).toString('base64'),
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

test('replace: 11 characters of a mark are a word like others, and so are other hashes', () => {
  for (const text of [
    keyOf(motd).slice(3, 14),
    reversed(keyOf(motd).slice(-11)),
    'slipwayabc',
    `/nix/store/${'s1ipway'.padEnd(32, '0')}-motd`,
    'q'.repeat(100_000),
  ])
    assert.equal(replaceIn(text, real, 'text'), text)
})

test('replace: packages are found as values and in strings, in order', () => {
  assert.deepEqual([...packagesIn({ x: [`${other}`], [`${motd}`]: motd })], [other, motd])
})
