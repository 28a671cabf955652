import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { viewOf } from '../../test/support/image-view.ts'
import { tarOf } from '../../test/support/tar-of.ts'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { zipOf } from '../../test/support/zip-of.ts'
import { build } from '../actions/build.ts'
import { digestOfAll, formatSri } from '../base/digest.ts'
import { writeNar } from '../format/nar/write.ts'
import { debian } from '../sets/debian.ts'
import { fixedTreePath, parseStorePath } from '../store/store-path.ts'
import { plain } from '../tree/entry.ts'
import { executable, file, memoryTree, symlink } from '../tree/memory.ts'
import type { Tree } from '../tree/tree.ts'

const folder = temporaryFolder()
const store = join(folder, 'store')
const { fetchzip, fetchTarball, fetchurl, dockerTools, writeTextDir, copy } = debian({
  suite: 'bookworm',
  architecture: 'amd64',
  directory: folder,
})

const tree = memoryTree({
  'bin/run': executable('#!/bin/sh\n'),
  latest: symlink('bin/run'),
  'read.me': file('hello\n'),
})
const hash = hashOf(tree)
const members = [
  ['app-1/bin/run', '#!/bin/sh\n', plain(0o755)],
  ['app-1/latest', { symlink: 'bin/run' }],
  ['app-1/read.me', 'hello\n', plain(0o600)],
] as const
const tgz = published('app.tgz', gzipSync(tarOf(members)))
const zip = published(
  'app.zip',
  zipOf([
    { name: 'app-1/' },
    { name: 'app-1/bin/run', content: '#!/bin/sh\n', mode: 0o100755 },
    { name: 'app-1/latest', content: 'bin/run', mode: 0o120777 },
    { name: 'app-1/read.me', content: 'hello\n', method: 0 },
  ]),
)

function hashOf(of: Tree): string {
  return formatSri(digestOfAll(writeNar(of)))
}

function published(name: string, bytes: Uint8Array): string {
  writeFileSync(join(folder, name), bytes)
  return pathToFileURL(join(folder, name)).href
}

test('fetchTarball, fetchzip: one tree, whatever it is packed in, at the path of nixpkgs’ source', async () => {
  const { path, physical } = await build(fetchTarball({ url: tgz, hash }), { store })
  assert.equal(path, `/nix/store/${fixedTreePath('source', digestOfAll(writeNar(tree)))}`)
  assert.equal(readFileSync(join(physical, 'read.me'), 'utf8'), 'hello\n')
  assert.equal(statSync(join(physical, 'bin/run')).mode & 0o111, 0o111)
  assert.equal(statSync(join(physical, 'read.me')).mode & 0o111, 0)
  assert.equal(readlinkSync(join(physical, 'latest')), 'bin/run')
  for (const [index, url] of [tgz, zip].entries()) {
    const other = await build(fetchzip({ url, sha256: hash }), { store: join(folder, `store-${index}`) })
    assert.equal(other.path, path)
  }
})

test('fetchzip: SHA-512 gives another path and the same files', async () => {
  const hasher = createHash('sha512')
  for (const chunk of writeNar(tree)) hasher.update(chunk)
  const { path, physical } = await build(fetchzip({ url: zip, hash: `sha512-${hasher.digest('base64')}` }), { store })
  assert.notEqual(path, `/nix/store/${fixedTreePath('source', digestOfAll(writeNar(tree)))}`)
  assert.equal(readFileSync(join(physical, 'read.me'), 'utf8'), 'hello\n')
  assert.ok(parseStorePath(path) !== undefined)
})

test('fetchzip: what the store has needs no address', async () => {
  const url = published('gone.zip', readFileSync(join(folder, 'app.zip')))
  const before = await build(fetchzip({ url, hash, name: 'kept' }), { store })
  rmSync(join(folder, 'gone.zip'))
  assert.equal((await build(fetchzip({ url, hash, name: 'kept' }), { store })).path, before.path)
})

test('fetchzip: the files are in images by contents, by name in a string and by copy()', async () => {
  const app = fetchzip({ url: zip, hash })
  const conf = writeTextDir('etc/app.conf', `run ${app}/bin/run\n`)
  const config = { Cmd: ['/x'] }
  const common = { name: 'a', config, allowMissingCommand: true, compressor: 'none' } as const
  const inside = `nix/store/${fixedTreePath('source', digestOfAll(writeNar(tree)))}/bin/run`
  for (const image of [
    dockerTools.buildLayeredImage({ ...common, contents: [app] }),
    dockerTools.buildLayeredImage({ ...common, contents: [conf] }),
    dockerTools.buildImage({ ...common, copyToRoot: [app] }),
  ]) {
    const { files } = await viewOf((await build(image, { store })).physical)
    assert.ok([...files.keys()].some((name) => name === inside || name === 'bin/run'))
  }
  const copied = dockerTools.buildLayeredImage({ ...common, contents: [copy(app, { to: '/app' })] })
  const { files } = await viewOf((await build(copied, { store })).physical)
  assert.ok(files.has('app/bin/run'))
})

test('fetchzip: a wrong hash is refused with the right one; a second address may have the right file', async () => {
  const wrong = formatSri(`sha256:${'0'.repeat(64)}`)
  await assert.rejects(build(fetchzip({ url: zip, hash: wrong }), { store }), {
    code: 'store.hash-mismatch',
    message: new RegExp(
      `app\\.zip should have the hash ${wrong.replace('+', '\\+')}, but has ${hash.replace(/[+=]/g, '\\$&')}`,
    ),
  })
  const page = published('page.html', Buffer.from('<html>moved</html>'.repeat(100)))
  const other = fetchzip({ urls: [page, zip], hash, name: 'second' })
  assert.match((await build(other, { store })).path, /-second$/)
})

test('fetchzip: more than one entry at the top is an error unless stripRoot is false', async () => {
  const flat = memoryTree({ a: file('1'), b: file('2') })
  const url = published(
    'flat.zip',
    zipOf([
      { name: 'a', content: '1' },
      { name: 'b', content: '2' },
    ]),
  )
  await assert.rejects(build(fetchzip({ url, hash: hashOf(flat) }), { store }), {
    code: 'archive.invalid',
    message: /flat\.zip: It has 2 entries at its top instead of one directory: "a", "b"\. Set `stripRoot: false`/,
  })
  const { physical } = await build(fetchzip({ url, hash: hashOf(flat), stripRoot: false }), { store })
  assert.equal(readFileSync(join(physical, 'b'), 'utf8'), '2')
})

test('fetchzip: an only file at the top stays in a directory, as in nixpkgs', async () => {
  const url = published('one.tar', tarOf([['run', 'x', plain(0o755)]]))
  const one = memoryTree({ run: executable('x') })
  const { physical } = await build(fetchzip({ url, hash: hashOf(one) }), { store })
  assert.equal(readFileSync(join(physical, 'run'), 'utf8'), 'x')
})

test('fetchurl: an executable file has the hash of its NAR', async () => {
  const url = published('tool', Buffer.from('#!/bin/sh\n'))
  const of = memoryTree({ '': executable('#!/bin/sh\n') })
  const { physical, path } = await build(fetchurl({ url, hash: hashOf(of), executable: true }), { store })
  assert.equal(path, `/nix/store/${fixedTreePath('tool', digestOfAll(writeNar(of)))}`)
  assert.equal(statSync(physical).mode & 0o777, 0o555)
  const flat = `sha256-${createHash('sha256').update('#!/bin/sh\n').digest('base64')}`
  await assert.rejects(build(fetchurl({ url, hash: flat, executable: true }), { store }), {
    code: 'store.hash-mismatch',
    message: /as an executable file, should have/,
  })
})

test('fetchzip: a wrong kind of hash and unknown arguments are refused at the call', () => {
  assert.throws(
    () => fetchzip({ url: zip, sha512: hash }),
    /fetchzip: sha512 .*SHA-256 or SHA-512 of the unpacked files/,
  )
  assert.throws(() => fetchTarball({ url: zip }), /fetchTarball: hash/)
  assert.throws(() => fetchTarball({ hash }), /fetchTarball: url/)
})
