/** Hashes and store paths of unpacked archives are Nix's own. Needs `nix-prefetch-url` (Debian: nix-bin), tar, zip and the compressors. */
import assert from 'node:assert/strict'
import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { build, debian } from '../../src/index.ts'
import { missing, run } from '../support/command.ts'
import { testNix } from '../support/nix.ts'
import { temporaryFolder } from '../support/temporary.ts'

const skip = missing('nix-prefetch-url', 'nix-hash', 'nix-store', 'tar', 'zip', 'unzip', 'gzip', 'bzip2', 'xz', 'zstd')
const nix = testNix()
const folder = temporaryFolder()
const store = join(folder, 'store')
const { fetchzip, fetchurl } = debian({ suite: 'bookworm', directory: folder })
const app = join(folder, 'in/app-1')

before(() => {
  mkdirSync(join(app, 'bin'), { recursive: true })
  mkdirSync(join(app, 'empty'))
  writeFileSync(join(app, 'bin/run'), '#!/bin/sh\n')
  chmodSync(join(app, 'bin/run'), 0o755)
  writeFileSync(join(app, 'größe'), 'x'.repeat(3_000_000))
  chmodSync(join(app, 'größe'), 0o640)
  linkSync(join(app, 'größe'), join(app, 'second'))
  symlinkSync('../größe', join(app, 'bin/link'))
})

const packings: Readonly<Record<string, readonly string[]>> = {
  'app.tar': ['tar', '-cf'],
  'app.tar.gz': ['tar', '--format=pax', '-czf'],
  'app.tar.bz2': ['tar', '--format=v7', '-cjf'],
  'app.tar.xz': ['tar', '--format=ustar', '-cJf'],
  'app.tar.zst': ['tar', '--zstd', '-cf'],
  'app.zip': ['zip', '-qry'],
}

for (const [name, [program = '', ...words]] of Object.entries(packings)) {
  test(`fetchzip: ${name} has the hash and path that Nix computes`, { skip }, async () => {
    const file = join(folder, name)
    await run(program, [...words, file, 'app-1'], { cwd: join(folder, 'in') })
    const url = pathToFileURL(file).href
    const sha256 = await nix.run('nix-hash', '--type', 'sha256', '--base32', app)
    // Nix itself unpacks the formats that its libarchive knows; the tree is the same for all.
    if (!name.endsWith('.zst')) assert.equal(await prefetched(url), sha256)
    assert.equal(
      (await build(fetchzip({ url, sha256 }), { store: join(store, name) })).path,
      await fixed('sha256', sha256),
    )
    const sha512 = await nix.run('nix-hash', '--type', 'sha512', '--base32', app)
    assert.equal(
      (await build(fetchzip({ url, sha512 }), { store: join(store, name) })).path,
      await fixed('sha512', sha512),
    )
    const whole = await nix.run('nix-hash', '--type', 'sha256', '--base32', join(folder, 'in'))
    await build(fetchzip({ url, sha256: whole, stripRoot: false }), { store: join(store, name) })
  })
}

test('fetchzip: bare names, absent directories and DOS archives unpack as with unzip', { skip }, async () => {
  for (const [name, flags] of [
    ['bare.zip', ['-qrD']],
    ['dos.zip', ['-qrk']],
  ] as const) {
    await run('zip', [...flags, join(folder, name), 'app-1/bin/run', 'app-1/second'], { cwd: join(folder, 'in') })
    const out = join(folder, `out-${name}`)
    await run('unzip', ['-qq', join(folder, name), '-d', out])
    const sha256 = await nix.run('nix-hash', '--type', 'sha256', '--base32', out)
    await build(fetchzip({ url: pathToFileURL(join(folder, name)).href, sha256, stripRoot: false }), { store })
  }
})

test('fetchurl: an executable file has the hash and path that Nix computes', { skip }, async () => {
  const file = join(app, 'bin/run')
  const sha256 = await nix.run('nix-hash', '--type', 'sha256', '--base32', file)
  const { path } = await build(fetchurl({ url: pathToFileURL(file).href, sha256, executable: true }), { store })
  assert.equal(path, await fixed('sha256', sha256, 'run'))
})

function fixed(algorithm: string, hash: string, name: string = 'source'): Promise<string> {
  return nix.run('nix-store', '--print-fixed-path', '--recursive', algorithm, hash, name)
}

/** In a Nix store of its own: the machine's may belong to another user. */
function prefetched(url: string): Promise<string> {
  const at = ['store', 'var', 'log'].map((part) => join(folder, 'nix', part))
  const [NIX_STORE_DIR = '', NIX_STATE_DIR = '', NIX_LOG_DIR = ''] = at
  return nix.run(
    'env',
    ...Object.entries({ NIX_STORE_DIR, NIX_STATE_DIR, NIX_LOG_DIR }).map((pair) => pair.join('=')),
    'nix-prefetch-url',
    '--unpack',
    url,
  )
}
