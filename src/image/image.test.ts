import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestOf } from '../base/digest.ts'
import { documentOf } from '../base/document.ts'
import { parseImageConfig, parseManifest } from '../format/oci.ts'
import type { LayerPlan } from '../layer/layer.ts'
import { makeConfig } from './config.ts'
import { historyOnBase } from './history.ts'
import type { Image, ImagePlan } from './image.ts'
import { settle, settleArchiveIndex } from './settle.ts'
import { validate } from './validate.ts'

function layer(text: string, created?: string): LayerPlan {
  const options = { mtime: 1, uid: 0, gid: 0, uname: '', gname: '', records: 'none', exclude: [] } as const
  return {
    recipe: { format: 2, members: [], adjustments: {}, options },
    name: digestOf(`recipe ${text}`),
    size: text.length,
    history: { created_by: text, ...(created === undefined ? {} : { created }) },
  }
}

const plan: ImagePlan = {
  layers: [layer('one'), layer('two', '2024-05-06T00:00:00Z')],
  config: {
    created: '1970-01-01T00:00:01Z',
    architecture: 'amd64',
    os: 'linux',
    config: { Labels: { b: '1', a: '2' }, Env: ['B=1', 'A=1'], Cmd: ['x'] },
  },
  names: ['x:1'],
}
const diffIds = [digestOf('one'), digestOf('two')]

/** The image that a plan becomes. */
function imageOf(settled = settle(plan, diffIds)): Image {
  const layers = plan.layers.flatMap(({ size, history }, index) => {
    const descriptor = settled.manifest.value.layers[index]
    const diffId = diffIds[index]
    return descriptor === undefined || diffId === undefined
      ? []
      : [{ descriptor, diffId, size, history, open: () => [] }]
  })
  return { manifest: settled.manifest, config: settled.config, layers }
}

test('config: one order of keys, whatever the order they were given in; variables keep theirs', () => {
  const text = Buffer.from(makeConfig(plan, diffIds).bytes).toString()
  assert.equal(
    text,
    `{"created":"1970-01-01T00:00:01Z","architecture":"amd64","os":"linux","config":{"Cmd":["x"],"Env":["B=1","A=1"],"Labels":{"a":"2","b":"1"}},` +
      `"rootfs":{"type":"layers","diff_ids":${JSON.stringify(diffIds)}},` +
      `"history":[{"created":"1970-01-01T00:00:01Z","created_by":"one"},{"created":"2024-05-06T00:00:00Z","created_by":"two"}]}`,
  )
})

test('config: one that is known keeps its bytes', () => {
  const known = documentOf({ ...makeConfig(plan, diffIds).value, moby: 'x' })
  assert.equal(settle({ ...plan, known }, diffIds).id, digestOf(known.bytes))
})

test('settle: the manifest names the config and the layers by what they are', () => {
  const { manifest, config, id } = settle(plan, diffIds)
  assert.equal(id, digestOf(config.bytes))
  assert.deepEqual(parseManifest(manifest.bytes, 'm').value, manifest.value)
  assert.deepEqual(parseImageConfig(config.bytes, 'c').value, config.value)
  assert.deepEqual(
    manifest.value.layers.map(({ digest, size }) => [digest, size]),
    diffIds.map((digest) => [digest, 3]),
  )
})

test('settle: an archive names layers by recipe and the config by digest', () => {
  const { id } = settle(plan, diffIds)
  const [item] = JSON.parse(Buffer.from(settleArchiveIndex([plan], [id])).toString())
  assert.deepEqual(item, {
    Config: `${id.slice(7)}.json`,
    RepoTags: ['x:1'],
    Layers: plan.layers.map(({ name }) => `${name.slice(7)}/layer.tar`),
  })
})

test('history: a base’s entries stay, with those that have no layer; a base without gets one a layer', () => {
  const own = [{ created_by: 'own' }]
  const history = [{ created_by: 'a' }, { created_by: 'b', empty_layer: true }]
  assert.deepEqual(historyOnBase({ history, layers: 1 }, own), [...history, ...own])
  assert.deepEqual(historyOnBase({ history, layers: 2 }, own), [
    { comment: 'base image' },
    { comment: 'base image' },
    ...own,
  ])
  assert.deepEqual(historyOnBase({ history: undefined, layers: 1 }, own), [{ comment: 'base image' }, ...own])
})

test('validate: an image of ours passes as it is', () => {
  const image = imageOf()
  assert.equal(validate(image, 'x'), image)
})

test('validate: everything that does not agree is named at once', () => {
  const image = imageOf()
  const [first] = image.layers
  const broken = (change: Partial<Image>): RegExp | string => {
    try {
      validate({ ...image, ...change }, 'x')
    } catch (error) {
      return error instanceof Error ? error.message : ''
    }
    return ''
  }
  const config = makeConfig({ ...plan, config: { ...plan.config, created: 'yesterday', os: '' } }, diffIds)
  assert.match(
    String(broken({ config })),
    /differs from the one that the manifest names; the size of the config differs from the one in the manifest; the config names no architecture or operating system; "yesterday" is not a valid date/,
  )
  assert.match(String(broken({ layers: [] })), /the config lists 2 layers of 0; the manifest lists 2 layers of 0/)
  assert.ok(first !== undefined)
  assert.match(
    String(broken({ layers: [first, first] })),
    /the diff ID of layer 1 differs from the one in the config; the digest of layer 1 differs from the one in the manifest/,
  )
  const manifest = { ...image.manifest, value: { ...image.manifest.value, mediaType: 'x' } }
  assert.match(String(broken({ manifest })), /the manifest's media type is x/)
  const short = settle({ ...plan, history: [{ created_by: 'a' }] }, diffIds)
  assert.match(String(broken(imageOf(short))), /the history has entries for 1 of 2 layers/)
  assert.throws(() => validate(imageOf(short), 'x'), { code: 'image.invalid' })
  assert.doesNotThrow(() => validate(imageOf(short), 'x', 'theirs'))
})
