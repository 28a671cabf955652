/**
 * The numbered checklist of nixpkgs' tests of dockerTools, with Debian packages instead of nixpkgs': images on images, tested by running
 * containers. Typed functions replace shell text.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { build, debian, type Package, push, type Root } from '../../src/index.ts'
import { directory, file, memoryTree } from '../../src/tree/memory.ts'
import { missing, run } from '../support/command.ts'
import { containersOf } from '../support/containers.ts'
import { noDocker, sharedDocker } from '../support/dockerd.ts'
import { fakeRegistry } from '../support/fake-registry.ts'
import { viewOf, writeBase } from '../support/image-view.ts'
import { temporaryFolder } from '../support/temporary.ts'

const folder = temporaryFolder()
const store = join(folder, 'store')
const docker = sharedDocker()
const { run: inContainer, loadAndRun } = containersOf(docker, store)
const { pkgs, dockerTools, buildEnv, writeTextDir } = debian({ suite: 'bookworm', directory: folder })
const { buildImage, buildLayeredImage } = dockerTools
const uncompressed = { compressor: 'none' } as const
const skip = noDocker
const tools = buildEnv({ name: 'tools', paths: [pkgs.bash, pkgs.coreutils] })
const bash = buildImage({ name: 'bash', tag: 'latest', copyToRoot: tools, ...uncompressed })

const layeredImage = buildLayeredImage({
  name: 'layered-image',
  tag: '1',
  contents: [tools, pkgs.hello],
  extraCommands: 'echo "(extraCommands)" > ./extraCommands',
  config: { Cmd: [`${pkgs.hello}/bin/hello`] },
  ...uncompressed,
})

test('checklist 29: layered-image runs its command and has the output of extraCommands', { skip }, async () => {
  assert.match(await loadAndRun(layeredImage), /Hello, world!/)
  assert.equal(await inContainer('layered-image:1', ['cat', 'extraCommands']), '(extraCommands)\n')
})

test('checklist 23, 25: a pulled image runs its programs, and so does an image on top of it', { skip }, async () => {
  const registry = await fakeRegistry()
  const { digest } = await push(bash, { store, names: [`${registry.host}/bash:latest`] })
  const pulled = dockerTools.pullImage({
    imageName: `${registry.host}/bash`,
    imageDigest: digest,
    finalImageName: 'pulled',
  })
  assert.equal(await loadAndRun(pulled, ['bash', '-c', 'echo pulled']), 'pulled\n')
  const contents = [pkgs.hello]
  const config = { Cmd: [`${pkgs.hello}/bin/hello`] }
  const onTop = buildLayeredImage({ name: 'on-top', tag: '1', fromImage: pulled, contents, config, ...uncompressed })
  assert.match(await loadAndRun(onTop), /Hello, world!/)
})

test('checklist 30, 31: a plain and a layered image on top of it run', { skip }, async () => {
  const example = (root: Root): void => root.mkdir('example-output', { mode: 0o777 })
  const own = {
    tag: '1',
    fromImage: layeredImage,
    config: { Cmd: ['bash', '-c', 'pwd; touch here; stat -c %a .'], WorkingDir: '/example-output' },
    ...uncompressed,
  }
  const images = [
    buildImage({ name: 'layered-on-top', ...own, extraCommands: example }),
    buildLayeredImage({ name: 'layered-on-top-layered', ...own, fakeRootCommands: example }),
  ]
  for (const image of images)
    assert.equal(await loadAndRun(image, [], ['--user', '1000:1000']), '/example-output\n777\n')
})

test('checklist 33: upper layers win', { skip }, async () => {
  const layer = (number: number, fromImage: Package): Package =>
    buildImage({
      name: `layers-order-${number}`,
      tag: '1',
      fromImage,
      copyToRoot: Array.from({ length: number }, (_, index) => writeTextDir(`tmp/layer${index + 1}`, `layer${number}`)),
      ...uncompressed,
    })
  const top = layer(1, layer(2, layer(3, bash)))
  assert.equal(await loadAndRun(top, ['cat', '/tmp/layer1', '/tmp/layer2', '/tmp/layer3']), 'layer1layer2layer3')
})

test('checklist 34: layers are stacked in order', { skip }, async () => {
  const letter = (text: string, fromImage: Package): Package =>
    buildImage({
      name: `unpack-${text}`,
      tag: '1',
      fromImage,
      runAsRoot: (root) => root.append('/layer-order', text),
      ...uncompressed,
    })
  assert.equal(await loadAndRun(letter('c', letter('b', letter('a', bash))), ['cat', '/layer-order']), 'abc')
})

test('checklist 35: a base that lists a layer twice', { skip: skip || missing('skopeo') }, async () => {
  const twice = join(folder, 'twice.tar')
  const same = memoryTree({ 'etc/motd': file('same\n'), etc: directory() })
  await writeBase(twice, { layers: [same, same], names: ['twice:1'] })
  const once = join(folder, 'once.tar')
  await run('skopeo', ['--insecure-policy', 'copy', '-q', `docker-archive:${twice}`, `docker-archive:${once}:twice:1`])
  const image = buildImage({
    name: 'twice',
    tag: '2',
    fromImage: once,
    copyToRoot: tools,
    runAsRoot: 'echo more >> /etc/motd',
    ...uncompressed,
  })
  assert.equal(await loadAndRun(image, ['/bin/bash', '-c', 'cat /etc/motd; exit 0']), 'same\nmore\n')
})

test('checklist 36, 37, 38: variables come from the parent, the last value wins, and appears once', {
  skip,
}, async () => {
  const parent = buildImage({
    name: 'parent',
    tag: '1',
    copyToRoot: tools,
    config: { Env: ['FROM_PARENT=true', 'LAST_LAYER=parent'] },
    ...uncompressed,
  })
  const own = { tag: '1', fromImage: parent, config: { Env: ['FROM_CHILD=true', 'LAST_LAYER=child'] }, ...uncompressed }
  for (const image of [buildImage({ name: 'child', ...own }), buildLayeredImage({ name: 'layered-child', ...own })]) {
    const said = (await loadAndRun(image, ['env'])).split('\n')
    for (const line of ['FROM_PARENT=true', 'FROM_CHILD=true', 'LAST_LAYER=child']) assert.ok(said.includes(line), line)
    const { config } = await viewOf((await build(image, { store })).physical)
    assert.deepEqual(config.config?.Env, ['FROM_PARENT=true', 'LAST_LAYER=child', 'FROM_CHILD=true'])
  }
})
