import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentOf, gather } from '../../base/bytes.ts'
import { BuildError } from '../../base/error.ts'
import { type Entry, plain } from '../../tree/entry.ts'
import { path } from '../../tree/path.ts'
import type { TarForm } from './member.ts'
import { indexTar } from './read.ts'
import { readPieces, tarPieces, writeTar } from './write.ts'

const relative: TarForm = { names: 'relative', end: 'blocks' }
const absolute: TarForm = { names: 'absolute', end: 'record' }
const metadata = plain(0o644)

function file(name: string, content = ''): Entry {
  return { kind: 'file', path: path(name), metadata, content: contentOf(content) }
}

function names(entries: readonly Entry[], form: TarForm): string[] {
  return [...indexTar(writeTar(entries, form))].map(({ name }) => name)
}

function code(action: () => unknown): string | undefined {
  try {
    action()
  } catch (error) {
    if (error instanceof BuildError) return error.code
    throw error
  }
  return undefined
}

test('names start with "/" or with nothing, the root is "/" or "./", directories end in "/"', () => {
  const entries: Entry[] = [
    { kind: 'directory', path: path(''), metadata },
    { kind: 'directory', path: path('nix'), metadata },
    file('nix/a'),
  ]
  assert.deepEqual(names(entries, absolute), ['/', '/nix/', '/nix/a'])
  assert.deepEqual(names(entries, relative), ['./', 'nix/', 'nix/a'])
})

test('an archive ends after two blocks of zeros, or at a multiple of 10,240 bytes', () => {
  assert.equal(gather(writeTar([file('a', 'x')], relative)).length, 4 * 512)
  assert.equal(gather(writeTar([file('a', 'x')], absolute)).length, 10_240)
  assert.equal(gather(writeTar([file('a', 'x'.repeat(10_240 - 3 * 512 + 1))], absolute)).length, 20_480)
})

test('whiteouts and opaque marks are empty files of mode 0 with reserved names', () => {
  const entries: Entry[] = [
    { kind: 'opaque', path: path('a') },
    { kind: 'whiteout', path: path('a/b') },
    { kind: 'opaque', path: path('') },
  ]
  assert.deepEqual(names(entries, relative), ['a/.wh..wh..opq', 'a/.wh.b', '.wh..wh..opq'])
  for (const { metadata, size } of indexTar(writeTar(entries, relative)))
    assert.deepEqual([metadata.mode, size], [0, 0])
})

test('a hard link carries its target’s metadata, because extracting it applies them again', () => {
  const target = { ...plain(0o4755, { uid: 7 }), xattrs: new Map([['security.capability', Uint8Array.of(1, 255)]]) }
  const entries: Entry[] = [
    { kind: 'file', path: path('a'), metadata: target, content: contentOf('x') },
    { kind: 'hardlink', path: path('b'), target: path('a') },
  ]
  const [, link] = [...indexTar(writeTar(entries, absolute))]
  assert.deepEqual(link?.metadata, { ...target, xattrs: new Map([['security.capability', Buffer.of(1, 255)]]) })
  assert.equal(link?.size, 0)
  const more: Entry[] = [...entries, file('c'), { kind: 'hardlink', path: path('d'), target: path('c') }]
  assert.deepEqual([...indexTar(writeTar(more, absolute))][3]?.metadata, metadata)
})

test('a file whose name means a whiteout is refused', () => {
  assert.equal(
    code(() => gather(writeTar([file('a/.wh.b')], relative))),
    'tar.unrepresentable',
  )
  assert.equal(
    code(() => gather(writeTar([file('.wh.a/b')], relative))),
    'tar.unrepresentable',
  )
  assert.equal(
    code(() => gather(writeTar([file('a.wh.b')], relative))),
    undefined,
  )
})

test('device numbers and attribute names that no header holds are refused', () => {
  const device: Entry = { kind: 'device', path: path('d'), metadata, device: 'char', major: 8 ** 7, minor: 0 }
  assert.equal(
    code(() => gather(writeTar([device], relative))),
    'tar.unrepresentable',
  )
  const xattrs = new Map([['user.a=b', new Uint8Array()]])
  const attribute: Entry = { kind: 'fifo', path: path('p'), metadata: { ...metadata, xattrs } }
  assert.equal(
    code(() => gather(writeTar([attribute], relative))),
    'tar.unrepresentable',
  )
})

test('content that is longer or shorter than it said is an error, in memory and in a file', () => {
  for (const size of [2, 4]) {
    const content = { size, open: () => [Buffer.from('abc')] }
    const entry: Entry = { kind: 'file', path: path('f'), metadata, content }
    assert.equal(
      code(() => gather(writeTar([entry], relative))),
      'content.changed',
    )
    const inFile: Entry = { ...entry, content: { ...content, at: { file: '/f', offset: 0 } } }
    const pieces = [...tarPieces([inFile], relative)]
    assert.equal(
      code(() => gather(readPieces(pieces))),
      'content.changed',
    )
  }
})

test('content without an end is given up as soon as it is too long', () => {
  function* endless(): Generator<Uint8Array> {
    for (;;) yield Buffer.from('abc')
  }
  const entry: Entry = { kind: 'file', path: path('f'), metadata, content: { size: 4, open: endless } }
  assert.equal(
    code(() => gather(writeTar([entry], relative))),
    'content.changed',
  )
})

test('a piece belongs to its receiver: further writing changes none of its bytes', () => {
  const entries = Array.from({ length: 500 }, (_, i) => file(`f${i}`, String(i)))
  const pieces: Uint8Array[] = []
  const copies: Uint8Array[] = []
  for (const piece of writeTar(entries, relative)) {
    pieces.push(piece)
    copies.push(Uint8Array.from(piece))
  }
  assert.ok(pieces.length > 5 && pieces.length < 20, 'small members travel together')
  pieces.forEach((piece, i) => {
    assert.ok(Buffer.from(piece).equals(copies[i] ?? Buffer.alloc(0)))
  })
})
