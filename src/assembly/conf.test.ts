import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTestWorkshop } from '../../test/support/workshop.ts'
import { digestOf } from '../base/digest.ts'
import { defaultOptions } from '../layer/recipe.ts'
import { recipePath } from '../store/store-path.ts'
import { type Conf, formatConf, planOf } from './conf.ts'
import { readConf } from './read-conf.ts'

const history = { created: 'now', created_by: 'slipway' }
const conf: Conf = {
  format: 2,
  architecture: 'amd64',
  created: 'now',
  config: { Labels: { ä: '1', b: '2' }, Cmd: ['x'] },
  layers: [
    {
      recipe: { format: 2, members: [], adjustments: {}, options: defaultOptions },
      history,
      diffId: digestOf('known'),
    },
    { recipe: { format: 2, members: [], adjustments: {}, options: { ...defaultOptions, mtime: 2 } }, history },
  ],
  closure: { paths: [recipePath('a', 1)], roots: [0], edges: [[]] },
  notes: [],
}

test('conf: what is written is read again, keys sorted', async () => {
  await inTestWorkshop(async ({ store }) => {
    const bytes = formatConf(conf)
    assert.match(
      Buffer.from(bytes).toString('utf8'),
      /^{"architecture":"amd64","closure":{"edges".*"config":{"Cmd".*}\n$/,
    )
    const path = recipePath('image-conf.json', 'test')
    await store.addFile(path, [bytes], { size: bytes.length, candidates: [] })
    assert.deepEqual(readConf(store, path), conf)
  })
})

test('conf: a plan has its names, its time, and the diff IDs that are known', async () => {
  await inTestWorkshop(async ({ store }) => {
    const now = '2024-05-06T07:08:09Z'
    const plan = planOf(conf, store, { names: ['image:1'], now })
    assert.deepEqual(plan.names, ['image:1'])
    assert.equal(plan.config.created, now)
    assert.deepEqual(
      plan.layers.map((layer) => [layer.history.created, layer.remembered]),
      [
        [now, digestOf('known')],
        [now, undefined],
      ],
    )
    const dated = planOf({ ...conf, created: '1970-01-01T00:00:01Z', history: [history] }, store, { names: [], now })
    assert.equal(dated.config.created, '1970-01-01T00:00:01Z')
    assert.equal(dated.history?.length, 1)
  })
})
