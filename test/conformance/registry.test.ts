/**
 * Images to and from Debian's docker-registry, and read by skopeo, podman and docker (packages docker-registry, skopeo, podman, docker.io).
 */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { BoundSettings } from '../../src/actions/registries.ts'
import { registriesOf } from '../../src/actions/registries.ts'
import { digestOf } from '../../src/base/digest.ts'
import { unwatched } from '../../src/base/event.ts'
import { compressors } from '../../src/format/compression/compressors.ts'
import type { Registries } from '../../src/registry/client.ts'
import { parseRegistryName } from '../../src/registry/name.ts'
import type { Store } from '../../src/store/store.ts'
import { copyPlace } from '../../src/transport/copy-place.ts'
import { parseDestination, parsePlace } from '../../src/transport/place.ts'
import { pushImages, pushIndex } from '../../src/transport/push-image.ts'
import { skopeoArchive } from '../../src/transport/skopeo-archive.ts'
import { readPlace } from '../../src/transport/transport.ts'
import { missing, run } from '../support/command.ts'
import { noDocker, sharedDocker } from '../support/dockerd.ts'
import { checkImage } from '../support/image-check.ts'
import { skopeos } from '../support/newer-debian.ts'
import { noRegistry, startRegistry, type TestRegistry } from '../support/registry.ts'
import { samplePlan, withStore } from '../support/sample-image.ts'

const { signal } = unwatched
const docker = sharedDocker()

const open = (settings: BoundSettings = {}): Promise<Registries> =>
  registriesOf(settings, { environment: { HOME: '/nonexistent' }, signal })

async function pushed(store: Store, registries: Registries, names: readonly string[]) {
  const options = { store, watch: unwatched, registries, compressor: compressors.gz }
  return pushImages([await samplePlan(store)], names.map(parseRegistryName), options)
}

test('registry: a pushed image can be pulled, and a second push sends nothing', { skip: noRegistry }, async () => {
  const { host } = await startRegistry()
  await withStore(async (store, folder) => {
    const registries = await open()
    const first = await pushed(store, registries, [`${host}/team/x:1`, `${host}/team/x:2`, `${host}/other/y:1`])
    assert.ok(first.sent > 1000)
    const again = await pushed(store, registries, [`${host}/team/x:1`, `${host}/team/x:3`, `${host}/third/z:1`])
    assert.deepEqual(again, { digest: first.digest, sent: 0 })
    assert.deepEqual([...(await registries.tags(parseRegistryName(`${host}/team/x`)))].sort(), ['1', '2', '3'])
    const place = `docker://${host}/team/x:1`
    const reading = { store, watch: unwatched, registries: async () => registries }
    const image = await readPlace(parsePlace(place), { ...reading, keepPacked: true })
    assert.equal(digestOf(image.manifest.bytes), first.digest)
    assert.deepEqual(image.names, [`${host}/team/x:1`])
    for (const to of ['oci', 'oci-archive', 'docker-archive']) {
      const { digest } = await copyPlace(parsePlace(place), parseDestination(`${to}:${join(folder, to)}`), reading)
      await checkImage(join(folder, to))
      if (to !== 'docker-archive') assert.equal(digest, first.digest)
    }
    await copyPlace(parsePlace(`oci:${join(folder, 'oci')}`), parseDestination(`docker://${host}/back:1`), reading)
    assert.equal((await registries.resolve(parseRegistryName(`${host}/back:1`))).digest, first.digest)
  })
})

test('registry: skopeo, podman and docker pull a pushed image, and an index', {
  skip: noRegistry || missing('skopeo', 'podman') || noDocker,
}, async () => {
  const { host } = await startRegistry()
  await withStore(async (store, folder) => {
    const registries = await open()
    const { digest } = await pushed(store, registries, [`${host}/x:1`])
    const inspected = JSON.parse(await run('skopeo', ['inspect', '--tls-verify=false', `docker://${host}/x:1`]))
    assert.equal(inspected.Digest, digest)
    await docker(['pull', `${host}/x:1`])
    const podman = ['--root', join(folder, 'root'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs']
    await run('podman', [...podman, 'pull', '-q', '--tls-verify=false', `${host}/x:1`])
    const plan = await samplePlan(store)
    const plans = ['amd64', 'arm64'].map((architecture) => ({ ...plan, config: { ...plan.config, architecture } }))
    const options = { store, watch: unwatched, registries, compressor: compressors.gz, annotations: { a: 'b' } }
    const index = await pushIndex(plans, [parseRegistryName(`${host}/two:1`)], options)
    const raw = await run('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${host}/two:1`])
    assert.equal(digestOf(raw), index.digest)
    assert.equal(JSON.parse(raw).manifests.length, 2)
    await docker(['pull', `${host}/two:1`])
    const skopeo = ['--insecure-policy', 'copy', '-q', '--all', '--src-tls-verify=false', `docker://${host}/two:1`]
    await run('skopeo', [...skopeo, `oci:${join(folder, 'all')}:x`])
    await checkImage(join(folder, 'all'))
  })
})

for (const [name, { env, skip }] of skopeos())
  test(`registry: ${name} reads what is pushed, and what it pushes is pulled, as archives of the same bytes`, {
    skip: noRegistry || skip,
  }, async () => {
    const { host } = await startRegistry()
    await withStore(async (store, folder) => {
      const registries = await open()
      const skopeo = (words: readonly string[]) => run('skopeo', ['--insecure-policy', 'copy', '-q', ...words], { env })
      for (const compressor of [compressors.gz, compressors.zstd, compressors.none]) {
        const { name: packing } = compressor
        const names = [parseRegistryName(`${host}/${packing}:1`)]
        const plan = await samplePlan(store)
        await pushImages([plan], names, { store, watch: unwatched, registries, compressor })
        const from = `docker://${host}/${packing}:1`
        await skopeo(['--src-tls-verify=false', from, `oci:${folder}/${packing}:x`])
        await checkImage(join(folder, packing))
        await skopeo(['--dest-tls-verify=false', `oci:${folder}/${packing}:x`, `docker://${host}/back-${packing}:1`])
        // skopeo 1.9.3 does not put layers of zstd into an archive.
        if (packing === 'zstd' && env.PATH === undefined) continue
        const theirs = join(folder, `${packing}.tar`)
        await skopeo(['--src-tls-verify=false', from, `docker-archive:${theirs}:${host}/${packing}:1`])
        const reading = { store, watch: unwatched, registries: async () => registries, keepPacked: true }
        const image = await readPlace(parsePlace(`docker://${host}/back-${packing}:1`), reading)
        const ours = skopeoArchive(image, { name: `${host}/${packing}`, tag: '1' })
        assert.equal(digestOf(Buffer.concat(await Array.fromAsync(ours))), digestOf(readFileSync(theirs)))
      }
    })
  })

async function refusedLogin(registry: TestRegistry, settings: BoundSettings): Promise<void> {
  const registries = await open(settings)
  await assert.rejects(registries.resolve(parseRegistryName(`${registry.host}/x:1`)), { code: 'registry.denied' })
}

test('registry: a login is required, from --creds, docker’s and podman’s files, or helpers', {
  skip: noRegistry,
}, async () => {
  const registry = await startRegistry({ login: true, tls: 'server' })
  const { host, certDir } = registry
  const alice = { user: 'alice', password: 'secret', registry: host }
  await withStore(async (store, folder) => {
    await refusedLogin(registry, { certDir })
    await refusedLogin(registry, { certDir, credentials: { ...alice, password: 'wrong' } })
    const given = await open({ certDir, credentials: alice })
    const { digest } = await pushed(store, given, [`${host}/x:1`])
    const auth = Buffer.from('alice:secret').toString('base64')
    const file = join(folder, 'auth.json')
    const found = async (config: object, environment: Readonly<Record<string, string>> = {}): Promise<void> => {
      writeFileSync(file, JSON.stringify(config))
      const registries = await registriesOf({ certDir, authFile: file }, { environment, signal })
      assert.equal((await registries.resolve(parseRegistryName(`${host}/x:1`))).digest, digest)
    }
    await found({ auths: { [host]: { auth } } })
    await found({ auths: { [`https://${host}/v2/`]: { username: 'alice', password: 'secret' } } })
    await found({ auths: { [`${host}/x`]: { auth }, [host]: { auth: Buffer.from('bob:no').toString('base64') } } })
    mkdirSync(join(folder, 'bin'))
    const helper = `#!/bin/sh\nread server; [ "$1 $server" = "get ${host}" ] && echo '{"Username":"alice","Secret":"secret"}'\n`
    writeFileSync(join(folder, 'bin/docker-credential-own'), helper, { mode: 0o755 })
    const environment = { PATH: `${join(folder, 'bin')}:${process.env.PATH}` }
    await found({ credHelpers: { [host]: 'own' } }, environment)
    await found({ credsStore: 'own', auths: { [host]: {} } }, environment)
    await assert.rejects(found({ credsStore: 'missing' }, environment), { code: 'registry.credentials' })
    assert.doesNotMatch(readFileSync(join(folder, 'auth.json'), 'utf8'), /secret/)
  })
})

test('registry: TLS with a private authority, and with a client certificate', { skip: noRegistry }, async () => {
  for (const tls of ['server', 'client'] as const) {
    const { host, certDir } = await startRegistry({ tls })
    await withStore(async (store) => {
      const name = parseRegistryName(`${host}/x:1`)
      await assert.rejects((await open()).resolve(name), { code: 'network.certificate' })
      const { digest } = await pushed(store, await open({ certDir }), [`${host}/x:1`])
      assert.equal((await (await open({ certDir })).resolve(name)).digest, digest)
      const blind = open({ tlsVerify: false })
      if (tls === 'server') assert.equal((await (await blind).resolve(name)).digest, digest)
      else await assert.rejects((await blind).resolve(name))
    })
  }
})
