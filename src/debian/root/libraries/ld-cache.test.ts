import assert from 'node:assert/strict'
import { test } from 'node:test'
import { elf } from '../../../../test/support/elf.ts'
import { gather } from '../../../base/bytes.ts'
import { executable, file, memoryTree, symlink } from '../../../tree/memory.ts'
import { union } from '../../../tree/union.ts'
import { compareLibraryNames, formatLdCache, ldCacheEntries } from './ld-cache.ts'

test('ld.so.cache: names compare as in glibc, digits as numbers and above letters', () => {
  const sorted = ['liba.so.10', 'liba.so.9', 'liba.so', 'libab.so', 'lib1.so', 'liba-1.so'].sort((a, b) =>
    compareLibraryNames(b, a),
  )
  assert.deepEqual(sorted, ['lib1.so', 'libab.so', 'liba.so.10', 'liba.so.9', 'liba.so', 'liba-1.so'])
})

test('ld.so.cache: header, entries in descending order, strings', () => {
  const libraries = [
    { soname: 'liba.so.1', file: '/lib/liba.so.1' },
    { soname: 'libb.so.2', file: '/lib/libb.so.2' },
  ]
  const bytes = Buffer.from(formatLdCache(libraries, { flags: 0x0303, littleEndian: true }))
  assert.equal(bytes.toString('latin1', 0, 20), 'glibc-ld.so.cache1.1')
  assert.deepEqual([bytes.readUInt32LE(20), bytes.readUInt32LE(24), bytes[28]], [2, 50, 2])
  const text = (at: number) => bytes.toString('latin1', at, bytes.indexOf(0, at))
  const entries = [48, 72].map((at) => [
    bytes.readInt32LE(at),
    text(bytes.readUInt32LE(at + 4)),
    text(bytes.readUInt32LE(at + 8)),
  ])
  assert.deepEqual(entries, [
    [0x0303, 'libb.so.2', '/lib/libb.so.2'],
    [0x0303, 'liba.so.1', '/lib/liba.so.1'],
  ])
  assert.equal(bytes.length, 48 + 2 * 24 + 50)
})

function cached(items: Parameters<typeof memoryTree>[0], architecture: string = 'amd64'): readonly string[] {
  return ldCacheEntries(union([memoryTree(items)]), architecture).flatMap((entry) =>
    entry.kind === 'file'
      ? (Buffer.from(gather(entry.content.open()))
          .toString('latin1')
          .match(/\/[\w./+-]+/g) ?? [])
      : [],
  )
}

const libc = { 'usr/lib/x86_64-linux-gnu/libc.so.6': executable(elf('libc.so.6')) }

test('ld.so.cache: directories are those of ld.so.conf.d, then /lib, each once after merging /usr', () => {
  const items = {
    ...libc,
    'etc/ld.so.conf.d/x.conf': file('# comment\n/lib/x86_64-linux-gnu\n/usr/lib/x86_64-linux-gnu # again\n/opt/lib\n'),
    'opt/lib/libo.so.3.1': executable(elf('libo.so.3')),
    'opt/lib/libo.so.3': symlink('libo.so.3.1'),
    'opt/lib/libplain.so': executable(elf(undefined)),
    'usr/lib/libu.so.1': executable(elf('libu.so.1')),
  }
  assert.deepEqual(cached(items), [
    '/lib/libu.so.1',
    '/opt/lib/libplain.so',
    '/opt/lib/libo.so.3',
    '/lib/x86_64-linux-gnu/libc.so.6',
  ])
})

test('ld.so.cache: other machines, other names, programs and texts are not libraries', () => {
  const items = {
    ...libc,
    'etc/ld.so.conf.d/x.conf': file('/lib/x86_64-linux-gnu'),
    'usr/lib/x86_64-linux-gnu/liba.so.1': executable(elf('liba.so.1', { machine: 183 })),
    'usr/lib/x86_64-linux-gnu/libb.so.1': executable(elf('libb.so.1', { bits: 32 })),
    'usr/lib/x86_64-linux-gnu/libc.so': file('GROUP ( … )'),
    'usr/lib/x86_64-linux-gnu/plugin.so': executable(elf('plugin.so')),
    'usr/lib/x86_64-linux-gnu/deeper/libd.so.1': executable(elf('libd.so.1')),
    'usr/lib/x86_64-linux-gnu/libe.so.1': symlink('gone'),
  }
  assert.deepEqual(cached(items), ['/lib/x86_64-linux-gnu/libc.so.6'])
})

test('ld.so.cache: there is none without the C library or for an unknown machine', () => {
  assert.deepEqual(cached({ 'usr/lib/libu.so.1': executable(elf('libu.so.1')) }), [])
  assert.deepEqual(cached({ 'usr/lib/libc.so.6': executable(elf('libc.so.6')) }, 'hurd-i386'), [])
})
