import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { tarOf } from '../../test/support/tar-of.ts'
import { collect } from '../base/bytes.ts'
import { readDeb, readDebControl } from './deb.ts'

type Member = readonly [name: string, bytes: Uint8Array | string]

const control = tarOf([
  ['./control', 'Package: a\n'],
  ['./postinst', '#!/bin/sh\n'],
])
const data = tarOf([['./usr/bin/a', 'program']])
const whole: readonly Member[] = [
  ['debian-binary', '2.0\n'],
  ['control.tar.gz', gzipSync(control)],
  ['data.tar', data],
]

function ar(members: readonly Member[]): Buffer {
  return Buffer.concat([
    Buffer.from('!<arch>\n'),
    ...members.flatMap(([name, content]) => {
      const bytes = Buffer.from(content)
      const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}`
      return [
        Buffer.from(`${header}${String(bytes.length).padEnd(10)}\`\n`),
        bytes,
        Buffer.alloc(bytes.length % 2, '\n'),
      ]
    }),
  ])
}

async function read(bytes: Uint8Array): Promise<{ files: string[]; data: Buffer }> {
  const deb = await readDeb([bytes], 'a.deb')
  return { files: [...deb.control.keys()], data: Buffer.from(await collect(deb.data)) }
}

test('deb: control files and data come out of every compression', async () => {
  for (const [suffix, pack] of [
    ['', (bytes: Uint8Array) => bytes],
    ['.gz', (bytes: Uint8Array) => gzipSync(bytes)],
    ['.zst', (bytes: Uint8Array) => zstdCompressSync(bytes)],
  ] as const) {
    const bytes = ar([
      ['debian-binary', '2.0\n'],
      [`control.tar${suffix}`, pack(control)],
      [`data.tar${suffix}`, pack(data)],
    ])
    assert.deepEqual(await read(bytes), { files: ['control', 'postinst'], data: Buffer.from(data) }, suffix)
  }
})

test('deb: members that start with "_", later minor versions and what follows the data are accepted', async () => {
  const members: Member[] = [
    ['debian-binary', '2.7\nmore\n'],
    ['_signature', 'x'],
    ...whole.slice(1, 2),
    ['_other', 'y'],
    ...whole.slice(2),
    ['later', 'z'],
  ]
  assert.deepEqual((await read(ar(members))).data, Buffer.from(data))
})

test('deb: another order, version, compression or name is refused with what is wrong', async () => {
  const [version = ['', ''], controls = ['', ''], files = ['', '']] = whole
  const cases: readonly (readonly [RegExp, readonly Member[]])[] = [
    [/first member is "control\.tar\.gz"/, [controls, version, files]],
    [/format version is "3\.0"/, [['debian-binary', '3.0\n'], controls, files]],
    [/expected member control\.tar, got "data\.tar"/, [version, files, controls]],
    [/ends before the data archive/, [version, controls]],
    [/unknown compression/, [version, controls, ['data.tar.lzma', 'x']]],
    [/no control file/, [version, ['control.tar', tarOf([['./md5sums', '']])], files]],
  ]
  for (const [message, members] of cases) {
    await assert.rejects(read(ar(members)), { code: 'archive.invalid', message }, String(message))
  }
})

test('deb: one that is cut short anywhere is refused', async () => {
  const packed = ar([...whole.slice(0, 2), ['data.tar.gz', gzipSync(data)]])
  for (let end = 1; end < packed.length - 1; end += 11) {
    await assert.rejects(read(packed.subarray(0, end)), { name: 'BuildError' }, `${end} of ${packed.length}`)
  }
})

test('deb: reading control files alone closes the source before the data', async () => {
  let taken = 0
  let closed = false
  function* source(): Generator<Uint8Array> {
    try {
      const bytes = ar(whole)
      for (let at = 0; at < bytes.length; at += 16, taken++) yield bytes.subarray(at, at + 16)
    } finally {
      closed = true
    }
  }
  assert.deepEqual([...(await readDebControl(source(), 'a.deb')).keys()], ['control', 'postinst'])
  assert.equal(closed, true)
  assert.ok(taken * 16 < ar(whole).length - data.length / 2)
})
