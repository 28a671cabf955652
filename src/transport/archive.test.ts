import assert from 'node:assert/strict'
import { test } from 'node:test'
import { samplePlan, withStore } from '../../test/support/sample-image.ts'
import { collect } from '../base/bytes.ts'
import { unwatched } from '../base/event.ts'
import { indexTar } from '../format/tar/read.ts'
import { archiveBytes, archiveSize } from './archive.ts'

test('archive: members are named by recipe, documents come last, a repeated layer is stored once', async () => {
  await withStore(async (store) => {
    const plan = await samplePlan(store)
    const bytes = await collect(archiveBytes(plan, { store, watch: unwatched, compressor: 'none' }))
    const names = [...indexTar([bytes])].map((member) => member.name)
    const expected = plan.layers.slice(0, 3).map((layer) => `${layer.name.slice(7)}/layer.tar`)
    assert.deepEqual(names.slice(0, 3), expected)
    assert.match(names[3] ?? '', /^[0-9a-f]{64}\.json$/)
    assert.deepEqual(names.slice(4), ['manifest.json'])
    assert.equal(bytes.length, archiveSize(plan))
    assert.equal(bytes.length % 10_240, 0)
  })
})

test('archive: with remembered diff IDs the bytes are the same', async () => {
  await withStore(async (store) => {
    const cold = await collect(archiveBytes(await samplePlan(store), { store, watch: unwatched, compressor: 'none' }))
    const plan = await samplePlan(store)
    assert.ok(plan.layers.every((layer) => layer.remembered !== undefined))
    const warm = await collect(archiveBytes(plan, { store, watch: unwatched, compressor: 'none' }))
    assert.ok(Buffer.from(cold).equals(warm))
  })
})
