import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compactJson, rawMembers, rawObject } from './raw-json.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8')
const text = (json: Uint8Array): string => Buffer.from(json).toString('utf8')

test('raw JSON: members keep their bytes, and the last of equal keys wins', () => {
  const members = rawMembers(bytes(' { "a" : 1.50 ,\n"b":[1, {"c":"}\\""}], "\\u0061": "x,y" , "d": null}\n'))
  assert.deepEqual(
    [...members].map(([key, value]) => [key, text(value)]),
    [
      ['a', '"x,y"'],
      ['b', '[1, {"c":"}\\""}]'],
      ['d', 'null'],
    ],
  )
  assert.deepEqual([...rawMembers(bytes(' { } '))], [])
})

test('raw JSON: compact form drops space and escapes markup, and changes nothing else', () => {
  assert.equal(text(compactJson(bytes('{ "a b" : [ 1.50 , "\\" <" ] }'))), '{"a b":[1.50,"\\" \\u003c"]}')
  assert.equal(text(compactJson(bytes('"> & \u2028\u2029\u202a"'))), '"\\u003e \\u0026 \\u2028\\u2029\u202a"')
  assert.deepEqual(compactJson(Buffer.from('" \xe9\xff "', 'latin1')), Buffer.from('" \xe9\xff "', 'latin1'))
})

test('raw JSON: any value compacts to what it meant, and objects are put together again', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
      fc.constantFrom(0, 1, '\t'),
      (value, indent) => {
        const json = bytes(JSON.stringify(value, null, indent))
        assert.deepEqual(JSON.parse(text(compactJson(json))), JSON.parse(text(json)))
        assert.deepEqual(JSON.parse(text(rawObject(rawMembers(json)))), JSON.parse(text(json)))
      },
    ),
  )
})
