/** Bytes that pushing and copying send, counted by a test registry: only missing ones, mounted if possible, with signatures. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { digestOf } from '../../src/base/digest.ts'
import { unwatched } from '../../src/base/event.ts'
import { type Compressor, compressors } from '../../src/format/compression/compressors.ts'
import { mediaTypes } from '../../src/format/media-types.ts'
import { planImage } from '../../src/image/base.ts'
import type { ImagePlan } from '../../src/image/image.ts'
import { openRegistries, type Registries } from '../../src/registry/client.ts'
import { mirrorsBy } from '../../src/registry/mirrors.ts'
import { parseRegistryName } from '../../src/registry/name.ts'
import { openStore } from '../../src/store/disk-store.ts'
import { layoutOf } from '../../src/store/layout.ts'
import { removeTree } from '../../src/store/remove.ts'
import type { Store } from '../../src/store/store.ts'
import { copyPlace } from '../../src/transport/copy-place.ts'
import { parseDestination, parsePlace } from '../../src/transport/place.ts'
import { pushImages } from '../../src/transport/push-image.ts'
import { readPlace, writeImages } from '../../src/transport/transport.ts'
import { type FakeRegistry, fakeRegistry, stock } from '../support/fake-registry.ts'
import { checkImage } from '../support/image-check.ts'
import { samplePlan, textLayer, withStore } from '../support/sample-image.ts'

const registries: Registries = openRegistries({
  network: { pauses: [0, 0] },
  logins: { find: async () => undefined },
  insecure: () => false,
  mirrors: mirrorsBy([]),
  signal: unwatched.signal,
})

const push = (store: Store, plan: ImagePlan, name: string, compressor: Compressor = compressors.gz) =>
  pushImages([plan], [parseRegistryName(name)], { store, watch: unwatched, registries, compressor })

/** What a registry receives, and which requests, during some work. */
async function during<T>(registry: FakeRegistry, work: () => Promise<T>) {
  const [before, first] = [registry.received(), registry.asked.length]
  const result = await work()
  const asked = registry.asked.slice(first).map((line) => line.replace(/sha256:[0-9a-f]{64}/, 'DIGEST'))
  return { result, received: registry.received() - before, asked: asked.filter((line) => line !== 'GET /v2/') }
}

test('push: an unchanged image takes one request and a tag; for a changed one the layer, the config and the manifest are sent', async () => {
  const registry = await fakeRegistry()
  await withStore(async (store) => {
    const plan = await samplePlan(store)
    const first = await push(store, plan, `${registry.host}/x:1`)
    const again = await during(registry, () => push(store, plan, `${registry.host}/x:1`))
    assert.deepEqual(again.result, { digest: first.digest, sent: 0 })
    assert.deepEqual(again.asked, ['HEAD /v2/x/manifests/DIGEST', 'HEAD /v2/x/manifests/1'])
    const tagged = await during(registry, () => push(store, plan, `${registry.host}/x:2`))
    assert.deepEqual(tagged.asked.at(-1), 'PUT /v2/x/manifests/2')
    assert.equal(tagged.asked.length, 4)
    const layer = await textLayer(store, 'changed', 'y'.repeat(50_000))
    const changed = await during(registry, () =>
      push(store, { ...plan, layers: [...plan.layers, layer] }, `${registry.host}/x:1`),
    )
    const stored = registry.manifests.get('x:1')?.bytes ?? Buffer.alloc(0)
    const { layers, config } = JSON.parse(stored.toString())
    // The manifest is sent twice: under its digest and under the tag.
    assert.equal(changed.received, layers.at(-1).size + config.size + 2 * stored.length)
    assert.equal(changed.result.sent, layers.at(-1).size + config.size)
  })
})

test('push: a blob in the registry is neither compressed nor sent, even if the store has lost it', async () => {
  const registry = await fakeRegistry()
  await withStore(async (store) => {
    const plan = await samplePlan(store)
    const { digest } = await push(store, plan, `${registry.host}/x:1`)
    removeTree(layoutOf(store.root).blobs)
    registry.manifests.clear()
    assert.deepEqual(await push(store, plan, `${registry.host}/x:1`), { digest, sent: 0 })
  })
})

test('push: the digest is the same from every store; each compressor has its own', async () => {
  const registry = await fakeRegistry()
  const digests = new Set<string>()
  for (let machine = 0; machine < 2; machine++)
    await withStore(async (store) => {
      for (const name of ['none', 'gz', 'zstd'] as const) {
        const { digest } = await push(store, await samplePlan(store), `${registry.host}/x:${name}`, compressors[name])
        digests.add(`${name} ${digest}`)
      }
    })
  assert.equal(digests.size, 3)
})

test('push: a base’s layers keep their form, and are mounted from their origin', async () => {
  const registry = await fakeRegistry()
  await withStore(async (store, folder) => {
    const base = await push(store, await samplePlan(store), `${registry.host}/base:1`, compressors.zstd)
    await using other = await openStore(join(folder, 'other'))
    const reading = { store: other, watch: unwatched, registries: async () => registries, keepPacked: true }
    const image = await readPlace(parsePlace(`docker://${registry.host}/base:1`), reading)
    assert.equal(digestOf(image.manifest.bytes), base.digest)
    const own = await textLayer(other, 'own', 'mine')
    const below = planImage(image, other)
    const { known: _known, history: _history, ...plan } = below
    const built = { ...plan, layers: [...below.layers, own] }
    const { result, received, asked } = await during(registry, () => push(other, built, `${registry.host}/app:1`))
    const stored = registry.manifests.get('app:1')?.bytes ?? Buffer.alloc(0)
    const { layers, config } = JSON.parse(stored.toString())
    assert.deepEqual(layers.slice(0, -1), image.manifest.value.layers)
    assert.equal(received, layers.at(-1).size + config.size + 2 * stored.length)
    assert.equal(result.sent, layers.at(-1).size + config.size)
    // This registry shares blobs between repositories, so nothing needs mounting; one that keeps them apart is asked to mount.
    assert.ok(!asked.some((line) => line.startsWith('PATCH')))
  })
})

test('copy: between repositories of a registry blobs are mounted, and only documents are read or sent', async () => {
  const registry = await fakeRegistry()
  await withStore(async (store) => {
    await push(store, await samplePlan(store), `${registry.host}/from:1`)
    const apart = new Set<string>()
    registry.hook = ({ method, path, response }) => {
      // Blobs are in a repository once they were mounted there.
      const [, digest] = /mount=(sha256[^&]*)&from=from$/.exec(path) ?? []
      if (digest !== undefined) apart.add(decodeURIComponent(digest))
      if (method !== 'HEAD' || !path.startsWith('/v2/to/blobs/') || apart.has(path.slice('/v2/to/blobs/'.length)))
        return false
      response.writeHead(404).end()
      return true
    }
    const options = { store, watch: unwatched, registries: async () => registries }
    const copied = await during(registry, () =>
      copyPlace(
        parsePlace(`docker://${registry.host}/from:1`),
        parseDestination(`docker://${registry.host}/to:1`),
        options,
      ),
    )
    assert.equal(apart.size, 4)
    assert.ok(!copied.asked.some((line) => /^(GET|PATCH|PUT) .*blobs/.test(line)), copied.asked.join('\n'))
  })
})

/** A signature by `subject` and one by cosign's tag, of an existing image. */
function sign(registry: FakeRegistry, subject: Buffer): readonly string[] {
  const [empty, payload] = [Buffer.from('{}'), Buffer.from('signed')]
  const listed = (mediaType: string, bytes: Buffer) => ({ mediaType, digest: digestOf(bytes), size: bytes.length })
  const manifest = (more: object) =>
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.manifest,
        config: listed('application/vnd.oci.empty.v1+json', empty),
        layers: [listed('application/vnd.dev.cosign.simplesigning.v1+json', payload)],
        ...more,
      }),
    )
  const children = [empty, payload]
  const artifactType = 'application/vnd.example.signature'
  const referrer = manifest({ artifactType, subject: listed(mediaTypes.manifest, subject) })
  const tag = `${digestOf(subject).replace(':', '-')}.sig`
  return [
    stock(registry, 'x', { mediaType: mediaTypes.manifest, bytes: referrer, children }),
    stock(registry, 'x', { tag, mediaType: mediaTypes.manifest, bytes: manifest({}), children }),
  ]
}

test('copy --all: includes referrers and cosign’s tags, to registries of both kinds and to layouts', async () => {
  const registry = await fakeRegistry()
  registry.knowsReferrers = true
  await withStore(async (store, folder) => {
    await push(store, await samplePlan(store), `${registry.host}/x:1`)
    const subject = registry.manifests.get('x:1')?.bytes ?? Buffer.alloc(0)
    const [referrer = '', signature = ''] = sign(registry, subject)
    const options = { store, watch: unwatched, registries: async () => registries, all: true }
    const copy = (from: string, to: string) => copyPlace(parsePlace(from), parseDestination(to), options)
    const tag = `${digestOf(subject).replace(':', '-')}`
    for (const knowsReferrers of [true, false]) {
      const other = await fakeRegistry()
      other.knowsReferrers = knowsReferrers
      await copy(`docker://${registry.host}/x:1`, `docker://${other.host}/y:1`)
      assert.ok(other.manifests.has(`y@${referrer}`) && other.manifests.has(`y@${signature}`))
      assert.equal(digestOf(other.manifests.get(`y:${tag}.sig`)?.bytes ?? ''), signature)
      const name = parseRegistryName(`${other.host}/y:1`)
      assert.deepEqual(
        (await registries.referrers(name, digestOf(subject))).map(({ digest }) => digest),
        [referrer],
      )
      assert.equal(other.manifests.has(`y:${tag}`), !knowsReferrers)
    }
    for (const form of ['oci', 'oci-archive']) {
      const place = `${form}:${join(folder, form)}`
      await copy(`docker://${registry.host}/x:1`, place)
      const image = await readPlace(parsePlace(place), { store, watch: unwatched })
      assert.equal(digestOf(image.manifest.bytes), digestOf(subject))
      const back = await fakeRegistry()
      back.knowsReferrers = true
      await copy(place, `docker://${back.host}/z:1`)
      assert.equal(digestOf(back.manifests.get('z:1')?.bytes ?? ''), digestOf(subject))
      assert.ok(back.manifests.has(`z@${referrer}`) && back.manifests.has(`z:${tag}.sig`))
    }
  })
})

test('push: a docker-archive and a layout are pushed by copying', async () => {
  const registry = await fakeRegistry()
  await withStore(async (store, folder) => {
    const plan = await samplePlan(store)
    const options = { store, watch: unwatched, registries: async () => registries }
    for (const form of ['docker-archive', 'oci-archive']) {
      const place = `${form}:${join(folder, form)}`
      await writeImages([plan], parseDestination(place), { store, watch: unwatched, compressor: compressors.none })
      await copyPlace(parsePlace(place), parseDestination(`docker://${registry.host}/${form}:1`), options)
      await copyPlace(
        parsePlace(`docker://${registry.host}/${form}:1`),
        parseDestination(`oci:${folder}/back-${form}`),
        options,
      )
      await checkImage(`${folder}/back-${form}`)
    }
  })
})
