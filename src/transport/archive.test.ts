import assert from 'node:assert/strict'
import { test } from 'node:test'
import { owned } from '../../test/support/owned.ts'
import { layerOfFile, samplePlan, textLayer, withStore } from '../../test/support/sample-image.ts'
import { collect } from '../base/bytes.ts'
import { unwatched } from '../base/event.ts'
import { compressors } from '../format/compression/compressors.ts'
import { indexTar } from '../format/tar/read.ts'
import { writeTar } from '../format/tar/write.ts'
import { file, memoryTree } from '../tree/memory.ts'
import { archiveBytes, archiveSize } from './archive.ts'

test('archive: members are named by recipe, documents come last, a repeated layer is stored once', async () => {
  await withStore(async (store) => {
    const plan = await samplePlan(store)
    const bytes = await collect(owned(archiveBytes(plan, { store, watch: unwatched, compressor: compressors.none })))
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
    const cold = await collect(
      owned(archiveBytes(await samplePlan(store), { store, watch: unwatched, compressor: compressors.none })),
    )
    const plan = await samplePlan(store)
    assert.ok(plan.layers.every((layer) => layer.remembered !== undefined))
    const warm = await collect(owned(archiveBytes(plan, { store, watch: unwatched, compressor: compressors.none })))
    assert.ok(Buffer.from(cold).equals(warm))
  })
})

test('archive: a layer whose size is no multiple of a block is padded', async () => {
  await withStore(async (store) => {
    const bytes = Buffer.concat([
      ...writeTar(memoryTree({ a: file('a') }).entries(), { names: 'relative', end: 'blocks' }),
      Buffer.from('x'),
    ])
    const layer = await layerOfFile(store, bytes)
    const plan = { ...(await samplePlan(store)), layers: [layer, await textLayer(store, 'motd', 'hi')] }
    const archive = await collect(owned(archiveBytes(plan, { store, watch: unwatched, compressor: compressors.none })))
    assert.equal([...indexTar([archive])].length, 4)
    assert.equal(archive.length, archiveSize(plan))
  })
})
