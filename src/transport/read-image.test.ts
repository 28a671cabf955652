import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { withStore } from '../../test/support/sample-image.ts'
import { type MemberSpec, tarOf } from '../../test/support/tar-of.ts'
import { collect } from '../base/bytes.ts'
import { digestOf, hexOf } from '../base/digest.ts'
import { BuildError } from '../base/error.ts'
import { unwatched } from '../base/event.ts'
import { mediaTypes } from '../format/oci.ts'
import { planBase } from '../image/base.ts'
import type { Store } from '../store/store.ts'
import type { Selection } from './found-image.ts'
import { type ReadOptions, readImage } from './read-image.ts'

const layers = ['one', 'two'].map((text) => tarOf([[`${text}.txt`, text]]))
const [one = new Uint8Array(), two = new Uint8Array()] = layers

function config(diffs: readonly Uint8Array[], more: object = {}): Buffer {
  return Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Env: ['A=1'], Cmd: null },
      rootfs: { type: 'layers', diff_ids: diffs.map((bytes) => digestOf(bytes)) },
      history: [{ created_by: 'first' }, { created_by: 'nothing', empty_layer: true }, { created_by: 'second' }],
      ...more,
    }),
  )
}

/** The members of a docker-archive with two layers. */
function archive(
  tags: readonly string[] | null = ['redis:7'],
  more: readonly MemberSpec[] = [],
): readonly MemberSpec[] {
  const document = config(layers)
  const name = `${hexOf(digestOf(document))}.json`
  return [
    ['a/', ''],
    ['a/layer.tar', one],
    ['b/layer.tar', two],
    [name, document],
    ['manifest.json', JSON.stringify([{ Config: name, RepoTags: tags, Layers: ['a/layer.tar', 'b/layer.tar'] }])],
    ...more,
  ]
}

async function read(file: Uint8Array, more: Partial<ReadOptions> = {}) {
  return withStore(async (store, folder) => {
    writeFileSync(join(folder, 'image.tar'), file)
    return contentsOf(join(folder, 'image.tar'), store, more)
  })
}

async function contentsOf(file: string, store: Store, more: Partial<ReadOptions> = {}) {
  const image = await readImage(file, { store, watch: unwatched, ...more })
  const contents = await Promise.all(image.layers.map((layer) => collect(layer.open())))
  return { image, contents, plans: planBase(image, store) }
}

async function refusal(work: Promise<unknown>): Promise<BuildError> {
  try {
    await work
  } catch (error) {
    if (error instanceof BuildError) return error
    throw error
  }
  throw new assert.AssertionError({ message: 'nothing was refused' })
}

/** The members of a layout that holds these manifests. */
function layout(
  images: readonly {
    readonly layers: readonly Uint8Array[]
    readonly diffs: readonly Uint8Array[]
    readonly more?: object
    readonly entry?: object
  }[],
): readonly MemberSpec[] {
  const members = new Map<string, Uint8Array | string>()
  const add = (bytes: Uint8Array, mediaType: string) => {
    const digest = digestOf(bytes)
    members.set(`blobs/sha256/${hexOf(digest)}`, bytes)
    return { mediaType, digest, size: bytes.length }
  }
  const manifests = images.map(({ layers, diffs, more, entry }) => {
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: add(config(diffs, more), mediaTypes.config),
      layers: layers.map((bytes) => add(bytes, mediaTypes.layerGzip)),
    }
    return { ...add(Buffer.from(JSON.stringify(manifest)), mediaTypes.manifest), ...entry }
  })
  members.set('oci-layout', '{"imageLayoutVersion":"1.0.0"}')
  members.set('index.json', JSON.stringify({ schemaVersion: 2, manifests }))
  return [...members]
}

test('read: a docker-archive, plain or packed, gives the same image', async () => {
  const plain = tarOf(archive())
  for (const bytes of [plain, gzipSync(plain), zstdCompressSync(plain)]) {
    const { image, contents } = await read(bytes)
    assert.deepEqual(image.names, ['redis:7'])
    assert.deepEqual(
      contents.map((bytes) => digestOf(bytes)),
      layers.map((bytes) => digestOf(bytes)),
    )
    assert.deepEqual(
      image.layers.map((layer) => layer.history.created_by),
      ['first', 'second'],
    )
    assert.equal(image.config.value.config?.Cmd, undefined)
  }
})

test('read: base layers are planned as they are, with their diff IDs known', async () => {
  const { plans } = await read(tarOf(archive()))
  assert.deepEqual(
    plans.map((plan) => plan.remembered),
    layers.map((bytes) => digestOf(bytes)),
  )
  assert.deepEqual(
    plans.map((plan) => plan.size),
    layers.map((bytes) => bytes.length),
  )
})

test('read: layers may be links, repeated, packed each for itself, and in any order', async () => {
  const document = config([one, two, one])
  const index = [{ Config: 'c.json', RepoTags: null, Layers: ['l/layer.tar', 'two.tar', 'h/layer.tar'] }]
  const { contents } = await read(
    tarOf([
      ['manifest.json', JSON.stringify(index)],
      ['l/layer.tar', { symlink: '../one.tar' }],
      ['c.json', document],
      ['two.tar', gzipSync(two)],
      ['one.tar', one],
      ['h/layer.tar', { hardlink: 'one.tar' }],
    ]),
  )
  assert.deepEqual(
    contents.map((bytes) => digestOf(bytes)),
    [one, two, one].map((bytes) => digestOf(bytes)),
  )
})

test('read: name and tag select really and exactly, each alone too', async () => {
  const twin = config([two], { history: null })
  const index = [
    { Config: 'one.json', RepoTags: ['docker.io/library/redis:7', 'redis:7.0'], Layers: ['one.tar'] },
    { Config: 'two.json', RepoTags: ['redis:8', 'x.example/redis:9'], Layers: ['two.tar'] },
  ]
  const bytes = tarOf([
    ['one.tar', one],
    ['two.tar', two],
    ['one.json', config([one], { history: null })],
    ['two.json', twin],
    ['manifest.json', JSON.stringify(index)],
  ])
  const chosen = async (select: Selection): Promise<readonly string[]> => (await read(bytes, { select })).image.names
  assert.deepEqual(await chosen({}), index[0]?.RepoTags)
  assert.deepEqual(await chosen({ tag: '8' }), index[1]?.RepoTags)
  assert.deepEqual(await chosen({ name: 'redis', tag: '7' }), index[0]?.RepoTags)
  assert.deepEqual(await chosen({ name: 'redis' }), index[0]?.RepoTags)
  assert.deepEqual(await chosen({ name: 'x.example/redis' }), index[1]?.RepoTags)
  const error = await refusal(chosen({ name: 'redis', tag: '9' }))
  assert.equal(error.code, 'image.not-found')
  for (const tags of index) for (const tag of tags.RepoTags) assert.ok(error.message.includes(tag), tag)
  assert.equal((await refusal(chosen({ tag: '7.' }))).code, 'image.not-found')
})

test('read: an OCI layout, as a folder and as an archive, with packed layers', async () => {
  const members = layout([{ layers: layers.map((bytes) => gzipSync(bytes)), diffs: layers }])
  const { image } = await read(tarOf(members))
  assert.equal(image.manifest.value.layers[0]?.mediaType, mediaTypes.layerGzip)
  await withStore(async (store, folder) => {
    for (const [name, content] of members) {
      mkdirSync(join(folder, 'layout', name, '..'), { recursive: true })
      if (typeof content === 'string' || content instanceof Uint8Array)
        writeFileSync(join(folder, 'layout', name), content)
    }
    const { contents } = await contentsOf(join(folder, 'layout'), store)
    assert.deepEqual(
      contents.map((bytes) => digestOf(bytes)),
      layers.map((bytes) => digestOf(bytes)),
    )
  })
})

test('read: the platform chooses among the images of an index, else the first is taken', async () => {
  const images = ['amd64', 'arm64'].map((architecture) => ({
    layers: [one],
    diffs: [one],
    more: { architecture, history: null },
    entry: architecture === 'amd64' ? { platform: { os: 'linux', architecture } } : {},
  }))
  const bytes = tarOf(layout(images))
  const architecture = async (select: Selection): Promise<string> =>
    (await read(bytes, { select })).image.config.value.architecture
  assert.equal(await architecture({}), 'amd64')
  assert.equal(await architecture({ platform: { os: 'linux', architecture: 'arm64' } }), 'arm64')
  const error = await refusal(architecture({ platform: { os: 'linux', architecture: 's390x' } }))
  assert.match(error.message, /linux\/s390x.*linux\/amd64.*linux\/arm64/)
})

test('read: a layer that the store has is not read again', async () => {
  await withStore(async (store, folder) => {
    writeFileSync(join(folder, 'a.tar'), tarOf(archive()))
    await readImage(join(folder, 'a.tar'), { store, watch: unwatched })
    const reports: string[] = []
    await readImage(join(folder, 'a.tar'), {
      store,
      watch: { ...unwatched, report: ({ subject }) => reports.push(subject) },
    })
    assert.deepEqual(reports, [])
  })
})
