import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { withStore } from '../../test/support/sample-image.ts'
import { tarOf } from '../../test/support/tar-of.ts'
import { digestOf, hexOf } from '../base/digest.ts'
import { unwatched } from '../base/event.ts'
import { mediaTypes } from '../format/oci.ts'
import type { Descriptor } from '../layer/layer.ts'
import { readImage, readImages } from './read-image.ts'

const layerBytes = tarOf([['file', 'content']])
const imageConfig = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digestOf(layerBytes)] } }

/** A layout in a folder, to be filled. */
class Layout {
  readonly folder: string
  constructor(folder: string) {
    this.folder = folder
    mkdirSync(join(folder, 'blobs/sha256'), { recursive: true })
    writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  }

  blob(mediaType: string, content: unknown): Descriptor {
    const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content))
    const digest = digestOf(bytes)
    writeFileSync(join(this.folder, 'blobs/sha256', hexOf(digest)), bytes)
    return { mediaType, digest, size: bytes.length }
  }

  manifest(config: Descriptor, layers: readonly Descriptor[], more: object = {}): Descriptor {
    const value = { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers, ...more }
    return this.blob(mediaTypes.manifest, value)
  }

  image(more: object = {}): Descriptor {
    const config = this.blob(mediaTypes.config, { ...imageConfig, ...more })
    return this.manifest(config, [this.blob(mediaTypes.layer, layerBytes)])
  }

  index(manifests: readonly object[]): Descriptor {
    return this.blob(mediaTypes.index, { schemaVersion: 2, mediaType: mediaTypes.index, manifests })
  }

  list(manifests: readonly object[]): string {
    writeFileSync(join(this.folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }))
    return this.folder
  }
}

/** What tools store beside images. */
function others(layout: Layout): readonly object[] {
  const empty = layout.blob('application/vnd.oci.empty.v1+json', {})
  const config = layout.blob(mediaTypes.config, { ...imageConfig, rootfs: { type: 'layers', diff_ids: [] } })
  const statement = layout.blob('application/vnd.in-toto+json', { statement: 1 })
  const signature = layout.blob('application/vnd.dev.cosign.simplesigning.v1+json', { signature: 1 })
  const chart = layout.blob('application/vnd.cncf.helm.config.v1+json', {})
  const subject = layout.image()
  return [
    layout.manifest(empty, [empty], { artifactType: 'application/vnd.example.sbom' }),
    layout.manifest(empty, [statement]),
    layout.manifest(chart, [layout.blob('application/vnd.cncf.helm.chart.content.v1.tar+gzip', { chart: 1 })]),
    layout.manifest(config, [statement], { subject }),
    layout.manifest(config, [signature]),
    layout.manifest(config, [], { artifactType: 'application/vnd.example.note', annotations: { a: '1' } }),
    { ...layout.manifest(config, []), platform: { os: 'unknown', architecture: 'unknown' } },
    { ...layout.manifest(config, []), annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } },
    { ...layout.manifest(empty, []), artifactType: 'application/vnd.example.sbom' },
    { ...layout.manifest(empty, [statement]), platform: { os: 'linux', architecture: 'amd64' } },
    layout.blob('application/vnd.example.unknown+json', { x: 1 }),
  ]
}

test('find: artifacts, attestations and signatures are left out, wherever they are listed', async () => {
  await withStore(async (store, folder) => {
    const options = { store, watch: unwatched }
    for (const nested of [false, true]) {
      const layout = new Layout(join(folder, `layout-${nested}`))
      const image = layout.image()
      const platform = { os: 'linux', architecture: 'amd64' }
      for (const other of others(layout)) {
        for (const list of [
          [other, image],
          [image, other],
        ]) {
          const place = layout.list(nested ? [layout.index(list)] : list)
          assert.equal(digestOf((await readImage(place, options)).manifest.bytes), image.digest)
          const chosen = await readImage(place, { ...options, select: { platform } })
          assert.equal(digestOf(chosen.manifest.bytes), image.digest)
          assert.equal((await readImages(place, options)).length, 1)
        }
      }
    }
  })
})

test('find: where there are no images, none is found', async () => {
  await withStore(async (store, folder) => {
    const options = { store, watch: unwatched }
    const layout = new Layout(join(folder, 'layout'))
    const none = { code: 'image.not-found', message: /holds no image\. Use another archive or layout\.$/ }
    for (const list of [[], others(layout), [layout.index([])], [layout.index(others(layout))]]) {
      const place = layout.list(list)
      await assert.rejects(readImage(place, options), none)
      await assert.rejects(readImages(place, options), none)
    }
    writeFileSync(join(folder, 'image.tar'), tarOf([['manifest.json', '[]']]))
    await assert.rejects(readImage(join(folder, 'image.tar'), options), none)
    await assert.rejects(readImages(join(folder, 'image.tar'), options), none)
  })
})

test('find: an image whose blobs are missing or damaged is an image, and is named when it is chosen', async () => {
  await withStore(async (store, folder) => {
    const options = { store, watch: unwatched }
    const layout = new Layout(join(folder, 'layout'))
    const image = layout.image()
    const arm = layout.image({ architecture: 'arm64' })
    writeFileSync(join(layout.folder, 'blobs/sha256', hexOf(arm.digest)), 'x'.repeat(arm.size))
    const listed = [
      { ...arm, platform: { os: 'linux', architecture: 'arm64' } },
      { ...image, platform: { os: 'linux', architecture: 'amd64' } },
    ]
    const place = layout.list([layout.index(listed)])
    const select = (architecture: string) => ({ ...options, select: { platform: { os: 'linux', architecture } } })
    assert.equal(digestOf((await readImage(place, select('amd64'))).manifest.bytes), image.digest)
    await assert.rejects(readImage(place, select('arm64')), { code: 'archive.invalid' })
  })
})

test('find: what an index lists with another digest than sha256 is left out, and refused when it is meant', async () => {
  await withStore(async (store, folder) => {
    const layout = new Layout(folder)
    const other = { mediaType: mediaTypes.manifest, digest: `sha512:${'a'.repeat(128)}`, size: 7 }
    const platform = (architecture: string) => ({ platform: { os: 'linux', architecture } })
    const named = { annotations: { 'org.opencontainers.image.ref.name': 'odd' } }
    layout.list([
      { ...other, ...named },
      layout.index([
        { ...other, ...platform('arm64') },
        { ...layout.image(), ...platform('amd64') },
      ]),
    ])
    const read = (select: object) => readImage(layout.folder, { store, watch: unwatched, select })
    assert.equal((await read({})).config.value.architecture, 'amd64')
    await assert.rejects(read({ tag: 'odd' }), {
      code: 'archive.invalid',
      message: /sha512:a+ is a sha512 digest; slipway reads sha256 only/,
    })
    layout.list([{ ...other, digest: 'sha256:short' }, layout.image()])
    await assert.rejects(read({}), { code: 'archive.invalid', message: /must be a digest/ })
  })
})
