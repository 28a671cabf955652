import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { debOf, type FakePackage } from '../../../test/support/debian-archive.ts'
import { temporaryFolder } from '../../../test/support/temporary.ts'
import { debNormaliser } from '../../debian/normaliser.ts'
import { writeTar } from '../../format/tar/write.ts'
import type { Entry } from '../../tree/entry.ts'
import { removeAbandoned } from '../temporary.ts'
import { unpackArchive } from '../unpack.ts'
import { openUnpacked, type UnpackedPackage } from './unpacked.ts'

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
  const { tree, target, membersSize, parts: located } = await unpack(sample)
  const written = Buffer.concat([...writeTar(tree.entries(), { names: 'relative', end: 'none' })])
  const archive = readFileSync(target)
  const parts = (located()?.parts ?? []).map(({ start, end }) => archive.subarray(start, end))
  assert.deepEqual(Buffer.concat(parts), written)
  assert.equal(membersSize, written.length)
  for (const entry of tree.entries()) if ('metadata' in entry) assert.equal(entry.metadata.mtime, 1)
})

test('unpacked: contents are in the archive at the offsets in the index', async () => {
  const { tree, target } = await unpack(sample)
  const archive = readFileSync(target)
  const found = [...tree.entries()].flatMap((entry) => {
    if (entry.kind !== 'file' || entry.content.at === undefined) return []
    const { file, offset } = entry.content.at
    assert.equal(file, target)
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

test('unpacked: concurrent calls give the same file and leave no others', async () => {
  const results = await Promise.all([unpack(sample), unpack(sample), unpack(sample)])
  const [first, ...others] = results.map(({ target }) => readFileSync(target))
  for (const other of others) assert.deepEqual(other, first)
  assertNothingElse()
})

test('unpacked: a missing, shortened or extended file, and one with a damaged index or trailer, counts as not unpacked', async () => {
  const { target } = await unpack(sample)
  const good = readFileSync(target)
  const changed = (at: number): Buffer => {
    const bytes = Buffer.from(good)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    return bytes
  }
  const indexStart = good.indexOf('slipway index')
  const damaged = Array.from({ length: good.length - indexStart }, (_, at) => changed(indexStart + at))
  const shortened = [1, 26, 27, 512, good.length].map((size) => good.subarray(0, -size))
  const moved = [good.subarray(512), Buffer.concat([good, Buffer.alloc(1)])]
  for (const bytes of [...damaged, ...shortened, ...moved]) {
    writeFileSync(target, bytes)
    assert.equal(openUnpacked(target), undefined)
  }
  writeFileSync(target, good)
  assert.notEqual(openUnpacked(target), undefined)
  rmSync(target)
  assert.equal(openUnpacked(target), undefined)
})

test('unpacked: replaces a damaged file', async () => {
  const { target } = await unpack(sample)
  const good = readFileSync(target)
  writeFileSync(target, 'damaged')
  await unpackArchive(`${target}.deb`, debNormaliser, { target, temporary: folder })
  assert.deepEqual(readFileSync(target), good)
})

test('unpacked: a process that is killed at the end leaves no unpacked form, and what it leaves is removed', async () => {
  const target = join(folder, 'killed')
  writeFileSync(`${target}.deb`, debOf(sample))
  const program = `
    import { debNormaliser } from ${quotedUrl('../../debian/normaliser.ts')}
    import { unpackArchive } from ${quotedUrl('../unpack.ts')}
    const stopped = () => {
      console.log('stopped')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    }
    const open = async (...given) => ({ ...(await debNormaliser.open(...given)), control: stopped })
    const target = ${JSON.stringify(target)}
    await unpackArchive(target + '.deb', { open }, { target, temporary: ${JSON.stringify(folder)} })`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await closed
  assert.equal(openUnpacked(target), undefined)
  removeAbandoned(folder)
  assertNothingElse()
  await unpackArchive(`${target}.deb`, debNormaliser, { target, temporary: folder })
  assert.notEqual(openUnpacked(target), undefined)
})

test('unpacked: a damaged package leaves nothing', async () => {
  const target = join(folder, 'damaged')
  const bytes = debOf(sample)
  writeFileSync(`${target}.deb`, bytes.subarray(0, bytes.length - 30))
  await assert.rejects(unpackArchive(`${target}.deb`, debNormaliser, { target: target, temporary: folder }), {
    name: 'BuildError',
  })
  assertNothingElse()
  assert.equal(existsSync(target), false)
})

function quotedUrl(file: string): string {
  return JSON.stringify(new URL(file, import.meta.url).href)
}

/** Checks that the directory contains only packages and their unpacked forms. */
function assertNothingElse(): void {
  assert.deepEqual(
    readdirSync(folder).filter((name) => !/^[a-z0-9]+(\.deb)?$/.test(name)),
    [],
  )
}
