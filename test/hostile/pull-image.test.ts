/** `pullImage` from registries that lie: one clear error, no longer than it needs, and nothing kept that could be taken for an image. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { digestOf, hexOf } from '../../src/base/digest.ts'
import { mediaTypes } from '../../src/format/media-types.ts'
import { BuildError, build, debian } from '../../src/index.ts'
import { type FakeRegistry, fakeRegistry, stock } from '../support/fake-registry.ts'
import { layerTar, stockImage, stockIndex } from '../support/registry-images.ts'
import { inFolder } from '../support/workshop.ts'

/** Pulls an image by digest or by the tag "1", and says how that failed; no image and no blob may remain. */
async function failure(registry: FakeRegistry, imageDigest?: string): Promise<BuildError> {
  let failed: unknown
  await inFolder(async (folder) => {
    const { dockerTools } = debian({ suite: 'bookworm', architecture: 'amd64', directory: folder })
    const pull = {
      maxUnpackedBytes: 100_000,
      imageName: `${registry.host}/x`,
      ...(imageDigest === undefined ? { imageTag: '1' } : { imageDigest }),
    }
    const store = join(folder, 'store')
    const registryOptions = { credentials: { user: 'alice', password: 'S3cret', registry: registry.host } }
    failed = await build(dockerTools.pullImage(pull), { store, registry: registryOptions }).catch((thrown) => thrown)
    const objects = readdirSync(join(store, 'nix/store')).filter((name) => /-(docker-)?image-/.test(name))
    assert.deepEqual(objects, [])
    assert.ok(!existsSync(join(folder, 'slipway.lock')) || imageDigest === undefined)
  })
  assert.ok(failed instanceof BuildError, String(failed))
  assert.doesNotMatch(JSON.stringify([failed.message, failed.detail]), /S3cret|YWxpY2U6/)
  return failed
}

const manifestOf = (config: Buffer, layers: readonly Buffer[], more: object = {}): Buffer => {
  const listed = (mediaType: string, bytes: Buffer) => ({ mediaType, digest: digestOf(bytes), size: bytes.length })
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: listed(mediaTypes.config, config),
      layers: layers.map((layer) => listed(mediaTypes.layerGzip, layer)),
      ...more,
    }),
  )
}

const configOf = (layers: readonly Buffer[]): Buffer =>
  Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: layers.map(digestOf) } }),
  )

describe('pullImage: hostile registries', () => {
  test('a manifest of another digest is refused, whether asked by digest or in an index', async () => {
    const registry = await fakeRegistry()
    const image = stockImage(registry, { repository: 'x', texts: ['a'] })
    const index = stockIndex(registry, [image], { repository: 'x', tag: '1' })
    const other = stockImage(registry, { repository: 'y', texts: ['b'] })
    const lie = registry.manifests.get(`y@${other.digest}`)
    assert.ok(lie !== undefined)
    registry.manifests.set(`x@${image.digest}`, lie)
    for (const digest of [image.digest, index, undefined])
      assert.equal((await failure(registry, digest)).code, 'registry.invalid')
  })

  test('an index that names itself, and indexes in indexes without end, come to an end', async () => {
    const registry = await fakeRegistry()
    const self = `sha256:${'a'.repeat(64)}`
    const listing = (digest: string) =>
      Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: mediaTypes.index,
          manifests: [{ mediaType: mediaTypes.index, digest, size: 10 }],
        }),
      )
    const bytes = listing(self)
    const top = stock(registry, 'x', { tag: '1', mediaType: mediaTypes.index, bytes })
    registry.manifests.set(`x@${self}`, { mediaType: mediaTypes.index, bytes })
    for (const digest of [top, self, undefined])
      assert.match((await failure(registry, digest)).code, /^(registry\.invalid|archive\.invalid|image\.not-found)$/)
    let digest = stockImage(registry, { repository: 'x', texts: ['a'] }).digest
    for (let level = 0; level < 20; level++)
      digest = stock(registry, 'x', { mediaType: mediaTypes.index, bytes: listing(digest) })
    assert.match((await failure(registry, digest)).code, /^(archive\.invalid|image\.not-found|registry\.invalid)$/)
  })

  test('a manifest without end is cut off at its limit, and so is a config', async () => {
    const registry = await fakeRegistry()
    const { digest } = stockImage(registry, { repository: 'x', tag: '1', texts: ['a'] })
    const endless = async (path: RegExp): Promise<void> => {
      registry.hook = ({ method, path: asked, response }) => {
        if (method !== 'GET' || !path.test(asked)) return false
        response.writeHead(200, { 'content-type': mediaTypes.manifest })
        const chunk = Buffer.alloc(1 << 16, 0x20)
        const write = (): void => {
          while (!response.destroyed && response.write(chunk));
        }
        response.on('drain', write)
        write()
        return true
      }
      assert.match((await failure(registry, digest)).code, /^(network\.too-large|registry\.invalid)$/)
    }
    await endless(/manifests/)
    await endless(/blobs/)
    const huge = manifestOf(configOf([]), [], { annotations: { x: 'x'.repeat(17 << 20) } })
    const large = stock(registry, 'x', { mediaType: mediaTypes.manifest, bytes: huge, children: [configOf([])] })
    registry.hook = () => false
    assert.match((await failure(registry, large)).code, /^(network\.too-large|archive\.invalid|registry\.invalid)$/)
  })

  test('layers that are not what the config states, that are cut, or expand without end, are refused', async () => {
    const registry = await fakeRegistry()
    const tar = layerTar('a')
    const cases: readonly (readonly [code: string, config: Buffer, layers: readonly Buffer[]])[] = [
      ['archive.invalid', configOf([layerTar('other')]), [gzipSync(tar)]],
      ['archive.invalid', configOf([tar, tar]), [gzipSync(tar)]],
      ['compression.corrupt', configOf([tar]), [gzipSync(tar).subarray(0, -20)]],
      ['archive.bomb', configOf([tar]), [gzipSync(Buffer.alloc(1_000_000))]],
    ]
    for (const [code, config, layers] of cases) {
      const bytes = manifestOf(config, layers)
      const digest = stock(registry, 'x', { mediaType: mediaTypes.manifest, bytes, children: [config, ...layers] })
      assert.equal((await failure(registry, digest)).code, code)
    }
  })

  test('an artifact and a tag that is not there are not images', async () => {
    const registry = await fakeRegistry()
    assert.equal((await failure(registry)).code, 'registry.not-found')
    const bytes = manifestOf(Buffer.from('{}'), [], { artifactType: 'application/vnd.example' })
    stock(registry, 'x', { tag: '1', mediaType: mediaTypes.manifest, bytes, children: [Buffer.from('{}')] })
    assert.equal((await failure(registry)).code, 'image.not-found')
  })

  test('a layer that came from a liar is asked for again, and the next pull works', async () => {
    const registry = await fakeRegistry()
    const { digest, blobs } = stockImage(registry, { repository: 'x', texts: ['a'] })
    await inFolder(async (folder) => {
      const { dockerTools } = debian({ suite: 'bookworm', architecture: 'amd64', directory: folder })
      const image = dockerTools.pullImage({ imageName: `${registry.host}/x`, imageDigest: digest })
      const store = join(folder, 'store')
      const good = registry.blobs.get(blobs[0] ?? '')
      assert.ok(good !== undefined)
      registry.blobs.set(blobs[0] ?? '', Buffer.alloc(good.length))
      await assert.rejects(build(image, { store }), { code: 'network.digest-mismatch' })
      assert.ok(!existsSync(join(store, 'blobs', hexOf(blobs[0] ?? digest))))
      registry.blobs.set(blobs[0] ?? '', good)
      await build(image, { store })
    })
  })
})
