/**
 * The numbered checklist of nixpkgs' tests of dockerTools, with Debian packages instead of nixpkgs': root file systems and merged archives,
 * imported, loaded and run.
 */
import assert from 'node:assert/strict'
import { createReadStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { build, debian, type Package } from '../../src/index.ts'
import { run } from '../support/command.ts'
import { containersOf } from '../support/containers.ts'
import { noDocker, sharedDocker } from '../support/dockerd.ts'
import { temporaryFolder } from '../support/temporary.ts'

const folder = temporaryFolder()
const store = join(folder, 'store')
const docker = sharedDocker()
const { run: inContainer } = containersOf(docker, store)
const { pkgs, dockerTools, buildEnv, writeScriptBin } = debian({ suite: 'bookworm', directory: folder })
const { buildImage, buildLayeredImage, exportImage, mergeImages } = dockerTools
const uncompressed = { compressor: 'none' } as const
const skip = noDocker
const tools = buildEnv({ name: 'tools', paths: [pkgs.bash, pkgs.coreutils] })
const bash = buildImage({ name: 'bash', tag: 'latest', copyToRoot: tools, ...uncompressed })
const redis = buildImage({
  name: 'redis',
  tag: 'latest',
  fromImage: bash,
  copyToRoot: pkgs('redis-server'),
  runAsRoot: 'mkdir -p /data',
  config: { Cmd: ['redis-server'], WorkingDir: '/data', Volumes: { '/data': {} } },
})

/** Loads an archive and returns the names that Docker loaded. */
async function loaded(image: Package): Promise<readonly string[]> {
  const { physical } = await build(image, { store })
  const said = await docker(['load'], { input: createReadStream(physical) })
  return [...said.matchAll(/Loaded image: (\S+)/g)].map(([, name]) => name ?? '').sort()
}

async function listed(root: Package): Promise<readonly string[]> {
  return (await run('tar', ['-tf', (await build(root, { store })).physical])).trim().split('\n')
}

for (const [number, more] of [
  ['4', {}],
  ['5', { enableFakechroot: true }],
] as const) {
  test(`checklist ${number}: without store paths the flattened image has nothing below /nix/store`, async () => {
    const greet = writeScriptBin('greet', `#!/bin/sh\nexec ${pkgs.hello}/bin/hello\n`)
    const contents = [pkgs.hello, greet]
    const given = { name: 'no-store', tag: '1', contents, ...more, ...uncompressed }
    const below = async (image: Package): Promise<readonly string[]> =>
      (await listed(exportImage({ fromImage: image }))).filter((name) => /^\.\/nix\/store\/./.test(name))
    assert.deepEqual(await below(buildLayeredImage({ ...given, includeStorePaths: false })), [])
    assert.notDeepEqual(await below(buildLayeredImage(given)), [])
  })
}

test('checklist 49: merged bash and redis are both present and run', { skip }, async () => {
  assert.deepEqual(await loaded(mergeImages([bash, redis])), ['bash:latest', 'redis:latest'])
  assert.match(await inContainer('bash:latest', ['bash', '--version']), /^GNU bash/)
  assert.match(await inContainer('redis:latest', ['redis-server', '--version']), /^Redis server v=/)
})

test('checklist 50: merged images may have a hash as their tag', { skip }, async () => {
  const untagged = buildImage({ name: 'bash', copyToRoot: tools })
  const { imageTag } = await build(untagged, { store })
  assert.match(imageTag ?? '', /^[0-9a-df-np-sv-z]{32}$/)
  assert.deepEqual(await loaded(mergeImages([untagged, redis])), [`bash:${imageTag}`, 'redis:latest'])
  assert.match(await inContainer(`bash:${imageTag}`, ['bash', '--version']), /^GNU bash/)
  assert.match(await inContainer('redis:latest', ['redis-server', '--version']), /^Redis server v=/)
})

test('checklist 51: owners that fakeRootCommands set are kept in a merged archive', { skip }, async () => {
  const fakeRoot = buildLayeredImage({
    name: 'layered-fake-root',
    tag: '1',
    contents: tools,
    fakeRootCommands: 'mkdir -p ./home/alice; chown 1000 ./home/alice',
  })
  assert.deepEqual(await loaded(mergeImages([bash, fakeRoot])), ['bash:latest', 'layered-fake-root:1'])
  assert.equal(await inContainer('layered-fake-root:1', ['stat', '-c', '%u:%g', '/home/alice']), '1000:0\n')
})

test('checklist 53: merged images may have different compressors', { skip }, async () => {
  const images = (['gz', 'none', 'zstd'] as const).map((compressor) =>
    buildLayeredImage({ name: `merged-${compressor}`, tag: '1', contents: [tools, pkgs.hello], compressor }),
  )
  // As archives too, so that each is decompressed.
  const archives = await Promise.all(images.map(async (image) => (await build(image, { store })).physical))
  for (const given of [images, archives]) {
    assert.deepEqual(await loaded(mergeImages(given)), ['merged-gz:1', 'merged-none:1', 'merged-zstd:1'])
    for (const name of ['gz', 'none', 'zstd'])
      assert.match(await inContainer(`merged-${name}:1`, ['hello']), /Hello, world!/)
  }
})

test('checklist 54: the exported root file system of bash lists bash, and what docker imports of it runs', {
  skip,
}, async () => {
  const exported = exportImage({ fromImage: bash })
  const names = await listed(exported)
  for (const name of ['./usr/bin/bash', './bin']) assert.ok(names.includes(name), name)
  await docker(['import', (await build(exported, { store })).physical, 'imported:1'])
  assert.equal(await inContainer('imported:1', ['/bin/bash', '-c', 'echo $((6 * 7))']), '42\n')
  const root = join(folder, 'root')
  mkdirSync(root)
  await run('tar', ['-xf', (await build(exported, { store })).physical, '-C', root])
  assert.match(await run('chroot', [root, '/bin/bash', '--version']), /^GNU bash/)
})
