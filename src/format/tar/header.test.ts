import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type HeaderFields, writeHeader } from './header.ts'
import { readHeader } from './read-header.ts'

// Few values each, so that neighbours share folders, modes and owners, in all but one respect.
const folders = ['', 'a/', 'a/b/', `a/${'long'.repeat(12)}/`, `${'x'.repeat(99)}/`, `${'y'.repeat(120)}/`]
const common = {
  name: fc
    .tuple(fc.constantFrom(...folders), fc.constantFrom('f', 'g', 'dir/', 'n'.repeat(60)))
    .map((parts) => parts.join('')),
  mode: fc.constantFrom(0o444, 0o755),
  uid: fc.constantFrom(0, 7),
  gid: fc.constantFrom(0, 7),
  size: fc.constantFrom(0, 1234),
  mtime: fc.constantFrom(1, 99),
  link: fc.constantFrom('', 'target'),
  uname: fc.constantFrom('root', 'me'),
  gname: fc.constantFrom('root', 'us'),
}
const fields: fc.Arbitrary<HeaderFields> = fc.oneof(
  fc.record({ ...common, type: fc.constantFrom('0', '5') }),
  fc.record({ ...common, type: fc.constant('3'), device: fc.constant({ major: 1, minor: 2 }) }),
)

test('tar header: each is whole, whatever was written before it', () => {
  fc.assert(
    fc.property(fc.array(fields, { minLength: 2, maxLength: 8 }), (sequence) => {
      const bytes = Buffer.alloc(512 * sequence.length)
      sequence.forEach((each, index) => {
        writeHeader(bytes, 512 * index, each)
      })
      sequence.forEach((each, index) => {
        const expected = { ...each, name: each.name.slice(0, 100) }
        assert.deepEqual(readHeader(bytes.subarray(512 * index), 512 * index), expected)
      })
    }),
  )
})
