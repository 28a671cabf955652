import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkImage } from '../../test/support/image-check.ts'
import { samplePlan, withStore } from '../../test/support/sample-image.ts'
import { digestOf } from '../base/digest.ts'
import { unwatched } from '../base/event.ts'
import { compressors } from '../format/compression/compressors.ts'
import { validate } from '../image/validate.ts'
import { openDestination, openOrigin, parsePlace } from './transport.ts'

test('transport: names say form, place and image; anything else is a path', () => {
  assert.deepEqual(parsePlace('docker-archive:/a/b.tar'), { form: 'docker-archive', file: '/a/b.tar' })
  assert.deepEqual(parsePlace('docker-archive:b.tar:x:1'), { form: 'docker-archive', file: 'b.tar', reference: 'x:1' })
  assert.deepEqual(parsePlace('oci:dir:latest'), { form: 'oci', file: 'dir', reference: 'latest' })
  assert.deepEqual(parsePlace('oci-archive:f'), { form: 'oci-archive', file: 'f' })
  for (const text of ['result', './oci:x', 'docker://x', 'oci:']) assert.deepEqual(parsePlace(text), { file: text })
})

test('transport: what is written is read again, in every form and with every compressor, and is the same image', async () => {
  await withStore(async (store, folder) => {
    const plan = await samplePlan(store)
    for (const form of ['docker-archive', 'oci', 'oci-archive'])
      for (const compressor of ['none', 'gz', 'zstd'] as const) {
        const place = `${form}:${join(folder, `${form}-${compressor}`)}`
        const { id } = await openDestination(place, { store, compressor: compressors[compressor] }).write(
          plan,
          unwatched,
        )
        const image = await openOrigin(place, { store }).read(unwatched)
        validate(image, place)
        await checkImage(place.slice(place.indexOf(':') + 1))
        assert.equal(digestOf(image.config.bytes), id)
        assert.deepEqual(image.names, ['sample:1'])
        assert.equal(image.layers.length, 4)
      }
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('.')),
      [],
    )
  })
})

test('transport: the same image written twice is the same bytes', async () => {
  await withStore(async (store, folder) => {
    const plan = await samplePlan(store)
    for (const form of ['docker-archive', 'oci-archive']) {
      const [one, two] = [join(folder, 'one'), join(folder, 'two')]
      await openDestination(`${form}:${one}`, { store }).write(plan, unwatched)
      await openDestination(`${form}:${two}`, { store }).write(await samplePlan(store), unwatched)
      assert.ok(readFileSync(one).equals(readFileSync(two)))
    }
  })
})

test('transport: the name behind the path names and chooses the image', async () => {
  await withStore(async (store, folder) => {
    const plan = await samplePlan(store)
    const layout = `oci:${join(folder, 'layout')}`
    for (const name of ['x:1', 'edge']) await openDestination(`${layout}:${name}`, { store }).write(plan, unwatched)
    for (const name of ['x:1', 'edge'])
      assert.deepEqual((await openOrigin(`${layout}:${name}`, { store }).read(unwatched)).names, [name])
    await assert.rejects(openOrigin(`${layout}:other`, { store }).read(unwatched), { code: 'image.not-found' })
    const archive = `docker-archive:${join(folder, 'x.tar')}:y:2`
    await openDestination(archive, { store }).write(plan, unwatched)
    assert.deepEqual((await openOrigin(archive, { store }).read(unwatched)).names, ['y:2'])
  })
})

test('transport: a bare path is no destination, and a name without a tag names no image', async () => {
  await withStore(async (store, folder) => {
    assert.throws(() => openDestination('x.tar', { store }), /Write docker-archive:x\.tar/)
    assert.throws(() => openOrigin('docker-archive:x:a b', { store }), /no name of an image/)
    const plan = await samplePlan(store)
    await assert.rejects(
      async () => openDestination(`docker-archive:${folder}/x:nameonly`, { store }).write(plan, unwatched),
      /name:tag/,
    )
  })
})

test('transport: a place that cannot be written is named, and nothing is left', async () => {
  await withStore(async (store, folder) => {
    const plan = await samplePlan(store)
    writeFileSync(join(folder, 'file'), '')
    for (const place of [
      `docker-archive:${folder}/nothing/x.tar`,
      `oci-archive:${folder}/nothing/x.tar`,
      `oci:${folder}/file`,
    ])
      await assert.rejects(openDestination(place, { store }).write(plan, unwatched), { code: 'archive.unwritable' })
    mkdirSync(join(folder, 'cancelled'))
    const stop = { ...unwatched, signal: AbortSignal.abort() }
    await assert.rejects(openDestination(`docker-archive:${folder}/cancelled/x.tar`, { store }).write(plan, stop))
    assert.deepEqual(readdirSync(join(folder, 'cancelled')), [])
    assert.ok(!existsSync(join(folder, 'nothing')))
  })
})
