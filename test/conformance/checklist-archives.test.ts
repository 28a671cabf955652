/**
 * The numbered checklist of nixpkgs' tests of dockerTools: items visible in the archive itself, and images for other architectures, whose
 * programs run by qemu-user-static.
 */
import assert from 'node:assert/strict'
import { globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { build, debian, type LayeredImageArguments, type Package } from '../../src/index.ts'
import { missing, run } from '../support/command.ts'
import { type ImageView, viewOf } from '../support/image-view.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { waiting } from './checklist-waiting.ts'

const folder = temporaryFolder()
const store = join(folder, 'store')
const { pkgs, dockerTools, path, writeText, writeTextDir, writeScriptBin } = debian({
  suite: 'bookworm',
  architecture: 'amd64',
  directory: folder,
})
const { buildImage, buildLayeredImage } = dockerTools
const uncompressed = { compressor: 'none' } as const

async function view(image: Package): Promise<ImageView> {
  return viewOf((await build(image, { store })).physical)
}

/** Six texts, each of which refers to the previous one. */
const chain: Package[] = []
for (let index = 0; index < 6; index++) chain.push(writeText(`text-${index}`, `after ${chain.at(-1) ?? ''}\n`))
const bulk = { contents: writeScriptBin('hello', `#!/bin/sh\ncat ${chain.at(-1) ?? ''}\n`), ...uncompressed }

test('checklist: every item is tested or listed as pending, with a reason', (t) => {
  for (const { items, reason } of waiting) t.diagnostic(`${items.join(', ')}: ${reason}`)
  const files = globSync('checklist-*.test.ts', { cwd: import.meta.dirname })
  const texts = files.map((file) => readFileSync(join(import.meta.dirname, file), 'utf8')).join('')
  const tried = [...texts.matchAll(/(?:'checklist |`checklist |^ +\['|t\.test\(')((?:\d+, )*\d+)(?:: |',)/gm)]
    .flatMap(([, numbers = '']) => numbers.split(', '))
    .map(Number)
  const numbers = [...new Set(tried), ...waiting.flatMap(({ items }) => items)]
  assert.deepEqual(
    numbers.sort((a, b) => a - b),
    Array.from({ length: 78 }, (_, index) => index + 1),
  )
})

test('checklist 32: two images with a common package share its layer', async () => {
  const one = await view(buildLayeredImage({ name: 'layered-image', contents: pkgs.hello, ...uncompressed }))
  const other = await view(
    buildLayeredImage({
      name: 'another-layered-image',
      contents: [pkgs.hello, writeTextDir('etc/motd', 'hi')],
      ...uncompressed,
    }),
  )
  const shared = one.diffIds.filter((id) => other.diffIds.includes(id))
  assert.ok(shared.length >= 3, `${shared.length} are shared`)
})

test('checklist 39, 40: two layers contain everything', async () => {
  const { diffIds, files } = await view(buildLayeredImage({ name: 'bulk-layer', maxLayers: 2, ...bulk }))
  assert.equal(diffIds.length, 2)
  assert.match(files.get('bin/hello') ?? '', /^symlink 777 0:0 \/nix\/store\//)
  assert.equal([...files.keys()].filter((at) => /^nix\/store\/[^/]+$/.test(at)).length, 7)
})

test('checklist 41: on a base of two layers, maxLayers 4 makes exactly four', async () => {
  const base = buildLayeredImage({
    name: 'two-layered-image',
    maxLayers: 2,
    contents: writeTextDir('etc/base', 'x'),
    ...uncompressed,
  })
  const { diffIds, files } = await view(
    buildLayeredImage({ name: 'layered-bulk-layer', fromImage: base, maxLayers: 4, ...bulk }),
  )
  assert.equal(diffIds.length, 4)
  assert.ok(files.has('bin/hello') && files.has('etc/base'))
})

test('checklist 44, 58, 59: the architecture is that of the call', async () => {
  for (const architecture of ['arm64', 'amd64', 'aarch64']) {
    const expected = architecture === 'aarch64' ? 'arm64' : architecture
    const given = { name: 'architecture', architecture, ...uncompressed }
    assert.equal((await view(buildImage(given))).config.architecture, expected)
    assert.equal((await view(buildLayeredImage(given))).config.architecture, expected)
  }
  const { config } = await view(buildImage({ name: 'architecture', architecture: 'armhf', ...uncompressed }))
  assert.deepEqual([config.architecture, config.variant], ['arm', 'v7'])
})

test('checklist 45: a store path that is a link remains a link', async () => {
  symlinkSync('/nowhere', join(folder, 'link'))
  const link = path('link')
  const { files } = await view(
    buildLayeredImage({ name: 'store-link', config: { Env: [`LINK=${link}`] }, ...uncompressed }),
  )
  assert.deepEqual(
    [...files].filter(([at]) => at.endsWith('-link')).map(([, said]) => said),
    ['symlink 777 0:0 /nowhere'],
  )
})

test('checklist 46, 47: a registry in the name is kept', async () => {
  const given = { name: 'registry-1.docker.io/image', tag: '1', ...uncompressed }
  for (const image of [buildImage(given), buildLayeredImage(given)]) {
    assert.equal(image.imageName, 'registry-1.docker.io/image')
    assert.deepEqual((await view(image)).names, ['registry-1.docker.io/image:1'])
    assert.match((await build(image, { store })).path, /-image\.tar$/)
  }
})

test('checklist 56, 57: a directory of this machine as contents', async () => {
  mkdirSync(join(folder, 'contents'))
  writeFileSync(join(folder, 'contents/hello.txt'), 'hello\n')
  const copied = await view(buildImage({ name: 'with-path', copyToRoot: './contents', ...uncompressed }))
  assert.equal(copied.files.get('hello.txt'), 'file 444 0:0 hello\n')
  const linked = await view(buildLayeredImage({ name: 'with-path', contents: './contents', ...uncompressed }))
  const target = (linked.files.get('hello.txt') ?? '').replace('symlink 777 0:0 /', '')
  assert.equal(linked.files.get(target), 'file 444 0:0 hello\n')
})

test('checklist 60: a file of /etc made by a package', async () => {
  const image = buildLayeredImage({
    name: 'etc',
    contents: writeTextDir('etc/some-config-file', '127.0.0.1 localhost\n'),
    ...uncompressed,
  })
  const { files } = await view(image)
  const target = (files.get('etc/some-config-file') ?? '').replace('symlink 777 0:0 /', '')
  assert.match(files.get(target) ?? '', /localhost/)
})

test('checklist 77, 78: images for another architecture contain programs that run there', {
  skip: missing('qemu-aarch64-static', 'tar'),
}, async () => {
  const home = join(folder, 'arm64')
  mkdirSync(home)
  const { pkgs, dockerTools } = debian({ suite: 'bookworm', architecture: 'arm64', directory: home })
  const given = { name: 'cross', tag: '1', ...uncompressed } satisfies Partial<LayeredImageArguments>
  const images = [
    dockerTools.buildImage({ ...given, copyToRoot: pkgs.hello }),
    dockerTools.buildLayeredImage({ ...given, contents: pkgs.hello }),
  ]
  for (const [index, image] of images.entries()) {
    const { physical } = await build(image, { store })
    assert.equal((await viewOf(physical)).config.architecture, 'arm64')
    const root = join(home, String(index))
    mkdirSync(root)
    const unpack = `tar -xf "${physical}" --wildcards --to-stdout "*/layer.tar" | tar -xi -C "${root}"`
    await run('sh', ['-c', unpack])
    assert.match(await run('qemu-aarch64-static', ['-L', root, join(root, 'usr/bin/hello')]), /Hello, world!/)
  }
})
