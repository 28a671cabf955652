/** `pullImage`: what is pulled, locked, built upon and pushed again; skopeo and docker-registry are asked where they are installed. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Digest, digestOf, formatSri } from '../../src/base/digest.ts'
import { formatNix32 } from '../../src/base/nix32.ts'
import { build, debian, gc, lock, type PackageSet, push, stream } from '../../src/index.ts'
import { missing, run } from '../support/command.ts'
import { type FakeRegistry, fakeRegistry } from '../support/fake-registry.ts'
import { viewOf } from '../support/image-view.ts'
import { noRegistry, startRegistry } from '../support/registry.ts'
import { type Stocked, stockImage, stockIndex } from '../support/registry-images.ts'
import { command as slipwayCommand, writeProject } from '../support/slipway.ts'
import { inFolder } from '../support/workshop.ts'

interface Project extends PackageSet {
  readonly folder: string
  readonly options: { readonly store: string }
  readonly lockFile: string
}

/** A separate project: a directory with a store, a lock and a package set. */
async function inProject(work: (project: Project) => Promise<void>, architecture = 'amd64'): Promise<void> {
  await inFolder(async (folder) => {
    writeProject(folder, {})
    const set = debian({ suite: 'bookworm', architecture, directory: folder })
    const lockFile = join(folder, 'slipway.lock')
    await work({ ...set, pkgs: set.pkgs, folder, options: { store: join(folder, 'store') }, lockFile })
  })
}

/** An image for amd64, arm64 and two arms, under one tag. */
function stockFour(
  registry: FakeRegistry,
  texts: readonly string[] = ['base'],
): { index: Digest; images: readonly Stocked[] } {
  const image = (architecture: string, variant?: string): Stocked =>
    stockImage(registry, {
      repository: 'team/base',
      texts: [...texts, `${architecture}${variant ?? ''}`],
      platform: { os: 'linux', architecture, ...(variant === undefined ? {} : { variant }) },
    })
  const images = [image('arm', 'v5'), image('arm', 'v7'), image('amd64'), image('arm64', 'v8')]
  return { index: stockIndex(registry, images, { repository: 'team/base', tag: '1' }), images }
}

test('pullImage: an index gives the image of the platform that is asked for, by any of its names', async () => {
  const registry = await fakeRegistry()
  const { index } = stockFour(registry)
  const expected = {
    x86_64: 'amd64',
    amd64: 'amd64',
    aarch64: 'arm64v8',
    arm64: 'arm64v8',
    'arm/v5': 'armv5',
    arm: 'armv7',
    armhf: 'armv7',
  }
  await inProject(async ({ dockerTools, options }) => {
    for (const [arch, text] of Object.entries(expected)) {
      const imageName = `${registry.host}/team/base`
      const { physical } = await build(dockerTools.pullImage({ imageName, imageDigest: index, arch }), options)
      assert.equal((await viewOf(physical)).files.get('text'), `file 644 0:0 ${text}`, arch)
    }
    const missing = dockerTools.pullImage({
      imageName: `${registry.host}/team/base`,
      imageDigest: index,
      arch: 's390x',
    })
    await assert.rejects(build(missing, options), { code: 'image.not-found' })
  })
})

test('pullImage: gzip, zstd and plain layers, OCI and schema 2; each layer is fetched once for all images', async () => {
  const registry = await fakeRegistry()
  await inProject(async ({ dockerTools, options }) => {
    for (const form of ['oci', 'docker'] as const) {
      for (const packing of ['gz', 'zstd', 'none'] as const) {
        const texts = [`${form}`, `${packing}`, `${form}`]
        const { digest } = stockImage(registry, { repository: 'x', texts, packing, form })
        const made = dockerTools.pullImage({
          imageName: `${registry.host}/x`,
          imageDigest: digest,
          finalImageTag: packing,
        })
        const { layers, names } = await viewOf((await build(made, options)).physical)
        assert.deepEqual(
          layers.map((layer) => layer.get('text')?.split(' ')[3]),
          texts,
        )
        assert.deepEqual(names, [`${registry.host}/x:${packing}`])
      }
    }
    const blobs = registry.asked.filter((line) => /^GET .*\/blobs\//.test(line))
    // A config for each image, and of each layer one in each packing.
    assert.equal(new Set(blobs).size, blobs.length)
  })
})

test('pullImage: a wrong hash says what was expected and what was found; the right one is verified once', async () => {
  const registry = await fakeRegistry()
  const { digest: imageDigest } = stockImage(registry, { repository: 'x', texts: ['a'] })
  await inProject(async ({ dockerTools, options }) => {
    const pull = { imageName: `${registry.host}/x`, imageDigest }
    const { physical } = await build(dockerTools.pullImage(pull), options)
    const found = createHash('sha256').update(readFileSync(physical)).digest()
    const wrong = formatSri(digestOf('another'))
    for (const given of [{ hash: wrong }, { sha256: wrong }, { hash: '' }]) {
      await assert.rejects(build(dockerTools.pullImage({ ...pull, ...given }), options), (error: Error) => {
        assert.match(error.message, /must have the hash sha256-.*; got sha256-/)
        return error.message.includes(`hash: "sha256-${found.toString('base64')}"`)
      })
    }
    for (const sha256 of [formatNix32(found), found.toString('hex')]) {
      const made = await build(dockerTools.pullImage({ ...pull, sha256 }), options)
      assert.deepEqual(readFileSync(made.physical), readFileSync(physical))
      // A fixed output: its path follows from name and hash.
      assert.match(made.path, /^\/nix\/store\/[a-z0-9]{32}-docker-image-127\.0\.0\.1-\d+-x-latest\.tar$/)
    }
    const before = registry.asked.length
    await build(dockerTools.pullImage({ ...pull, hash: formatSri(`sha256:${found.toString('hex')}`) }), options)
    assert.equal(registry.asked.length, before)
  })
})

test('pullImage: a tag is locked for all platforms; builds use the lock, --frozen and offline too', async () => {
  const registry = await fakeRegistry()
  const { index, images } = stockFour(registry)
  await inProject(async ({ dockerTools, writeTextDir, options, lockFile }) => {
    const base = dockerTools.pullImage({ imageName: `${registry.host}/team/base`, imageTag: '1' })
    const image = (name: string) =>
      dockerTools.buildLayeredImage({ name, tag: '1', fromImage: base, contents: writeTextDir(name, name) })
    await assert.rejects(build(image('x'), { ...options, frozen: true }), { code: 'lock.frozen' })
    assert.ok(!existsSync(lockFile))
    const first = await build(image('x'), options)
    const locked = JSON.parse(readFileSync(lockFile, 'utf8')).sets[`image ${registry.host}/team/base:1`]
    assert.deepEqual([locked.name, locked.tag, locked.digest], [`${registry.host}/team/base`, '1', index])
    assert.deepEqual(Object.keys(locked.platforms), ['linux/amd64', 'linux/arm/v5', 'linux/arm/v7', 'linux/arm64/v8'])
    const amd64 = images.find(({ platform }) => platform.architecture === 'amd64')
    assert.equal(locked.platforms['linux/amd64'].manifest, amd64?.digest)
    assert.equal(locked.platforms['linux/amd64'].config, digestOf(amd64?.config ?? ''))
    // The tag moves and the registry is gone: the lock and the store are enough, for other images on the base, too.
    const moved = stockFour(registry, ['moved'])
    const text = readFileSync(lockFile, 'utf8')
    registry.hook = ({ response }) => {
      response.destroy()
      return true
    }
    assert.equal((await build(image('x'), { ...options, frozen: true })).path, first.path)
    await build(image('y'), { ...options, frozen: true })
    await gc(options)
    await build(image('z'), { ...options, frozen: true })
    assert.equal(readFileSync(lockFile, 'utf8'), text)
    registry.hook = () => false
    // Another machine with the lock gets the image that was locked, though the tag has moved.
    rmSync(options.store, { recursive: true })
    assert.equal((await build(image('x'), { ...options, frozen: true })).path, first.path)
    await assert.rejects(lock([image('x')], { ...options, update: true, frozen: true }), { code: 'lock.frozen' })
    const { changes } = await lock([image('x')], { ...options, update: true })
    assert.deepEqual(changes[0]?.packages[0], {
      name: 'digest',
      from: { version: index, size: 0 },
      to: { version: moved.index, size: 0 },
    })
    assert.deepEqual((await lock([image('x')], { ...options, update: true })).changes, [])
    assert.notEqual((await build(image('x'), options)).path, first.path)
  })
})

test('pullImage: an image on a pulled base names it in its manifest, and pushes its blobs unchanged', async () => {
  const registry = await fakeRegistry()
  for (const packing of ['gz', 'none', 'zstd'] as const) {
    const base = stockImage(registry, { repository: 'base', tag: packing, texts: ['a', 'b'], packing, form: 'docker' })
    await inProject(async ({ dockerTools, writeTextDir, options }) => {
      const fromImage = dockerTools.pullImage({ imageName: `${registry.host}/base`, imageTag: packing })
      const contents = writeTextDir('hello', packing)
      const before = registry.received()
      const image = dockerTools.buildLayeredImage({ name: 'x', tag: packing, fromImage, contents })
      const { digest, sent } = await push(image, { ...options, names: [`${registry.host}/x:${packing}`] })
      const manifest = JSON.parse(String(registry.manifests.get(`x@${digest}`)?.bytes))
      assert.deepEqual(
        manifest.layers.slice(0, 2).map((layer: { digest: string }) => layer.digest),
        base.blobs,
      )
      assert.ok(
        manifest.layers.every(({ mediaType }: { mediaType: string }) => mediaType.startsWith('application/vnd.oci.')),
      )
      assert.deepEqual(manifest.annotations, {
        'org.opencontainers.image.base.digest': base.digest,
        'org.opencontainers.image.base.name': `${registry.host}/base:${packing}`,
      })
      // The base's layers are mounted: neither sent nor asked for.
      assert.ok(sent < 5000 && registry.received() - before < 8000)
      const config = JSON.parse(String(registry.blobs.get(manifest.config.digest)))
      assert.deepEqual(config.config.Cmd, ['/bin/sh'])
    })
  }
})

test('pullImage: every builder takes one, and its names choose among images', async () => {
  const registry = await fakeRegistry()
  const { digest: imageDigest } = stockImage(registry, { repository: 'base', texts: ['a'] })
  await inProject(async ({ dockerTools, writeTextDir, options }) => {
    const base = dockerTools.pullImage({
      imageName: `${registry.host}/base`,
      imageDigest,
      finalImageName: 'own/base',
      finalImageTag: '2',
    })
    assert.deepEqual([base.imageName, base.imageTag, base.name], ['own/base', '2', 'docker-image-own-base-2.tar'])
    const contents = writeTextDir('b', 'b')
    const built = dockerTools.buildImage({
      name: 'one',
      fromImage: base,
      fromImageName: 'own/base',
      fromImageTag: '2',
      copyToRoot: contents,
    })
    assert.equal((await viewOf((await build(built, options)).physical)).files.get('text'), 'file 644 0:0 a')
    await assert.rejects(
      build(dockerTools.buildImage({ name: 'x', fromImage: base, fromImageName: 'other' }), options),
      {
        code: 'image.not-found',
      },
    )
    const merged = await viewOf((await build(dockerTools.mergeImages([base, built]), options)).physical)
    assert.deepEqual(merged.names, ['docker.io/own/base:2'])
    await build(dockerTools.exportImage({ fromImage: base }), options)
    await build(dockerTools.imageIndex([base]), options)
    await build(dockerTools.buildLayeredImage({ name: 'x', fromImage: built }), options)
    await build(base, { ...options, to: `oci:${join(options.store, '../layout')}` })
    await push(base, { ...options, names: [`${registry.host}/copied:1`] })
  })
})

test('pullImage: streaming writes the bytes that building stores, without storing them, under another name too', async () => {
  const registry = await fakeRegistry()
  const { index } = stockFour(registry)
  const imageName = `${registry.host}/team/base`
  await inProject(async ({ dockerTools, folder, options }) => {
    const image = dockerTools.pullImage({ imageName, imageDigest: index })
    const streamed = async (name: string, more: object = {}): Promise<string> => {
      const file = join(folder, name)
      const output = openSync(file, 'w')
      const { sent, id } = await stream(image, { ...options, ...more, output })
      closeSync(output)
      assert.deepEqual([statSync(file).size, id.slice(0, 7)], [sent, 'sha256:'])
      return file
    }
    const first = await streamed('first.tar')
    const { path, physical } = await build(image, { ...options, store: join(folder, 'other') })
    assert.deepEqual(readFileSync(first), readFileSync(physical))
    assert.ok(!existsSync(join(options.store, 'nix/store', path)))
    assert.deepEqual((await viewOf(await streamed('second.tar', { repoTag: 'mine:2' }))).names, [
      'docker.io/library/mine:2',
    ])
    await assert.rejects(streamed('third.tar', { repoTag: 'Not:valid' }), { code: 'argument.invalid' })
    writeProject(folder, {
      'image.ts': `
        import { debian } from 'slipway'
        const { dockerTools } = debian({ suite: 'bookworm', architecture: 'amd64' })
        export const base = dockerTools.pullImage({ imageName: '${imageName}', imageDigest: '${index}' })`,
    })
    const command = `'${process.execPath}' '${slipwayCommand}' stream image.ts#base > fourth.tar`
    await run('bash', ['-c', command], { cwd: folder, env: { SLIPWAY_STORE: options.store } })
    assert.deepEqual(readFileSync(join(folder, 'fourth.tar')), readFileSync(first))
  })
})

test('pullImage: an image for another platform than the set’s stays what it is', async () => {
  const registry = await fakeRegistry()
  const { index } = stockFour(registry)
  await inProject(async ({ dockerTools, options }) => {
    const fromImage = dockerTools.pullImage({
      imageName: `${registry.host}/team/base`,
      imageDigest: index,
      arch: 'arm64',
    })
    await assert.rejects(build(dockerTools.buildLayeredImage({ name: 'x', fromImage }), options), {
      code: 'base.architecture',
    })
    const image = dockerTools.buildLayeredImage({ name: 'x', fromImage, architecture: 'arm64' })
    const { config } = await viewOf((await build(image, options)).physical)
    assert.deepEqual([config.architecture, config.variant], ['arm64', 'v8'])
  })
})

test('pullImage: existing pins, as skopeo makes them from a real registry', {
  skip: noRegistry || missing('skopeo'),
}, async () => {
  const { host } = await startRegistry()
  const fake = await fakeRegistry()
  await inProject(async ({ dockerTools, writeTextDir, options, folder }) => {
    const { digest } = stockImage(fake, { repository: 'x', tag: '1', texts: ['a', 'b', 'a'], form: 'docker' })
    const skopeo = (from: string, to: string) =>
      run('skopeo', ['--insecure-policy', 'copy', '-q', '--src-tls-verify=false', '--dest-tls-verify=false', from, to])
    await skopeo(`docker://${fake.host}/x:1`, `docker://${host}/team/x:1`)
    await skopeo(`docker://${host}/team/x@${digest}`, `docker-archive:${folder}/skopeo.tar:my/x:7`)
    const bytes = readFileSync(join(folder, 'skopeo.tar'))
    const pull = {
      imageName: `${host}/team/x`,
      imageDigest: digest,
      sha256: formatNix32(createHash('sha256').update(bytes).digest()),
    }
    const made = dockerTools.pullImage({ ...pull, finalImageName: 'my/x', finalImageTag: '7', tlsVerify: false })
    assert.deepEqual(readFileSync((await build(made, options)).physical), bytes)
    // On a real registry: the base's blobs are the same ones, and mounted.
    const image = dockerTools.buildLayeredImage({ name: 'y', fromImage: made, contents: writeTextDir('y', 'y') })
    const pushed = await push(image, { ...options, names: [`${host}/other/y:1`] })
    const inspect = async (name: string) =>
      JSON.parse(await run('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${name}`]))
    const [below, above] = [await inspect(`${host}/team/x:1`), await inspect(`${host}/other/y:1`)]
    const digests = ({ layers }: { layers: readonly { digest: string }[] }) => layers.map((layer) => layer.digest)
    assert.deepEqual(digests(above).slice(0, 3), digests(below))
    assert.ok(pushed.sent < 3000)
  })
})
