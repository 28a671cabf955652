/**
 * Archives and layouts by the real tools, read by slipway into an empty store: docker save, skopeo (Debian packages docker.io, skopeo),
 * and, made by hand, the formats of nixpkgs' two builders and of Docker 25 and newer, which Debian 12 does not have.
 */
import assert from 'node:assert/strict'
import { closeSync, cpSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { digestOf, hexOf } from '../../src/base/digest.ts'
import { unwatched } from '../../src/base/event.ts'
import { debianRecords } from '../../src/debian/records/packages.ts'
import { compressors } from '../../src/format/compression/compressors.ts'
import { layerFile } from '../../src/image/base.ts'
import type { ImagePlan, NamedImage } from '../../src/image/image.ts'
import { summarise } from '../../src/report/summary.ts'
import { formatText } from '../../src/report/text.ts'
import { openStore } from '../../src/store/disk-store.ts'
import { writeDockerArchive } from '../../src/transport/archive.ts'
import { writeLayout } from '../../src/transport/layout.ts'
import { parseDestination, parsePlace } from '../../src/transport/place.ts'
import { readPlace, writeImages } from '../../src/transport/transport.ts'
import { missing, run } from '../support/command.ts'
import { noDocker, sharedDocker } from '../support/dockerd.ts'
import { samplePlan, withStore } from '../support/sample-image.ts'

const docker = sharedDocker()

interface Made {
  readonly archive: string
  readonly folder: string
  readonly plan: ImagePlan
  readonly id: string
  /** Reads with a new, empty store. */
  read(place: string): Promise<NamedImage>
}

async function withArchive(work: (made: Made) => Promise<void>): Promise<void> {
  await withStore(async (store, folder) => {
    const archive = join(folder, 'image.tar')
    const plan = await samplePlan(store)
    const output = openSync(archive, 'w')
    const { id } = await writeDockerArchive(plan, { store, watch: unwatched, output })
    closeSync(output)
    let count = 0
    const read = async (place: string): Promise<NamedImage> => {
      await using other = await openStore(join(folder, `other-${count++}`))
      return await readPlace(parsePlace(place), { store: other, watch: unwatched })
    }
    await work({ archive, folder, plan, id, read })
  })
}

async function same(image: NamedImage, made: Made): Promise<void> {
  assert.equal(digestOf(image.config.bytes), made.id)
  await sameLayers(image, made)
}

async function sameLayers(image: NamedImage, { read, archive }: Made): Promise<void> {
  const own = await read(archive)
  assert.deepEqual(
    image.layers.map(({ diffId, size }) => [diffId, size]),
    own.layers.map(({ diffId, size }) => [diffId, size]),
  )
}

test('read: slipway’s own archive, uncompressed and compressed by gzip, xz, bzip2 and zstd', {
  skip: missing('gzip', 'xz', 'bzip2', 'zstd'),
}, async () => {
  await withArchive(async (made) => {
    await same(await made.read(made.archive), made)
    for (const [tool, ending] of [
      ['gzip', 'gz'],
      ['xz', 'xz'],
      ['bzip2', 'bz2'],
      ['zstd', 'zst'],
    ] as const) {
      await run(tool, ['-k', ...(tool === 'zstd' ? ['-q'] : []), made.archive])
      await same(await made.read(`${made.archive}.${ending}`), made)
    }
  })
})

test('read: docker save', { skip: noDocker }, async () => {
  await withArchive(async (made) => {
    await docker(['load', '-i', made.archive])
    const saved = join(made.folder, 'saved.tar')
    await docker(['save', '-o', saved, 'sample:1'])
    const image = await made.read(saved)
    await same(image, made)
    assert.deepEqual(image.names, ['sample:1'])
  })
})

test('read: skopeo’s docker-archive, layout and layout archive', { skip: missing('skopeo') }, async () => {
  await withArchive(async (made) => {
    const copy = (to: string) =>
      run('skopeo', ['--insecure-policy', 'copy', '-q', `docker-archive:${made.archive}`, to])
    const archive = `docker-archive:${made.folder}/skopeo.tar`
    await copy(`${archive}:x.example/foo:2`)
    const image = await made.read(archive)
    await same(image, made)
    assert.deepEqual(image.names, ['x.example/foo:2'])
    // skopeo compresses the layers and rewrites the config.
    for (const place of [`oci:${made.folder}/layout`, `oci-archive:${made.folder}/layout.tar`]) {
      await copy(`${place}:x.example/foo:2`)
      const found = await made.read(`${place}:x.example/foo:2`)
      await sameLayers(found, made)
      assert.match(found.manifest.value.layers[0]?.mediaType ?? '', /tar\+gzip$/)
      await sameLayers(await made.read(place.slice(place.indexOf(':') + 1)), made)
      await assert.rejects(
        made.read(`${place}:x.example/foo:3`),
        /Choose one of these: x\.example\/foo:2 \(linux\/amd64\)/,
      )
    }
  })
})

test('read: the format of nixpkgs’ buildImage: GNU tar, a directory for each layer, legacy files, "./"', {
  skip: missing('tar'),
}, async () => {
  await withArchive(async (made) => {
    const tree = await unpacked(made)
    for (const name of readdirSync(tree, { withFileTypes: true })) {
      if (!name.isDirectory()) continue
      writeFileSync(join(tree, name.name, 'VERSION'), '1.0')
      writeFileSync(join(tree, name.name, 'json'), '{}')
    }
    writeFileSync(join(tree, 'repositories'), '{"sample":{"1":"x"}}')
    const form = ['--format=gnu', '--sort=name', '--owner=0', '--group=0', '--mtime=@315532800', '--mode=a-w']
    const nix = join(made.folder, 'nix.tar.gz')
    await run('tar', ['-czf', nix, ...form, '-C', tree, '.'])
    await same(await made.read(nix), made)
  })
})

test('read: the format of Docker 25 and newer: a layout and manifest.json in one archive', {
  skip: missing('tar'),
}, async () => {
  await withArchive(async (made) => {
    const tree = join(made.folder, 'docker25')
    const image = await made.read(made.archive)
    const own = await unpacked(made)
    await using store = await openStore(join(made.folder, 'store'))
    await writeLayout([made.plan], tree, { store, watch: unwatched, compressor: compressors.none })
    const layers = image.layers.map(({ diffId }) => `blobs/sha256/${hexOf(diffId)}`)
    const config = `blobs/sha256/${made.id.slice(7)}`
    writeFileSync(
      join(tree, 'manifest.json'),
      JSON.stringify([{ Config: config, RepoTags: ['sample:1'], Layers: layers, LayerSources: {} }]),
    )
    cpSync(join(own, 'manifest.json'), join(tree, 'repositories'))
    const archive = join(made.folder, 'docker25.tar')
    await run('tar', ['-cf', archive, '-C', tree, 'blobs', 'index.json', 'manifest.json', 'oci-layout', 'repositories'])
    await same(await made.read(archive), made)
    await same(await made.read(`oci-archive:${archive}`), made)
  })
})

test('read: the summary lists layers and store objects', async () => {
  await withStore(async (store, folder) => {
    const archive = join(folder, 'image.tar')
    await writeImages([await samplePlan(store)], parseDestination(`docker-archive:${archive}`), {
      store,
      watch: unwatched,
    })
    await using other = await openStore(join(folder, 'other'))
    const image = await readPlace(parsePlace(archive), { store: other, watch: unwatched })
    const summary = summarise(image, {
      treeOf: ({ diffId }) => other.laidOut(layerFile(diffId), 'layer'),
      readers: [debianRecords],
    })
    assert.deepEqual(
      summary.layers.map(({ createdBy }) => createdBy?.slice(0, 13)),
      ['slipway: motd', 'slipway: a-na', 'slipway: file', 'slipway: motd'],
    )
    assert.match(formatText(summary), / 6 B {2}[0-9a-z]{32}-motd\n/)
  })
})

/** Members of the archive as files. */
async function unpacked({ archive, folder }: Made): Promise<string> {
  const tree = join(folder, 'unpacked')
  mkdirSync(tree)
  await run('tar', ['-xf', archive, '-C', tree])
  assert.ok(readFileSync(join(tree, 'manifest.json')).length > 0)
  return tree
}
