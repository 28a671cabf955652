/** Malicious NAR files: each is refused with a reason, in bounded memory, and nothing of it reaches a disk. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { gather } from '../../src/base/bytes.ts'
import { BuildError } from '../../src/base/error.ts'
import { readNar, receiveNar } from '../../src/format/nar/read.ts'
import { writeNar } from '../../src/format/nar/write.ts'
import { executable, file, memoryTree, symlink } from '../../src/tree/memory.ts'

function word(text: string): Buffer {
  const bytes = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8)
  bytes.writeUInt32LE(text.length)
  bytes.write(text, 8, 'latin1')
  return bytes
}
const archive = (...parts: readonly (string | Uint8Array)[]): Buffer =>
  Buffer.concat(['nix-archive-1', ...parts].map((part) => (typeof part === 'string' ? word(part) : part)))
const read = (bytes: Uint8Array): number => [...readNar([bytes])].length

const link = (name: string): readonly string[] => [
  'entry',
  '(',
  'name',
  name,
  'node',
  '(',
  'type',
  'symlink',
  'target',
  'x',
  ')',
  ')',
]
const directoryOf = (...names: readonly string[]): Buffer =>
  archive('(', 'type', 'directory', ...names.flatMap(link), ')')

function refused(bytes: Uint8Array, message: RegExp): void {
  assert.throws(() => read(bytes), { code: 'nar.invalid', message })
}

test('hostile nar: names that leave the directory, or are invalid', () => {
  for (const name of ['..', '.', '', 'a/b', '/etc', 'a\0b']) refused(directoryOf(name), /the name .* is not allowed/)
  refused(directoryOf('x'.repeat(256)), /longer than the 255/)
  assert.equal(read(directoryOf('x'.repeat(255))), 2)
})

test('hostile nar: names twice or out of order', () => {
  refused(directoryOf('a', 'a'), /the name "a" follows "a"/)
  refused(directoryOf('b', 'a'), /the name "a" follows "b"/)
  refused(directoryOf('\xe4', 'z'), /follows/)
})

test('hostile nar: excessive lengths', () => {
  const huge = Buffer.alloc(8, 0xff)
  refused(archive(huge), /beyond 2\^53/)
  refused(archive('(', 'type', 'regular', 'contents', huge), /beyond 2\^53/)
  refused(Buffer.from([0, 0, 0, 0, 0, 1, 0, 0]), /a string of 1099511627776 bytes/)
  refused(archive('(', 'type', 'symlink', 'target', 'x'.repeat(4097)), /longer than the 4095/)
})

test('hostile nar: a tree deeper than any path', () => {
  const deeper = Buffer.concat(['entry', '(', 'name', 'd', 'node', '(', 'type', 'directory'].map(word))
  const deep = Array.from({ length: 30_000 }, () => deeper)
  refused(Buffer.concat([archive('(', 'type', 'directory'), ...deep]), /a path is longer than 4095 bytes/)
})

test('hostile nar: links without a target', () => {
  refused(archive('(', 'type', 'symlink', 'target', '', ')'), /a symbolic link to ""/)
  refused(archive('(', 'type', 'symlink', 'target', 'a\0b', ')'), /a symbolic link to/)
})

test('hostile nar: padding that is not zero', () => {
  const bytes = archive('(', 'type', 'regular', 'contents', 'a', ')')
  for (const at of [bytes.indexOf('type') + 5, bytes.length - 17]) {
    const changed = Buffer.from(bytes)
    changed[at] = 1
    refused(changed, /padding is not zero/)
  }
})

test('hostile nar: words in wrong places', () => {
  refused(Buffer.concat([word('nix-archive-2'), word('(')]), /expected "nix-archive-1", got "nix-archive-2"/)
  refused(archive('(', 'type', 'socket'), /"socket" is not a node type/)
  refused(archive('(', 'type', 'regular', 'executable', 'x'), /expected "", got "x"/)
  refused(archive('(', 'type', 'regular', ')'), /expected "contents"/)
  refused(archive('(', 'type', 'directory', 'node'), /expected "entry" or "\)"/)
  refused(archive('(', 'type', 'directory', ')', ')'), /bytes follow the end/)
})

test('hostile nar: truncated anywhere, or followed by anything', async () => {
  const bytes = gather(writeNar(memoryTree({ 'a/x': file('12345'), b: executable('1'), c: symlink('x') })))
  for (let length = 0; length < bytes.length; length++) {
    refused(bytes.subarray(0, length), /truncated/)
    await assert.rejects(Array.fromAsync(receiveNar([bytes.subarray(0, length)])), { code: 'nar.invalid' })
  }
  refused(Buffer.concat([bytes, Buffer.alloc(1)]), /bytes follow the end/)
  assert.throws(() => [...readNar([bytes, Buffer.alloc(1)])], { code: 'nar.invalid' })
})

test('hostile nar: 3,000 damaged archives are read or refused, never anything else, and never give a name that escapes', () => {
  const whole = gather(
    writeNar(memoryTree({ 'a/b/x': file('12345'), 'a/c': executable('1'), d: symlink('x'), 'e/f': file('') })),
  )
  const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(damage, (changes) => {
      const bytes = Buffer.from(whole)
      for (const [at, value] of changes) bytes[at] = value
      try {
        for (const step of readNar([bytes]))
          if ('path' in step) assert.ok(!step.path.split('/').some((part) => part === '..' || part === '.'))
      } catch (error) {
        if (!(error instanceof BuildError)) throw error
        assert.equal(error.code, 'nar.invalid')
      }
    }),
    { numRuns: 3000 },
  )
})

test('hostile nar: content is passed on as it arrives, whatever size it claims', () => {
  const size = Buffer.alloc(8)
  size.writeUInt8(1, 5)
  const start = archive('(', 'type', 'regular', 'contents', size)
  let given = 0
  function* endless(): Generator<Uint8Array> {
    yield start
    for (let piece = 0; piece < 100; piece++) yield Buffer.alloc(65_536)
  }
  assert.throws(
    () => {
      for (const step of readNar(endless())) given += step.kind === 'bytes' ? step.bytes.length : 0
    },
    { code: 'nar.invalid' },
  )
  assert.equal(given, 6_553_600)
})
