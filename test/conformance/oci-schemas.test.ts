/** Tests the check that every image of the tests must pass: it accepts images by skopeo, podman and umoci, and finds errors. */
import assert from 'node:assert/strict'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { unwatched } from '../../src/base/event.ts'
import { compressors } from '../../src/format/compression/compressors.ts'
import { writeLayout } from '../../src/transport/layout.ts'
import { parseDestination } from '../../src/transport/place.ts'
import { writeImages } from '../../src/transport/transport.ts'
import { missing, run } from '../support/command.ts'
import { checkDocument, checkImage, type Kind } from '../support/image-check.ts'
import { samplePlan, withStore } from '../support/sample-image.ts'
import { type MemberSpec, tarOf } from '../support/tar-of.ts'

const digest = `sha256:${'0'.repeat(64)}`
const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 2 }
const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: 2 }
const manifest = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config,
  layers: [layer],
  annotations: { 'org.example.a': 'b' },
}
const image = {
  created: '2024-05-06T07:08:09.123Z',
  architecture: 'arm64',
  variant: 'v8',
  os: 'linux',
  config: {
    User: '1:2',
    ExposedPorts: { '80/tcp': {} },
    Env: ['A=1', 'B='],
    Cmd: ['a'],
    Volumes: { '/a': {} },
    Labels: { a: 'b' },
  },
  rootfs: { type: 'layers', diff_ids: [digest] },
  history: [{ created: '2024-05-06T07:08:09+02:00', empty_layer: false }],
}
const entry = {
  ...config,
  mediaType: manifest.mediaType,
  platform: { os: 'linux', architecture: 'amd64', 'os.features': ['x'] },
}
const good: Readonly<Record<Kind, object>> = {
  index: { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [entry] },
  manifest,
  config: image,
  layout: { imageLayoutVersion: '1.0.0' },
  'archive index': [{ Config: 'c.json', RepoTags: null, Layers: ['l'] }],
}
const bad: readonly (readonly [Kind, object])[] = [
  ['index', { ...good.index, schemaVersion: 1 }],
  ['index', { ...good.index, mediaType: manifest.mediaType }],
  ['index', { schemaVersion: 2 }],
  ['index', { ...good.index, manifests: [{ ...entry, platform: { os: 'linux' } }] }],
  ['manifest', { ...manifest, mediaType: undefined }],
  ['manifest', { ...manifest, layers: [] }],
  ['manifest', { ...manifest, layers: [{ ...layer, mediaType: 'application/x-tar' }] }],
  ['manifest', { ...manifest, config: { ...config, size: -1 } }],
  ['manifest', { ...manifest, config: { ...config, digest: 'sha256:0' } }],
  ['manifest', { ...manifest, config: { ...config, digest: `sha512:${'0'.repeat(64)}` } }],
  ['manifest', { ...manifest, annotations: { a: 1 } }],
  ['config', { ...image, os: undefined }],
  ['config', { ...image, created: 'yesterday' }],
  ['config', { ...image, rootfs: { type: 'layers', diff_ids: ['0'] } }],
  ['config', { ...image, config: { Env: ['A'] } }],
  ['config', { ...image, config: { Cmd: 'a' } }],
  ['config', { ...image, config: { ExposedPorts: ['80'] } }],
  ['config', { ...image, config: { Labels: { a: 1 } } }],
  ['config', { ...image, history: [{ empty_layer: 'no' }] }],
  ['layout', { imageLayoutVersion: 1 }],
  ['archive index', []],
  ['archive index', [{ Config: 'c.json', Layers: 'l', RepoTags: [] }]],
]

const bytesOf = (value: object): Uint8Array => Buffer.from(JSON.stringify(value))

test('schemas: accept what the specification allows, reject what it forbids', () => {
  for (const kind of ['index', 'manifest', 'config', 'layout', 'archive index'] as const)
    checkDocument(kind, bytesOf(good[kind]), kind)
  for (const [kind, value] of bad)
    assert.throws(
      () => checkDocument(kind, bytesOf(value), kind),
      new RegExp(`no valid ${kind}`),
      JSON.stringify(value),
    )
})

test('check: images by skopeo and umoci pass', { skip: missing('skopeo', 'umoci') }, async () => {
  await withStore(async (store, folder) => {
    const archive = join(folder, 'a.tar')
    await writeImages([await samplePlan(store)], parseDestination(`docker-archive:${archive}`), {
      store,
      watch: unwatched,
    })
    const layout = join(folder, 'layout')
    const copy = ['--insecure-policy', 'copy', '-q', `docker-archive:${archive}`]
    await run('skopeo', [...copy, `oci:${layout}:x`])
    await checkImage(layout)
    await run('skopeo', [...copy, `oci-archive:${layout}.tar:x`])
    await checkImage(`${layout}.tar`)
    await run('umoci', ['config', '--image', `${layout}:x`, '--config.label', 'a=b', '--no-history'])
    await checkImage(layout)
  })
})

test('check: finds a modified blob, a wrong count, a link and a duplicate member', async () => {
  await withStore(async (store, folder) => {
    const layout = join(folder, 'layout')
    const how = { store, watch: unwatched, compressor: compressors.gz }
    const [made] = await writeLayout([await samplePlan(store)], layout, how)
    await checkImage(layout)
    const changed = join(folder, 'changed')
    cpSync(layout, changed, { recursive: true })
    const blob = join(changed, 'blobs/sha256', made?.manifest.value.layers[0]?.digest.slice(7) ?? '')
    const bytes = readFileSync(blob)
    bytes[9] = bytes[9] === 0 ? 1 : 0
    writeFileSync(blob, bytes)
    await assert.rejects(checkImage(changed))
  })
  await withStore(async (_store, folder) => {
    const file = join(folder, 'image.tar')
    const config = (layers: number, history: object[]): string => {
      const rootfs = { type: 'layers', diff_ids: Array.from({ length: layers }, () => emptyDigest) }
      return JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs, history })
    }
    const index = JSON.stringify([{ Config: 'c.json', RepoTags: ['x:1'], Layers: ['layer.tar'] }])
    const empty: MemberSpec = ['layer.tar', tarOf([])]
    const rest = [['c.json', config(1, [{}])] as const, ['manifest.json', index] as const]
    writeFileSync(file, tarOf([empty, ...rest]))
    await checkImage(file)
    for (const [spec, says] of [
      [[empty, ['c.json', config(2, [{}, {}])], ['manifest.json', index]], /lists 1 layers, but its config has 2/],
      [[empty, ['c.json', config(1, [])], ['manifest.json', index]], /history/],
      [[empty, empty, ...rest], /holds layer\.tar twice/],
      [[['l', tarOf([])], ['layer.tar', { symlink: 'l' }], ...rest], /layer\.tar is a symlink/],
    ] satisfies readonly (readonly [readonly MemberSpec[], RegExp])[]) {
      writeFileSync(file, tarOf(spec))
      await assert.rejects(checkImage(file), says)
    }
  })
})

/** Of 1024 zero bytes. */
const emptyDigest = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef'
