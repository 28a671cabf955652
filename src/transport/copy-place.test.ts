import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkImage } from '../../test/support/image-check.ts'
import { samplePlan, withStore } from '../../test/support/sample-image.ts'
import { digestOf } from '../base/digest.ts'
import { unwatched } from '../base/event.ts'
import { compressors } from '../format/compression/compressors.ts'
import type { Store } from '../store/store.ts'
import { type CopyPlaceOptions, copyPlace } from './copy-place.ts'
import { parseDestination, parsePlace } from './place.ts'
import { readPlace, writeImageIndex, writeImages } from './transport.ts'

async function copied(from: string, to: string, options: Omit<CopyPlaceOptions, 'watch'>) {
  return copyPlace(parsePlace(from), parseDestination(to), { watch: unwatched, ...options })
}

async function twoPlatforms(store: Store, place: string): Promise<void> {
  const plan = await samplePlan(store)
  const plans = ['amd64', 'arm64'].map((architecture) => ({ ...plan, config: { ...plan.config, architecture } }))
  const options = { store, watch: unwatched, compressor: compressors.gz, names: ['two:1'] } as const
  await writeImageIndex(plans, parseDestination(place), options)
}

test('copy: between any two forms it is the same image; between layouts every byte stays', async () => {
  await withStore(async (store, folder) => {
    const plan = await samplePlan(store)
    const forms = ['docker-archive', 'oci', 'oci-archive']
    for (const form of forms) {
      const from = `${form}:${join(folder, form)}`
      const write = {
        store,
        watch: unwatched,
        compressor: compressors[form === 'docker-archive' ? 'none' : 'zstd'],
      } as const
      const { id, digest } = await writeImages([plan], parseDestination(from), write)
      for (const other of forms) {
        const to = `${other}:${join(folder, `${form}-${other}`)}`
        const result = await copied(from, to, { store })
        await checkImage(to.slice(to.indexOf(':') + 1))
        const image = await readPlace(parsePlace(to), { store, watch: unwatched })
        assert.equal(digestOf(image.config.bytes), id)
        assert.deepEqual(image.names, ['sample:1'])
        if (form.startsWith('oci') && other.startsWith('oci')) assert.equal(result.digest, digest)
      }
    }
    const [one, two] = ['oci-archive', 'oci-oci-archive'].map((name) => readFileSync(join(folder, name)))
    assert.ok(one !== undefined && two !== undefined && one.equals(two), 'a copied archive is the archive')
  })
})

test('copy: one platform of an index, the preferred one, or with "all" the index itself', async () => {
  await withStore(async (store, folder) => {
    const from = `oci:${join(folder, 'two')}`
    await twoPlatforms(store, from)
    const architecture = async (name: string, more: Partial<CopyPlaceOptions>): Promise<string> => {
      await copied(from, `oci:${join(folder, name)}:one:1`, { store, ...more })
      const image = await readPlace(parsePlace(`oci:${join(folder, name)}:one:1`), { store, watch: unwatched })
      return image.config.value.architecture
    }
    const arm64 = { os: 'linux', architecture: 'arm64' }
    assert.equal(await architecture('chosen', { select: { platform: arm64 } }), 'arm64')
    assert.equal(await architecture('preferred', { select: { preferred: arm64 } }), 'arm64')
    await copied(from, `oci-archive:${join(folder, 'all.tar')}`, { store, all: true })
    await checkImage(join(folder, 'all.tar'))
    const back = `oci:${join(folder, 'back')}`
    await copied(`oci-archive:${join(folder, 'all.tar')}:two:1`, back, { store, all: true })
    const files = (name: string) => readdirSync(join(folder, name, 'blobs/sha256')).sort()
    assert.deepEqual(files('back'), files('two'))
    await assert.rejects(
      copied(from, `docker-archive:${join(folder, 'x.tar')}`, { store, all: true }),
      /one platform each/,
    )
    const s390x = { os: 'linux', architecture: 's390x' }
    await assert.rejects(copied(from, back, { store, select: { platform: s390x } }), { code: 'image.not-found' })
  })
})

test('copy: what is there is not read again, and nothing remains of what fails', async () => {
  await withStore(async (store, folder) => {
    const from = `oci:${join(folder, 'from')}`
    await writeImages([await samplePlan(store)], parseDestination(from), {
      store,
      watch: unwatched,
      compressor: compressors.gz,
    })
    const to = `oci:${join(folder, 'to')}`
    await copied(from, to, { store })
    const blobs = join(folder, 'from/blobs/sha256')
    const sizes = readdirSync(blobs).map((name) => [name, readFileSync(join(blobs, name))] as const)
    const [largest] = sizes.sort(([, a], [, b]) => b.length - a.length)
    if (largest === undefined) throw new Error('unreachable')
    const [name, bytes] = largest
    writeFileSync(join(blobs, name), Buffer.alloc(bytes.length))
    // The second time all is there, so the broken blob is not looked at.
    await copied(from, `${to}:again:1`, { store })
    for (const place of ['oci:new', 'oci-archive:new.tar']) {
      const [form, file] = place.split(':')
      mkdirSync(join(folder, 'out'))
      await assert.rejects(copied(from, `${form}:${join(folder, 'out', file ?? '')}`, { store }), {
        code: 'archive.invalid',
      })
      assert.deepEqual(readdirSync(join(folder, 'out')), [])
      rmSync(join(folder, 'out'), { recursive: true })
    }
  })
})

test('copy: a compressor is refused where layers stay as they are', async () => {
  await withStore(async (store, folder) => {
    const layout = parseDestination(`oci:${join(folder, 'from')}:a`)
    await writeImages([await samplePlan(store)], layout, { store, watch: unwatched, compressor: compressors.none })
    const copying = (to: string) =>
      copyPlace(layout, parseDestination(to), { store, watch: unwatched, compressor: compressors.zstd })
    await assert.rejects(copying(`oci:${join(folder, 'to')}`), {
      code: 'argument.invalid',
      message: /--compressor has no effect from oci:.* to oci:.*: layers stay as they are/,
    })
    await copying(`docker-archive:${join(folder, 'x.tar.zst')}:a:1`)
  })
})
