import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { debOf, type FakePackage } from '../../../test/support/debian-archive.ts'
import { temporaryFolder } from '../../../test/support/temporary.ts'
import { debNormaliser } from '../../debian/normaliser.ts'
import { writeTar } from '../../format/tar/write.ts'
import type { Entry } from '../../tree/entry.ts'
import { unpackArchive } from '../unpack.ts'
import { openUnpacked, type UnpackedPackage, unpackedParts } from './unpacked.ts'

const folder = temporaryFolder()
let count = 0

async function unpack(made: FakePackage): Promise<UnpackedPackage & { readonly target: string }> {
  const target = join(folder, String(count++))
  writeFileSync(`${target}.deb`, debOf(made))
  await unpackArchive(`${target}.deb`, debNormaliser, { target: target, temporary: folder })
  const unpacked = openUnpacked(target)
  assert.ok(unpacked !== undefined)
  return { ...unpacked, target }
}

function shown(entry: Entry): string {
  if (entry.kind === 'hardlink') return `${entry.path} => ${entry.target}`
  return entry.kind === 'symlink' ? `${entry.path} -> ${entry.target}` : entry.path
}

const sample: FakePackage = {
  name: 'sample',
  scripts: { postinst: '#!/bin/sh\n', md5sums: '0  bin/tool\n' },
  files: [
    ['./', ''],
    ['./bin/', ''],
    ['./bin/tool', 'tool'],
    ['./bin/same', { hardlink: './bin/tool' }],
    ['./lib/x/', ''],
    ['./lib/x/b.so', { symlink: '/lib/x/a.so' }],
    ['./etc/sample.conf', 'conf'],
  ],
}

test('unpacked: names in merged /usr, without aliases, with parents and records, in canonical order', async () => {
  const { tree } = await unpack(sample)
  assert.deepEqual([...tree.entries()].map(shown), [
    'etc',
    'etc/sample.conf',
    'usr',
    'usr/bin',
    'usr/bin/same',
    'usr/bin/tool => usr/bin/same',
    'usr/lib',
    'usr/lib/x',
    'usr/lib/x/b.so -> /lib/x/a.so',
    'var',
    'var/lib',
    'var/lib/dpkg',
    'var/lib/dpkg/status.d',
    'var/lib/dpkg/status.d/sample',
    'var/lib/dpkg/status.d/sample.md5sums',
  ])
})

test('unpacked: its parts in order equal what the tar writer makes of the tree, and all times are 1', async () => {
  const { tree, target, membersSize } = await unpack(sample)
  const written = Buffer.concat([...writeTar(tree.entries(), { names: 'relative', end: 'none' })])
  const archive = readFileSync(`${target}.tar`)
  const parts = (unpackedParts(target)?.parts ?? []).map(({ start, end }) => archive.subarray(start, end))
  assert.deepEqual(Buffer.concat(parts), written)
  assert.equal(membersSize, written.length)
  for (const entry of tree.entries()) if ('metadata' in entry) assert.equal(entry.metadata.mtime, 1)
})

test('unpacked: contents are in the archive at the offsets in the index', async () => {
  const { tree, target } = await unpack(sample)
  const archive = readFileSync(`${target}.tar`)
  const found = [...tree.entries()].flatMap((entry) => {
    if (entry.kind !== 'file' || entry.content.at === undefined) return []
    const { file, offset } = entry.content.at
    assert.equal(file, `${target}.tar`)
    return [archive.subarray(offset, offset + entry.content.size).toString()]
  })
  assert.deepEqual(found.slice(0, 2), ['conf', 'tool'])
})

test('unpacked: control files are kept under their original names', async () => {
  const control = (await unpack(sample)).control()
  assert.deepEqual([...control.keys()], ['control', 'list', 'md5sums', 'postinst'])
  assert.equal(
    Buffer.from(control.get('list') ?? []).toString(),
    '/.\n/bin\n/bin/tool\n/bin/same\n/lib/x\n/lib/x/b.so\n/etc/sample.conf\n',
  )
})

test('unpacked: concurrent calls give the same files and leave no others', async () => {
  const results = await Promise.all([unpack(sample), unpack(sample), unpack(sample)])
  for (const kind of ['tar', 'index', 'control']) {
    const [first, ...others] = results.map(({ target }) => readFileSync(`${target}.${kind}`))
    for (const other of others) assert.deepEqual(other, first, kind)
  }
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('deb-')),
    [],
  )
})

test('unpacked: a missing part, a damaged index and a shortened archive count as not unpacked', async () => {
  for (const kind of ['tar', 'index', 'control']) {
    const { target } = await unpack(sample)
    rmSync(`${target}.${kind}`)
    assert.equal(openUnpacked(target), undefined, kind)
  }
  for (const kind of ['tar', 'index']) {
    const { target } = await unpack(sample)
    writeFileSync(`${target}.${kind}`, readFileSync(`${target}.${kind}`).subarray(0, -512))
    assert.equal(openUnpacked(target), undefined, kind)
  }
})

test('unpacked: a damaged package leaves nothing', async () => {
  const target = join(folder, 'damaged')
  const bytes = debOf(sample)
  writeFileSync(`${target}.deb`, bytes.subarray(0, bytes.length - 30))
  await assert.rejects(unpackArchive(`${target}.deb`, debNormaliser, { target: target, temporary: folder }), {
    name: 'BuildError',
  })
  assert.equal(existsSync(`${target}.tar`), false)
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('deb-')),
    [],
  )
})
