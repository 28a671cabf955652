import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary.ts'
import type { FileContent, Piece } from '../format/tar/write.ts'
import { filledBuffers } from './piece-reader.ts'

const folder = temporaryFolder()

function inFile(name: string, range: { readonly offset: number; readonly size: number }): FileContent {
  return { size: range.size, at: { file: join(folder, name), offset: range.offset }, open: () => [] }
}

/** Chunks from buffers of so many bytes. */
function read(pieces: readonly Piece[], bufferSize: number): string[] {
  const found: string[] = []
  let buffer = new Uint8Array(0)
  const take = (): Uint8Array => {
    buffer = new Uint8Array(bufferSize)
    return buffer
  }
  for (const size of filledBuffers(pieces, take)) found.push(Buffer.from(buffer.subarray(0, size)).toString())
  return found
}

test('piece reader: bytes and ranges of files fill one buffer after another', () => {
  writeFileSync(join(folder, 'a'), '0123456789')
  writeFileSync(join(folder, 'b'), 'abcdefghij')
  const pieces: Piece[] = [
    Buffer.from('<long enough>'),
    inFile('a', { offset: 2, size: 7 }),
    inFile('a', { offset: 0, size: 1 }),
    inFile('b', { offset: 9, size: 1 }),
    inFile('a', { offset: 9, size: 1 }),
    new Uint8Array(0),
  ]
  const whole = '<long enough>23456780j9'
  for (const bufferSize of [1, 4, 5, 23, 100]) {
    const found = read(pieces, bufferSize)
    assert.equal(found.join(''), whole)
    assert.ok(found.slice(0, -1).every(({ length }) => length === bufferSize))
  }
  assert.deepEqual(read([], 4), [])
})

test('piece reader: a file that is shorter than planned is an error that names it', () => {
  writeFileSync(join(folder, 'short'), '12345')
  assert.throws(() => read([inFile('short', { offset: 0, size: 6 })], 4), {
    code: 'content.changed',
    message: /short has become shorter than its 6 bytes/,
  })
})
