/**
 * Archives that slipway writes, tested with the real tools: docker, skopeo, podman, umoci, containerd (Debian packages docker.io, skopeo,
 * podman, umoci, containerd). gzip is tested only with docker: Debian 12's skopeo and podman fail on every gzip docker-archive.
 */
import assert from 'node:assert/strict'
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { digestOf } from '../../src/base/digest.ts'
import { unwatched } from '../../src/base/event.ts'
import { pump } from '../../src/base/pump.ts'
import { compressors } from '../../src/format/compression/compressors.ts'
import type { ImagePlan } from '../../src/image/image.ts'
import type { Store } from '../../src/store/store.ts'
import { archiveBytes, writeDockerArchive } from '../../src/transport/archive.ts'
import { writeLayout } from '../../src/transport/layout.ts'
import { writeLayoutArchive } from '../../src/transport/layout-archive.ts'
import { missing, run } from '../support/command.ts'
import { noContainerd, withContainerd } from '../support/containerd.ts'
import { noDocker, sharedDocker } from '../support/dockerd.ts'
import { checkImage } from '../support/image-check.ts'
import { samplePlan, withStore } from '../support/sample-image.ts'

const docker = sharedDocker()

/** Writes a sample image's archive and returns its path and the plan. */
async function withArchive(
  work: (made: {
    readonly archive: string
    readonly folder: string
    readonly plan: ImagePlan
    readonly store: Store
    readonly id: string
  }) => Promise<void>,
): Promise<void> {
  await withStore(async (store, folder) => {
    const archive = join(folder, 'image.tar')
    const plan = await samplePlan(store)
    const output = openSync(archive, 'w')
    try {
      const { id, sent } = await writeDockerArchive(plan, { store, watch: unwatched, output })
      assert.equal(sent, statSync(archive).size)
      await checkImage(archive)
      await work({ archive, folder, plan, store, id })
    } finally {
      closeSync(output)
    }
  })
}

test('archive: docker load accepts it, plain and gzip, and shows the given config', {
  skip: noDocker,
}, async () => {
  await withArchive(async ({ archive, plan, store, id }) => {
    assert.match(await docker(['load', '-i', archive]), /Loaded image: sample:1/)
    const gzip = archiveBytes(
      { ...plan, names: ['sample:gz'] },
      { store, watch: unwatched, compressor: compressors.gz },
    )
    assert.match(await docker(['load'], { input: gzip }), /Loaded image: sample:gz/)
    for (const name of ['sample:1', 'sample:gz']) {
      const [seen] = JSON.parse(await docker(['inspect', name]))
      assert.equal(seen.Id, id)
      assert.equal(seen.Created, '1970-01-01T00:00:01Z')
      assert.deepEqual(seen.Config.Cmd, ['/bin/sh'])
      assert.deepEqual(seen.Config.Labels, { a: '1', b: '2' })
      assert.equal(seen.RootFS.Layers.length, 4)
    }
    const history = await docker(['history', '--no-trunc', '--format', '{{.CreatedBy}}', 'sample:1'])
    assert.deepEqual(history.trim().split('\n').slice(1, 2), ['slipway: files'])
  })
})

test('archive: docker stores the files of the layers', { skip: noDocker }, async () => {
  await withArchive(async ({ archive, folder }) => {
    await docker(['load', '-i', archive])
    const container = (await docker(['create', '--network', 'none', 'sample:1'])).trim()
    const exported = join(folder, 'exported.tar')
    await docker(['export', '-o', exported, container])
    const names = (await run('tar', ['--quoting-style=literal', '-tf', exported])).split('\n')
    for (const name of ['etc/alias', 'etc/größe', 'tmp/']) assert.ok(names.includes(name), name)
    assert.ok(names.some((name) => /^nix\/store\/[0-9a-z]{32}-motd$/.test(name)))
  })
})

test('archive: skopeo reads it, plain and zstd, and copies it into a layout with the same config', {
  skip: missing('skopeo'),
}, async () => {
  await withArchive(async ({ archive, folder, plan, store, id }) => {
    const seen = JSON.parse(await run('skopeo', ['inspect', `docker-archive:${archive}`]))
    assert.equal(seen.Layers.length, 4)
    const packed = join(folder, 'image.tar.zst')
    const output = openSync(packed, 'w')
    await pump(archiveBytes(plan, { store, watch: unwatched, compressor: compressors.zstd }), output)
    closeSync(output)
    const layout = join(folder, 'layout')
    await run('skopeo', ['--insecure-policy', 'copy', '-q', `docker-archive:${packed}`, `oci:${layout}:x`])
    const raw = await run('skopeo', ['inspect', '--config', '--raw', `docker-archive:${archive}`])
    assert.equal(digestOf(raw), id)
  })
})

test('archive: umoci unpacks skopeo’s copy', { skip: missing('skopeo', 'umoci') }, async () => {
  await withArchive(async ({ archive, folder }) => {
    const layout = join(folder, 'layout')
    await run('skopeo', ['--insecure-policy', 'copy', '-q', `docker-archive:${archive}`, `oci:${layout}:x`])
    const bundle = join(folder, 'bundle')
    await run('umoci', ['unpack', '--rootless', '--image', `${layout}:x`, bundle])
    assert.match(readFileSync(join(bundle, 'rootfs/etc/passwd'), 'utf8'), /^root:/)
    assert.ok(existsSync(join(bundle, 'rootfs/etc/größe')))
  })
})

test('archive: podman loads it', { skip: missing('podman') }, async () => {
  await withArchive(async ({ archive, folder, id }) => {
    const podman = [
      '--root',
      join(folder, 'podman'),
      '--runroot',
      join(folder, 'podman-run'),
      '--storage-driver',
      'vfs',
    ]
    assert.match(await run('podman', [...podman, 'load', '-i', archive]), /localhost\/sample:1/)
    const [seen] = JSON.parse(await run('podman', [...podman, 'inspect', 'localhost/sample:1']))
    assert.equal(`sha256:${seen.Id}`, id)
  })
})

test('layout: skopeo and umoci read a directory, whatever the layers’ compression', {
  skip: missing('skopeo', 'umoci', 'podman'),
}, async () => {
  await withStore(async (store, folder) => {
    const plan = await samplePlan(store)
    for (const compressor of ['none', 'gz', 'zstd'] as const) {
      const layout = join(folder, compressor)
      const [made] = await writeLayout([plan], layout, {
        store,
        watch: unwatched,
        compressor: compressors[compressor],
        reference: 'x',
      })
      await checkImage(layout)
      const raw = await run('skopeo', ['inspect', '--config', '--raw', `oci:${layout}:x`])
      assert.equal(digestOf(raw), made?.id)
      await run('skopeo', [
        '--insecure-policy',
        'copy',
        '-q',
        `oci:${layout}:x`,
        `dir:${join(folder, compressor)}-copy`,
      ])
      if (compressor === 'zstd') continue
      await run('umoci', ['unpack', '--rootless', '--image', `${layout}:x`, join(folder, `${compressor}-bundle`)])
      assert.ok(existsSync(join(folder, `${compressor}-bundle`, 'rootfs/etc/größe')))
    }
  })
})

test('layout: an image of the same name is replaced, others stay', {
  skip: missing('umoci'),
}, async () => {
  await withStore(async (store, folder) => {
    const layout = join(folder, 'layout')
    const write = async (plan: ImagePlan, reference: string) =>
      writeLayout([plan], layout, { store, watch: unwatched, compressor: compressors.none, reference })
    const plan = await samplePlan(store)
    await write(plan, 'a')
    await write(plan, 'b')
    await write(plan, 'a')
    assert.deepEqual((await run('umoci', ['list', '--layout', layout])).trim().split('\n').sort(), ['a', 'b'])
  })
})

test('layout archive: skopeo, podman, containerd and docker load it under its name', {
  skip: missing('skopeo', 'podman') || noDocker,
}, async () => {
  await withStore(async (store, folder) => {
    const plan = await samplePlan(store)
    for (const compressor of ['none', 'gz'] as const) {
      const archive = join(folder, `${compressor}.tar`)
      const id = (
        await writeLayoutArchive([plan], archive, { store, watch: unwatched, compressor: compressors[compressor] })
      )[0]?.id
      await checkImage(archive)
      assert.equal(digestOf(await run('skopeo', ['inspect', '--config', '--raw', `oci-archive:${archive}`])), id)
      const podman = [
        '--root',
        join(folder, 'podman'),
        '--runroot',
        join(folder, 'podman-run'),
        '--storage-driver',
        'vfs',
      ]
      await run('podman', [...podman, 'load', '-i', archive])
      const [seen] = JSON.parse(await run('podman', [...podman, 'inspect', 'sample:1']))
      assert.equal(`sha256:${seen.Id}`, id)
      assert.match(await docker(['load', '-i', archive]), /Loaded image: sample:1/)
      assert.equal((await docker(['inspect', '--format', '{{.Id}}', 'sample:1'])).trim(), id)
    }
  })
})

test('containerd: ctr imports archives and layout archives under their names', {
  skip: missing('containerd', 'ctr') || noContainerd,
}, async () => {
  await withContainerd(async (ctr) => {
    await withArchive(async ({ archive, folder, plan, store }) => {
      await ctr(['images', 'import', '--no-unpack', archive])
      const layout = join(folder, 'layout.tar')
      await writeLayoutArchive([{ ...plan, names: ['other:2'] }], layout, {
        store,
        watch: unwatched,
        compressor: compressors.gz,
      })
      await ctr(['images', 'import', '--no-unpack', layout])
      const names = (await ctr(['images', 'list', '-q'])).trim().split('\n').sort()
      assert.deepEqual(names, ['docker.io/library/other:2', 'docker.io/library/sample:1'])
    })
  })
})
