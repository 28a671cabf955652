import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentOf, gather } from '../../base/bytes.ts'
import { BuildError } from '../../base/error.ts'
import { type Entry, plain } from '../../tree/entry.ts'
import { path } from '../../tree/path.ts'
import { entryOf } from './entry.ts'
import { type HeaderFields, writeHeader } from './header.ts'
import { indexTar, readTar } from './read.ts'
import { writeTar } from './write.ts'

const fields: HeaderFields = {
  ...{ name: 'a', mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0 },
  ...{ type: '0', link: '', uname: '', gname: '' },
}

/** A header block with some fields set, and bytes put over it before the checksum is made. */
function block(change: Partial<HeaderFields>, patches: readonly (readonly [number, string])[] = []): Buffer {
  const bytes = Buffer.alloc(512)
  writeHeader(bytes, 0, { ...fields, ...change })
  for (const [offset, text] of patches) bytes.write(text, offset, 'latin1')
  bytes.fill(' ', 148, 156)
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0`, 148)
  return bytes
}

function body(text: string | Uint8Array): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)])
}

function extended(type: string, records: string): Buffer {
  const bytes = Buffer.from(records, 'latin1')
  return Buffer.concat([block({ type, name: 'x', size: bytes.length }), body(bytes)])
}

function index(...parts: readonly Uint8Array[]): ReturnType<typeof indexTar> {
  return indexTar([Buffer.concat(parts)])
}

function refused(code: string, pattern: RegExp, ...parts: readonly Uint8Array[]): void {
  assert.throws(
    () => [...index(...parts)],
    (error) => error instanceof BuildError && error.code === code && pattern.test(error.message),
  )
}

test('offsets lead to the first block of a member and to its content', () => {
  const [first, second] = [...index(block({ size: 3 }), body('abc'), extended('x', '9 path=b\n'), block({}))]
  assert.deepEqual([first?.headerOffset, first?.contentOffset, first?.size], [0, 512, 3])
  assert.deepEqual([second?.headerOffset, second?.contentOffset, second?.path], [1024, 2560, 'b'])
})

test('a pax record wins over the long name of GNU tar, and that over the field', () => {
  const long = extended('L', 'long\0')
  assert.deepEqual(
    [...index(long, block({}))].map(({ path }) => path),
    ['long'],
  )
  assert.deepEqual(
    [...index(extended('x', '9 path=b\n'), long, block({}))].map(({ path }) => path),
    ['b'],
  )
})

test('a global record holds until a member has its own, and an empty value takes it back', () => {
  const members = [
    ...index(extended('g', '9 gid=12\n'), block({}), extended('x', '7 gid=\n'), block({ gid: 3 }), block({})),
  ]
  assert.deepEqual(
    members.map(({ metadata }) => metadata.gid),
    [12, 3, 12],
  )
})

test('the prefix field of ustar is read, that of star is shorter, GNU tar and version 7 have none', () => {
  const name = (...patches: [number, string][]): string | undefined =>
    [...index(block({}, [[345, 'pre'], ...patches]))][0]?.name
  assert.equal(name(), 'pre/a')
  assert.equal(name([345, 'p'.repeat(131)], [476, '12345'], [508, 'tar\0']), `${'p'.repeat(131)}/a`)
  assert.equal(name([257, 'ustar  \0']), 'a')
  assert.equal(name([257, '\0\0\0\0\0\0\0\0']), 'a')
})

test('numbers are octal with blanks on either side, empty, or binary with a sign', () => {
  const mtime = (text: string): number | undefined => [...index(block({}, [[136, text]]))][0]?.metadata.mtime
  assert.equal(mtime('   17 \0\0\0\0\0\0'), 15)
  assert.equal(mtime('\0'.repeat(12)), 0)
  assert.equal(mtime('777777777777'), 8 ** 12 - 1)
  assert.equal(mtime(`\x80${'\0'.repeat(5)}\x01\0\0\0\0\x01`), 2 ** 40 + 1)
  assert.equal(mtime('\xff'.repeat(11).concat('\xfe')), -2)
  refused('archive.invalid', /byte 136: a number/, block({}, [[136, '12x']]))
  refused(
    'archive.invalid',
    /byte 136: a number in the header is too large/,
    block({}, [[136, `\x80${'\x7f'.repeat(11)}`]]),
  )
})

test('a checksum that does not match is refused, that of signed bytes is taken', () => {
  const broken = block({})
  broken[0] = 98
  refused('archive.invalid', /byte 512: the checksum/, block({}), broken)
  const signed = block({}, [[0, '\xe9']])
  const sum = signed.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte > 127 ? byte - 256 : byte), 0)
  signed.write(`${sum.toString(8).padStart(6, '0')}\0`, 148)
  assert.equal([...index(signed)][0]?.name, '\xe9')
})

test('an archive may end between two members, but nowhere else', () => {
  assert.equal([...index(block({ size: 3 }), body('abc'))].length, 1)
  for (const length of [1, 511, 513, 1023])
    refused('archive.invalid', /is truncated/, Buffer.concat([block({ size: 3 }), body('abc')]).subarray(0, length))
  refused('archive.invalid', /byte 612: it is truncated/, block({ size: 512 }), Buffer.alloc(100))
  refused('archive.invalid', /no member/, extended('x', '9 path=b\n'))
  refused('archive.invalid', /no member/, extended('x', '9 path=b\n'), Buffer.alloc(1024))
})

test('what follows two blocks of zeros is passed over, a single one between members is refused', () => {
  assert.equal([...index(block({}), Buffer.alloc(1024), Buffer.from('anything'))].length, 1)
  assert.equal([...index(block({}), Buffer.alloc(512))].length, 1)
  refused('archive.invalid', /byte 1024: there is a single zero block/, block({}), Buffer.alloc(512), block({}))
})

test('records that lie about their length are refused', () => {
  for (const records of [
    '8 path=b\n',
    '11 path=b\n',
    '99 path=b\n',
    '0 path=b\n',
    '8 path=b',
    '-9 path=b\n',
    '9path=bb\n',
    '5 ab\n',
    '4 =\n',
    'x',
  ])
    refused('archive.invalid', /extended header/, extended('x', records), block({}))
})

test('numbers in records are checked like those in fields', () => {
  for (const records of [
    '13 uid=12x34\n',
    '19 uid=99999999999\n',
    '11 size=-1\n',
    '24 size=99999999999999\n',
    '12 mtime=1e\n',
  ])
    refused('archive.invalid', /./, extended('x', records), block({}))
  assert.equal([...index(extended('x', '14 mtime=-1.5\n'), block({}))][0]?.metadata.mtime, -2)
})

test('extended headers and long names over 1 MiB are refused before they are read', () => {
  for (const type of ['x', 'g', 'L', 'K']) refused('archive.invalid', /1 MiB/, block({ type, size: 1_048_577 }))
  refused('archive.invalid', /bytes; the most is 1 MiB/, block({ type: 'x' }, [[124, '\xff'.repeat(12)]]))
  const one = extended('g', `${600_006} a=${'x'.repeat(599_996)}\n`)
  const other = extended('g', `${600_006} b=${'x'.repeat(599_996)}\n`)
  refused('archive.invalid', /1 MiB together/, one, other)
  const many = Array.from({ length: 101 }, (_, i) => `${i + 100}`).map((key) => `9 ${key}=ab\n`)
  refused('archive.invalid', /more than 100 records/, extended('g', many.join('')))
})

test('names that leave the archive, and members without a name, are refused', () => {
  refused('archive.invalid', /leaves the archive/, block({ name: 'a/../../b' }))
  refused('archive.invalid', /leaves the archive/, block({ type: '1', link: '../b' }))
  refused('archive.invalid', /leaves the archive/, extended('x', '12 path=b\0c\n'), block({}))
  refused('archive.invalid', /has the name/, block({ name: './' }))
  refused('archive.invalid', /no target/, block({ type: '2' }))
  refused('archive.invalid', /root/, block({ type: '1', link: '/' }))
  assert.equal([...index(block({ name: '//usr/./bin' }))][0]?.path, 'usr/bin')
  assert.equal([...index(block({ type: '1', link: './usr/bin' }))][0]?.link, 'usr/bin')
  assert.equal([...index(block({ type: '2', link: '../../x' }))][0]?.link, '../../x')
})

test('sparse files, volumes and unknown types are refused', () => {
  for (const type of ['S', 'M', 'V', 'D', 'N', 'Z']) refused('tar.unsupported', /"a", at byte 0/, block({ type }))
  refused('tar.unsupported', /sparse/, extended('x', '22 GNU.sparse.major=1\n'), block({}))
})

test('only files have content, whatever size the header of a link or directory states', () => {
  const members = [
    ...index(
      block({ type: '1', link: 'b', size: 5 }),
      block({ type: '5', size: 5 }),
      block({ type: '7', size: 1 }),
      body('x'),
    ),
  ]
  assert.deepEqual(
    members.map(({ type, size }) => [type, size]),
    [
      ['hardlink', 0],
      ['directory', 0],
      ['file', 1],
    ],
  )
  assert.deepEqual(
    [...index(block({ type: '\0', name: 'd/' }))].map(({ type }) => type),
    ['directory'],
  )
})

test('whiteouts and opaque marks become entries, AUFS’s own files none, whiteouts of nothing an error', () => {
  const entry = (name: string): Entry | undefined => {
    const [member] = [...index(block({ name }))]
    assert.ok(member !== undefined)
    return entryOf(member, () => contentOf(''))
  }
  assert.deepEqual(entry('d/.wh.x'), { kind: 'whiteout', path: 'd/x' })
  assert.deepEqual(entry('d/.wh..wh..opq'), { kind: 'opaque', path: 'd' })
  assert.deepEqual(entry('.wh..wh..opq'), { kind: 'opaque', path: '' })
  assert.equal(entry('.wh..wh.aufs'), undefined)
  assert.equal(entry('.wh..wh.plnk/12.34'), undefined)
  assert.equal(entry('a.wh.b')?.kind, 'file')
  for (const name of ['.wh.', 'd/.wh..', '.wh...']) assert.throws(() => entry(name), { code: 'archive.invalid' })
})

test('content that was not read is passed over, and cannot be read later', async () => {
  const files = ['a', 'b', 'c'].map((name): Entry => {
    return { kind: 'file', path: path(name), metadata: plain(0o644), content: contentOf(name.repeat(2000)) }
  })
  const archive = Buffer.from(gather(writeTar(files, { names: 'relative', end: 'record' })))
  const seen: string[] = []
  let late: AsyncIterable<Uint8Array> | undefined
  for await (const member of readTar([archive.subarray(0, 4000), archive.subarray(4000)])) {
    if (member.path === 'a') late = member.body()
    else
      for await (const chunk of member.body()) {
        seen.push(`${member.path}${chunk.length}`)
        break
      }
  }
  assert.deepEqual(seen, ['b928', 'c2000'])
  assert.ok(late !== undefined)
  await assert.rejects(Array.fromAsync(late), /after the next member/)
})

test('reading stops its source when nobody asks any more', async () => {
  let isClosed = false
  function* source(): Generator<Uint8Array> {
    try {
      for (;;) yield block({})
    } finally {
      isClosed = true
    }
  }
  for await (const _ of readTar(source())) break
  assert.ok(isClosed)
  isClosed = false
  for (const _ of indexTar(source())) break
  assert.ok(isClosed)
})
