/** `rebase`: an image on another base is what building it there gives, in every form; what cannot be right is refused. */
import assert from 'node:assert/strict'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { build, copyImage, debian, digest as digestNow, type PackageSet, push, rebase } from '../../src/index.ts'
import { type FakeRegistry, fakeRegistry } from '../support/fake-registry.ts'
import { checkImage } from '../support/image-check.ts'
import { viewOf } from '../support/image-view.ts'
import { noRegistry, startRegistry } from '../support/registry.ts'
import { stockImage, stockIndex } from '../support/registry-images.ts'
import { slipway, writeProject } from '../support/slipway.ts'
import { inFolder } from '../support/workshop.ts'

interface Scene extends PackageSet {
  readonly registry: FakeRegistry
  readonly folder: string
  readonly options: { readonly store: string }
  /** Name of the base without tag. It has the tags "1", "2", and "stale", in which the file that the image replaces differs. */
  readonly base: string
}

async function inScene(work: (scene: Scene) => Promise<void>): Promise<void> {
  const registry = await fakeRegistry()
  const base = `${registry.host}/base`
  const stockBase = (tag: string, texts: readonly string[], config: object): void => {
    const images = ['amd64', 'arm64'].map((architecture) =>
      stockImage(registry, {
        repository: 'base',
        texts,
        platform: { os: 'linux', architecture },
        config: { ...config },
      }),
    )
    stockIndex(registry, images, { repository: 'base', tag })
  }
  stockBase('1', ['old', 'base'], { Env: ['PATH=/bin', 'V=1'], Labels: { base: '1' } })
  stockBase('2', ['new', 'new base', 'base'], {
    Env: ['PATH=/usr/bin', 'V=2', 'N=1'],
    Labels: { base: '2' },
    User: 'app',
  })
  stockBase('stale', ['other'], {})
  await inFolder(async (folder) => {
    writeProject(folder, {})
    const set = debian({ suite: 'bookworm', architecture: 'amd64', directory: folder })
    await work({ ...set, pkgs: set.pkgs, registry, folder, base, options: { store: join(folder, 'store') } })
  })
}

function describeApp({ dockerTools, writeTextDir, base }: Scene, tag: string) {
  return dockerTools.buildLayeredImage({
    ...{ name: 'app', tag: '1', fromImage: dockerTools.pullImage({ imageName: base, imageTag: tag }) },
    contents: writeTextDir('app', 'app'),
    config: { Env: ['V=own', 'A=1'], Labels: { own: 'x' } },
  })
}

/** What must be equal: layers, and all that a container is run with. */
async function shown(file: string): Promise<unknown> {
  const { diffIds, config } = await viewOf(file)
  return { diffIds, config: config.config, history: config.history?.length }
}

test('rebase: in every form, the image becomes what building it on the new base gives', async () => {
  await inScene(async (scene) => {
    const { folder, options, base, registry } = scene
    const image = describeApp(scene, '1')
    const expected = await shown((await build(describeApp(scene, '2'), options)).physical)
    const onto = `docker://${base}:2`
    for (const form of ['docker-archive', 'oci', 'oci-archive']) {
      const file = join(folder, form)
      await build(image, { ...options, to: `${form}:${file}:app:1` })
      const before = await viewOf(file)
      for (const place of [`${form}:${file}`, file]) {
        const { reference, base: named } = await rebase(place, { ...options, onto })
        assert.deepEqual([reference, named], [place, `${base}:2`])
        assert.deepEqual(await shown(file), expected, place)
      }
      assert.deepEqual((await viewOf(file)).names, before.names)
      assert.deepEqual((await viewOf(file)).diffIds.slice(-1), before.diffIds.slice(-1))
    }
    const name = `${registry.host}/app:1`
    await push(image, { ...options, names: [name] })
    const received = registry.received()
    const { digest } = await rebase(`docker://${name}`, { ...options, onto })
    // All layers are in the registry already: a config and a manifest are sent.
    assert.ok(registry.received() - received < 5000)
    const manifest = JSON.parse(String(registry.manifests.get('app:1')?.bytes))
    assert.equal(manifest.annotations['org.opencontainers.image.base.name'], `${base}:2`)
    assert.ok(registry.manifests.has(`app@${digest}`))
    await copyImage(`docker://${name}`, `oci:${folder}/back`, options)
    assert.deepEqual(await shown(join(folder, 'back')), expected)
    await rebase(image, { ...options, onto, to: `oci:${folder}/described` })
    assert.deepEqual(await shown(join(folder, 'described')), expected)
  })
})

test('rebase: the base is what the manifest names, on a machine that never pulled it; or the one that is named', async () => {
  await inScene(async (scene) => {
    const { folder, options, base } = scene
    const place = `oci:${folder}/app`
    await build(describeApp(scene, '1'), { ...options, to: place })
    const archive = `docker-archive:${folder}/app.tar`
    await build(describeApp(scene, '1'), { ...options, to: archive })
    const elsewhere = { store: join(folder, 'other') }
    const onto = `${base}:2`
    const to = `oci:${folder}/out`
    const { digest } = await rebase(place, { ...elsewhere, onto, to })
    assert.ok(digest !== undefined)
    // A docker-archive names no base: there must be a pulled image with its layers, or a name.
    const fresh = { store: join(folder, 'third') }
    const before = readFileSync(join(folder, 'app.tar'))
    await assert.rejects(rebase(archive, { ...fresh, onto }), { code: 'image.rebase', message: /--base/ })
    await assert.rejects(rebase(archive, { ...fresh, onto, base: `${base}:stale` }), { code: 'image.rebase' })
    assert.deepEqual(readFileSync(join(folder, 'app.tar')), before)
    await rebase(archive, { ...fresh, onto, base: `${base}:1` })
    assert.deepEqual(await shown(join(folder, 'app.tar')), await shown(join(folder, 'out')))
  })
})

test('rebase: files that the image made from the base’s are not put onto another base unless it is forced', async () => {
  await inScene(async (scene) => {
    const { dockerTools, folder, options, base, writeTextDir } = scene
    const fromImage = dockerTools.pullImage({ imageName: base, imageTag: '1' })
    const image = dockerTools.buildImage({ name: 'app', tag: '1', fromImage, copyToRoot: writeTextDir('text', 'own') })
    const place = `oci:${folder}/app`
    await build(image, { ...options, to: place })
    // The file is the same in 1 and 2, so that replacing it is the image's own affair.
    await rebase(place, { ...options, onto: `${base}:2`, to: `oci:${folder}/same` })
    await assert.rejects(rebase(place, { ...options, onto: `${base}:stale` }), {
      code: 'image.rebase',
      message: /replaces files that differ between the two bases: \/text\./,
    })
    await rebase(place, { ...options, onto: `${base}:stale`, force: true })
    assert.match((await viewOf(join(folder, 'app'))).files.get('text') ?? '', / own$/)
  })
})

test('rebase: nothing else is lost, and the wrong platform is refused', async () => {
  await inScene(async (scene) => {
    const { dockerTools, folder, options, base, registry } = scene
    const image = describeApp(scene, '1')
    const onto = `${base}:2`
    const refused = (place: string, message: RegExp, more: object = {}) =>
      assert.rejects(rebase(place, { ...options, onto, ...more }), { code: 'image.rebase', message })
    const arm = dockerTools.buildLayeredImage({
      ...{ name: 'app', tag: '1', architecture: 'arm64' },
      fromImage: dockerTools.pullImage({ imageName: base, imageTag: '1', arch: 'arm64' }),
    })
    await push(dockerTools.imageIndex([image, arm], { name: 'app' }), {
      ...options,
      names: [`${registry.host}/both:1`],
    })
    await refused(`docker://${registry.host}/both:1`, /is an index of images for several platforms/, {
      platform: 'arm64',
    })
    await rebase(`docker://${registry.host}/both:1`, { ...options, onto, platform: 'arm64', to: `oci:${folder}/arm` })
    const { config } = await viewOf(join(folder, 'arm'))
    assert.equal(config.architecture, 'arm64')
    const { digest } = await push(image, { ...options, names: [`${registry.host}/app:1`] })
    await refused(`docker://${registry.host}/app@${digest}`, /named by its digest/)
    const { physical } = await build(image, options)
    await refused(physical, /is in the store/)
    const two = dockerTools.mergeImages([image, arm.override({ name: 'other', tag: '1' })], { compressor: 'none' })
    cpSync((await build(two, options)).physical, join(folder, 'two.tar'))
    await refused(join(folder, 'two.tar'), /holds 2 images/)
    const single = stockImage(registry, {
      repository: 'riscv',
      tag: '1',
      texts: ['x'],
      platform: { os: 'linux', architecture: 'riscv64' },
    })
    assert.ok(single.digest)
    await assert.rejects(rebase(physical, { ...options, onto: `${registry.host}/riscv:1`, to: `oci:${folder}/x` }), {
      code: 'base.architecture',
    })
    await assert.rejects(rebase(image, { ...options, onto }), { code: 'argument.invalid' })
    const none = dockerTools.buildLayeredImage({ name: 'none', tag: '1' })
    await build(none, { ...options, to: `oci:${folder}/none` })
    await refused(`oci:${folder}/none`, /does not say which image it is based on/)
  })
})

test('rebase: an index is rebased whole, in place, in every form, each image onto the base for its platform', async () => {
  await inScene(async (scene) => {
    const { dockerTools, folder, options, base, registry } = scene
    const both = (tag: string) => {
      const arm = dockerTools.buildLayeredImage({
        ...{ name: 'app', tag: '1', architecture: 'arm64', config: { Env: ['V=own'] } },
        fromImage: dockerTools.pullImage({ imageName: base, imageTag: tag, arch: 'arm64' }),
      })
      return dockerTools.imageIndex([describeApp(scene, tag), arm], { name: 'app', annotations: { note: 'kept' } })
    }
    const platforms = ['amd64', 'arm64']
    const shownAll = async (place: string): Promise<unknown> => {
      const all: unknown[] = []
      for (const platform of platforms) {
        const to = join(folder, `shown-${all.length}.tar`)
        await copyImage(place, to, { ...options, platform })
        all.push(await shown(to))
      }
      return all
    }
    await build(both('2'), { ...options, to: `oci:${folder}/expected:app:1` })
    const expected = await shownAll(`oci:${folder}/expected:app:1`)
    const onto = `docker://${base}:2`
    const name = `docker://${registry.host}/both:1`
    await push(both('1'), { ...options, names: [`${registry.host}/both:1`] })
    for (const form of ['oci', 'oci-archive'])
      await build(both('1'), { ...options, to: `${form}:${folder}/${form}:app:1` })
    for (const place of [`oci:${folder}/oci`, `oci-archive:${folder}/oci-archive`, name]) {
      const { digest } = await rebase(place, { ...options, onto })
      assert.deepEqual(await shownAll(place), expected, place)
      if (place === name) assert.ok(registry.manifests.has(`both@${digest}`))
    }
    const index = JSON.parse(String(registry.manifests.get('both:1')?.bytes))
    assert.deepEqual(
      index.manifests.map(({ platform }: { platform: { architecture: string } }) => platform.architecture),
      platforms,
    )
    assert.deepEqual(index.annotations, { note: 'kept' })
    // With another place, only if it is asked for.
    await rebase(`oci:${folder}/oci`, { ...options, onto, to: `oci:${folder}/all`, all: true })
    assert.deepEqual(await shownAll(`oci:${folder}/all`), expected)
    // A base for one platform is not one for the other.
    const single = stockImage(registry, {
      repository: 'one',
      tag: '1',
      texts: ['x'],
      platform: { os: 'linux', architecture: 'amd64' },
    })
    assert.ok(single.digest)
    const before = registry.manifests.get('both:1')
    await assert.rejects(rebase(name, { ...options, onto: `${registry.host}/one:1` }), { code: 'base.architecture' })
    assert.equal(registry.manifests.get('both:1'), before)
  })
})

test('rebase: an index in docker-registry is replaced in place, and its platforms can be pulled', {
  skip: noRegistry,
}, async () => {
  const { host } = await startRegistry()
  await inScene(async (scene) => {
    const { dockerTools, folder, options, base: from } = scene
    for (const tag of ['1', '2'])
      await copyImage(`docker://${from}:${tag}`, `docker://${host}/base:${tag}`, { ...options, all: true })
    const base = `${host}/base`
    const images = ['amd64', 'arm64'].map((architecture) =>
      dockerTools.buildLayeredImage({
        ...{ name: 'app', tag: '1', architecture, config: { Env: ['V=own'] } },
        fromImage: dockerTools.pullImage({ imageName: base, imageTag: '1', arch: architecture }),
      }),
    )
    await push(dockerTools.imageIndex(images, { name: 'app' }), { ...options, names: [`${host}/app:1`] })
    const { digest } = await rebase(`docker://${host}/app:1`, { ...options, onto: `${base}:2` })
    assert.equal((await digestNow(`${host}/app:1`)).digest, digest)
    for (const platform of ['amd64', 'arm64']) {
      const to = join(folder, `${platform}.tar`)
      await copyImage(`docker://${host}/app:1`, to, { store: join(folder, 'fresh'), platform })
      const { config, files } = await viewOf(to)
      assert.equal(config.architecture, platform)
      assert.deepEqual(config.config?.Env, ['PATH=/usr/bin', 'V=own', 'N=1'])
      assert.match(files.get('text') ?? '', / base$/)
    }
  })
})

test('cli: rebase prints the place and the digest, and replaces the image', async () => {
  await inScene(async (scene) => {
    const { folder, options, base } = scene
    await build(describeApp(scene, '1'), { ...options, to: `oci:${folder}/app` })
    const { stdout, stderr, status } = await slipway(['rebase', 'oci:app', '--onto', `${base}:2`], {
      cwd: folder,
      env: { SLIPWAY_STORE: options.store },
    })
    assert.equal(status, 0, stderr)
    assert.match(stdout, /^oci:app@sha256:[0-9a-f]{64}\n$/)
    await checkImage(join(folder, 'app'))
    assert.deepEqual((await viewOf(join(folder, 'app'))).config.config?.Labels, { base: '2', own: 'x' })
  })
})
