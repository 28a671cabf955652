/** Properties of every archive that slipway writes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { gather } from '../../src/base/bytes.ts'
import type { TarForm } from '../../src/format/tar/member.ts'
import { readTar } from '../../src/format/tar/read.ts'
import { tarPieces, tarSize, writeTar } from '../../src/format/tar/write.ts'
import { all, cutUp, entriesOf, plainEntry } from '../support/archives.ts'
import { arbitraryEntries } from '../support/entries.ts'

const form = fc.record<TarForm>({
  names: fc.constantFrom('absolute', 'relative'),
  end: fc.constantFrom('record', 'blocks'),
})
const chunkSize = fc.oneof(fc.integer({ min: 1, max: 700 }), fc.constant(100_000))

test('tar: round trip, however the bytes are split', () => {
  fc.assert(
    fc.property(arbitraryEntries(), form, chunkSize, (entries, form, size) => {
      const archive = gather(writeTar(entries, form))
      assert.deepEqual(entriesOf(archive, size).map(plainEntry), entries.map(plainEntry))
    }),
    { numRuns: 300 },
  )
})

test('tar: the size is known before a byte is written', () => {
  fc.assert(
    fc.property(arbitraryEntries(), form, (entries, form) => {
      assert.equal(gather(writeTar(entries, form)).length, tarSize(entries, form))
    }),
    { numRuns: 300 },
  )
})

test('tar: content in files leaves gaps between pieces of the same archive', () => {
  fc.assert(
    fc.property(arbitraryEntries(), form, (entries, form) => {
      const inFiles = entries.map((entry) =>
        entry.kind === 'file' ? { ...entry, content: { ...entry.content, at: { file: '/f', offset: 7 } } } : entry,
      )
      const pieces = [...tarPieces(inFiles, form)]
      const bytes = pieces.flatMap((piece) => (piece instanceof Uint8Array ? [piece] : [...piece.open()]))
      assert.ok(Buffer.concat(bytes).equals(gather(writeTar(entries, form))))
      const files = entries.filter((entry) => entry.kind === 'file' && entry.content.size > 0)
      assert.equal(pieces.filter((piece) => !(piece instanceof Uint8Array)).length, files.length)
    }),
    { numRuns: 100 },
  )
})

test('tar: the asynchronous reader finds the same members and contents as the index', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryEntries(), form, chunkSize, async (entries, form, size) => {
      const archive = gather(writeTar(entries, form))
      const contents: Buffer[] = []
      for await (const member of readTar(cutUp(archive, size))) {
        const content = await all(member.body())
        assert.ok(content.equals(archive.subarray(member.contentOffset, member.contentOffset + member.size)))
        contents.push(content)
      }
      assert.equal(contents.length, entries.length)
    }),
    { numRuns: 100 },
  )
})
