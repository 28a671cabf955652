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
import { parseDestination, parsePlace } from './place.ts'
import { readPlace, writeImages } from './transport.ts'

test('transport: names say form, place and image; anything else is a path', () => {
  const parts = (text: string) => ({ ...parsePlace(text), text: undefined })
  const place = (more: object) => ({ text: undefined, ...more })
  assert.deepEqual(parts('docker-archive:/a/b.tar'), place({ form: 'docker-archive', file: '/a/b.tar' }))
  assert.deepEqual(
    parts('docker-archive:b.tar:x:1'),
    place({ form: 'docker-archive', file: 'b.tar', reference: 'x:1' }),
  )
  assert.deepEqual(parts('oci:dir:latest'), place({ form: 'oci', file: 'dir', reference: 'latest' }))
  assert.deepEqual(parts('oci-archive:f'), place({ form: 'oci-archive', file: 'f' }))
  for (const text of ['result', './oci:x', 'docker:x', 'oci:']) assert.deepEqual(parsePlace(text), { text, file: text })
})

test('transport: what is written is read again, in every form and with every compressor, and is the same image', async () => {
  await withStore(async (store, folder) => {
    const plan = await samplePlan(store)
    for (const form of ['docker-archive', 'oci', 'oci-archive'])
      for (const compressor of ['none', 'gz', 'zstd'] as const) {
        const place = `${form}:${join(folder, `${form}-${compressor}`)}`
        const { id } = await writeImages([plan], parseDestination(place), {
          store,
          compressor: compressors[compressor],
          watch: unwatched,
        })
        const image = await readPlace(parsePlace(place), { store, watch: unwatched })
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
      await writeImages([plan], parseDestination(`${form}:${one}`), { store, watch: unwatched })
      await writeImages([await samplePlan(store)], parseDestination(`${form}:${two}`), { store, watch: unwatched })
      assert.ok(readFileSync(one).equals(readFileSync(two)))
    }
  })
})

test('transport: the name behind the path names and chooses the image', async () => {
  await withStore(async (store, folder) => {
    const plan = await samplePlan(store)
    const layout = `oci:${join(folder, 'layout')}`
    for (const name of ['x:1', 'edge'])
      await writeImages([plan], parseDestination(`${layout}:${name}`), { store, watch: unwatched })
    for (const name of ['x:1', 'edge'])
      assert.deepEqual((await readPlace(parsePlace(`${layout}:${name}`), { store, watch: unwatched })).names, [name])
    await assert.rejects(readPlace(parsePlace(`${layout}:other`), { store, watch: unwatched }), {
      code: 'image.not-found',
    })
    const archive = `docker-archive:${join(folder, 'x.tar')}:y:2`
    await writeImages([plan], parseDestination(archive), { store, watch: unwatched })
    assert.deepEqual((await readPlace(parsePlace(archive), { store, watch: unwatched })).names, ['y:2'])
  })
})

test('transport: a bare path is no destination, and a name without a tag names no image', async () => {
  await withStore(async (store, folder) => {
    assert.throws(() => parseDestination('x.tar'), /Write docker-archive:x\.tar/)
    await assert.rejects(
      readPlace(parsePlace('docker-archive:x:a b'), { store, watch: unwatched }),
      /not a valid image name/,
    )
    const plan = await samplePlan(store)
    await assert.rejects(
      async () =>
        writeImages([plan], parseDestination(`docker-archive:${folder}/x:nameonly`), { store, watch: unwatched }),
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
      await assert.rejects(writeImages([plan], parseDestination(place), { store, watch: unwatched }), {
        code: 'archive.unwritable',
      })
    mkdirSync(join(folder, 'cancelled'))
    const stop = { ...unwatched, signal: AbortSignal.abort() }
    await assert.rejects(
      writeImages([plan], parseDestination(`docker-archive:${folder}/cancelled/x.tar`), { store, watch: stop }),
    )
    assert.deepEqual(readdirSync(join(folder, 'cancelled')), [])
    assert.ok(!existsSync(join(folder, 'nothing')))
  })
})
