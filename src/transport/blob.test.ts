import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { removeTree } from '../../src/store/remove.ts'
import { samplePlan, withStore } from '../../test/support/sample-image.ts'
import { collect } from '../base/bytes.ts'
import { digestOf } from '../base/digest.ts'
import { unwatched } from '../base/event.ts'
import { compressors } from '../format/compression/compressors.ts'
import { planImage } from '../image/base.ts'
import { openStore } from '../store/disk-store.ts'
import { layoutOf } from '../store/layout.ts'
import { packLayer } from './blob.ts'
import { parseDestination, parsePlace } from './place.ts'
import { readPlace, writeImages } from './transport.ts'

test('blob: a compressed layer is kept, and compressed anew only when the store has lost it', async () => {
  await withStore(async (store) => {
    const [layer] = (await samplePlan(store)).layers
    if (layer === undefined) throw new Error('unreachable')
    const pack = () => packLayer(layer, { store, watch: unwatched, compressor: compressors.gz })
    const made = await pack()
    const bytes = await collect(made.content.open())
    assert.equal(digestOf(bytes), made.descriptor.digest)
    assert.equal(digestOf(gunzipSync(bytes)), made.diffId)
    const [kept] = [store.blobs.get(made.descriptor.digest)]
    assert.equal(kept?.size, bytes.length)
    const create = () => assert.fail('it is not compressed again')
    const again = await packLayer(layer, {
      store: { ...store, blobs: { ...store.blobs, create }, [Symbol.asyncDispose]: async () => {} },
      watch: unwatched,
      compressor: compressors.gz,
    })
    assert.deepEqual([again.diffId, again.descriptor], [made.diffId, made.descriptor])
    removeTree(`${layoutOf(store.root).blobs}/${made.descriptor.digest.slice(7)}`)
    assert.deepEqual((await pack()).descriptor, made.descriptor)
  })
})

test('blob: a damaged one in the store is not used, but made again', async () => {
  await withStore(async (store) => {
    const [layer] = (await samplePlan(store)).layers
    if (layer === undefined) throw new Error('unreachable')
    const pack = () => packLayer(layer, { store, watch: unwatched, compressor: compressors.gz })
    const { descriptor, content } = await pack()
    const bytes = await collect(content.open())
    const file = `${layoutOf(store.root).blobs}/${descriptor.digest.slice(7)}`
    for (const damaged of [bytes.subarray(0, 20), Buffer.of(), Buffer.alloc(bytes.length, 'x')]) {
      writeFileSync(file, damaged)
      const again = await pack()
      assert.deepEqual(again.descriptor, descriptor)
      assert.deepEqual(await collect(again.content.open()), bytes)
      assert.deepEqual(readFileSync(file), Buffer.from(bytes))
    }
  })
})

test('blob: a base that came compressed stays as it came, in whatever form new layers are', async () => {
  await withStore(async (store, folder) => {
    const place = parseDestination(`oci:${folder}/base`)
    await writeImages([await samplePlan(store)], place, { store, watch: unwatched, compressor: compressors.gz })
    await using other = await openStore(`${folder}/other`)
    const reading = { store: other, watch: unwatched, keepPacked: true }
    const image = await readPlace(parsePlace(place.text), reading)
    const plan = planImage(image, other)
    for (const [index, layer] of plan.layers.entries()) {
      const options = { store: other, watch: unwatched, compressor: compressors.zstd, keepBase: true } as const
      const packed = await packLayer(layer, options)
      assert.deepEqual(packed.descriptor, image.manifest.value.layers[index])
      assert.equal(digestOf(await collect(packed.content.open())), packed.descriptor.digest)
    }
    const [first] = image.manifest.value.layers
    if (first === undefined) throw new Error('unreachable')
    // Lost, it is read once more, although its uncompressed file is there.
    removeTree(`${layoutOf(other.root).blobs}/${first.digest.slice(7)}`)
    await readPlace(parsePlace(place.text), reading)
    assert.equal(other.blobs.get(first.digest)?.size, first.size)
  })
})
