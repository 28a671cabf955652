/**
 * Root file systems, merged archives and image indexes, tested with the real tools: docker, skopeo, podman, containerd (Debian packages
 * docker.io, skopeo, podman, containerd). The images contain texts; checklist-outputs.test.ts has programs.
 */
import assert from 'node:assert/strict'
import { createReadStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { bindDockerTools, type DockerTools } from '../../src/docker-tools/docker-tools.ts'
import { build, exportImage as exportAction, mergeImages as mergeAction } from '../../src/index.ts'
import type { Package } from '../../src/source/package.ts'
import { pathPackage } from '../../src/source/path.ts'
import { writeText, writeTextDir } from '../../src/source/text.ts'
import { missing, run } from '../support/command.ts'
import { noContainerd, withContainerd } from '../support/containerd.ts'
import { noDocker, sharedDocker } from '../support/dockerd.ts'
import { checkImage } from '../support/image-check.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { built, inTestWorkshop } from '../support/workshop.ts'

const docker = sharedDocker()
const folder = temporaryFolder()

const tools = (architecture?: string): DockerTools =>
  bindDockerTools({
    architecture,
    lock: { lock: undefined, directory: '/' },
    path: (file, options) => pathPackage(file, options),
    shell: () => '/bin/sh',
    env: () => '/usr/bin/env',
    certificates: () => writeText('none', ''),
    tools: () => writeText('none', ''),
    debugPackages: () => [],
    sandbox: undefined,
    site: () => undefined,
  })
const { buildLayeredImage, streamLayeredImage, exportImage, mergeImages, imageIndex } = tools('amd64')

const shell = writeTextDir('bin/bash', '#!/nothing\n')
const bash = buildLayeredImage({ name: 'bash', tag: 'latest', contents: [shell] })
const redis = buildLayeredImage({
  name: 'redis',
  tag: 'latest',
  contents: [writeTextDir('bin/redis', 'redis\n'), shell],
  compressor: 'none',
})
const untagged = buildLayeredImage({ name: 'untagged', contents: [shell], compressor: 'zstd' })
const stream = streamLayeredImage({ name: 'streamed', tag: '1', contents: [shell] })
const jane = buildLayeredImage({
  name: 'jane',
  tag: '1',
  contents: [shell],
  fakeRootCommands: (root) => root.mkdir('home/alice', { uid: 1000, gid: 1000 }),
})

/** Builds and returns the path of the result; in one store for all. */
async function make(made: Package, work: (file: string) => Promise<void>): Promise<void> {
  await inTestWorkshop(async (shop) => work(shop.store.physical((await built(made, shop)).path)))
}

async function listed(file: string): Promise<readonly string[]> {
  return (await run('tar', ['-tf', file])).trim().split('\n')
}

async function loaded(file: string): Promise<readonly string[]> {
  const said = await docker(['load'], { input: createReadStream(file) })
  return [...said.matchAll(/Loaded image: (\S+)/g)].map(([, name]) => name ?? '')
}

test('exportImage: without store paths the root file system has nothing below /nix/store', async () => {
  const bare = buildLayeredImage({ name: 'bare', tag: '1', contents: [shell], includeStorePaths: false })
  await make(exportImage({ fromImage: bare }), async (file) => {
    assert.deepEqual(
      (await listed(file)).filter((name) => name.startsWith('./nix/store/')),
      [],
    )
  })
})

test('exportImage: lists ./bin/bash, for every format of an image, with the same bytes', async () => {
  const seen = new Set<string>()
  await make(exportImage({ fromImage: bash }), async (file) => {
    assert.ok((await listed(file)).includes('./bin/bash'))
    seen.add(readFileSync(file).toString('base64'))
  })
  await make(bash, async (archive) => {
    await make(exportImage({ fromImage: archive, name: 'other.tar' }), async (file) => {
      seen.add(readFileSync(file).toString('base64'))
    })
  })
  await make(exportImage({ fromImage: bash.stream, compressor: 'gz' }), async (file) => {
    seen.add(gunzipSync(readFileSync(file)).toString('base64'))
  })
  assert.equal(seen.size, 1)
})

test('exportImage: is named after its image, and selects by name and tag, also separately', async () => {
  assert.equal(exportImage({ fromImage: bash }).name, 'bash.tar')
  assert.equal(exportImage({ fromImage: stream, compressor: 'zstd' }).name, 'streamed.tar.zst')
  await assert.rejects(
    make(exportImage({ fromImage: bash, fromImageTag: '2' }), async () => {}),
    {
      code: 'image.not-found',
      message: /of the tag "2"\. Choose one of these: bash:latest/,
    },
  )
  await assert.rejects(
    make(exportImage({ fromImage: bash, architecture: 's390x' }), async () => {}),
    {
      code: 'image.not-found',
      message: /of the platform linux\/s390x\. Choose one of these: bash:latest \(linux\/\w+\)/,
    },
  )
  await make(mergeImages([redis, jane]), async (merged) => {
    await make(exportImage({ fromImage: merged, fromImageName: 'jane', diskSize: 512 }), async (file) => {
      assert.ok((await listed(file)).includes('./home/alice/'))
    })
  })
  assert.throws(() => exportImage({ fromImage: undefined }), { code: 'argument.invalid' })
})

test('docker import: accepts an exported root file system', { skip: noDocker }, async () => {
  await make(exportImage({ fromImage: jane }), async (file) => {
    const id = (await docker(['import', file, 'imported:1'])).trim()
    assert.match(id, /^sha256:/)
  })
})

test('mergeImages: images are listed under all their names, whatever their compression', {
  skip: noDocker,
}, async () => {
  await make(mergeImages([bash, redis, untagged, stream, jane, bash]), async (file) => {
    const names = await loaded(file)
    assert.deepEqual(names.map((name) => name.replace(/[0-9a-z]{32}$/, 'HASH')).sort(), [
      'bash:latest',
      'jane:1',
      'redis:latest',
      'streamed:1',
      'untagged:HASH',
    ])
    const container = (await docker(['create', 'jane:1', 'none'])).trim()
    const exported = join(folder, 'jane.tar')
    await docker(['export', '-o', exported, container])
    assert.match(await run('tar', ['-tvf', exported, 'home/alice']), /^drwxr-xr-x 1000\/1000/)
  })
})

test('mergeImages: the archive contains each layer once, is reproducible, and keeps image IDs', {
  skip: missing('skopeo'),
}, async () => {
  const bytes = new Set<string>()
  await inTestWorkshop(async (shop) => {
    const [single, archive] = [await built(redis, shop), await built(bash, shop)]
    const merged = mergeImages([bash, pathPackage(shop.store.physical(archive.path)), redis, redis], {
      compressor: 'none',
    })
    const file = shop.store.physical((await built(merged, shop)).path)
    const names = await listed(file)
    assert.equal(new Set(names).size, names.length)
    const index: readonly { readonly RepoTags: readonly string[] }[] = JSON.parse(
      await run('tar', ['-xOf', file, 'manifest.json']),
    )
    assert.deepEqual(
      index.map(({ RepoTags }) => RepoTags),
      [['bash:latest'], ['redis:latest']],
    )
    assert.deepEqual(Object.keys(JSON.parse(await run('tar', ['-xOf', file, 'repositories']))), ['bash', 'redis'])
    const config = (place: string): Promise<string> => run('skopeo', ['inspect', '--config', '--raw', place])
    const alone = shop.store.physical(single.path)
    assert.equal(await config(`docker-archive:${file}:redis:latest`), await config(`docker-archive:${alone}`))
    bytes.add(readFileSync(file).toString('base64'))
  })
  await make(mergeImages([bash, bash, redis], { compressor: 'none' }), async (file) => {
    bytes.add(readFileSync(file).toString('base64'))
  })
  assert.equal(bytes.size, 1)
})

test('mergeImages: of two images with one name the later one gets it', { skip: noDocker }, async () => {
  const first = buildLayeredImage({
    name: 'twice',
    tag: '1',
    contents: [shell],
    config: { Labels: { which: 'first' } },
  })
  const second = first.override({ config: { Labels: { which: 'second' } } })
  await make(mergeImages([first, second]), async (file) => {
    await loaded(file)
    assert.match(await docker(['inspect', '--format', '{{.Config.Labels.which}}', 'twice:1']), /second/)
  })
})

test('mergeImages and imageIndex: empty lists are errors, and an index needs one name and one image per platform', async () => {
  for (const empty of [() => mergeImages([]), () => imageIndex([])])
    assert.throws(empty, { code: 'argument.invalid', message: /at least one image/ })
  assert.throws(() => imageIndex([bash, redis]), { code: 'argument.invalid', message: /no name/ })
  await assert.rejects(
    make(imageIndex([bash, bash], { name: 'x' }), async () => {}),
    { code: 'index.platform' },
  )
})

test('imageIndex: of two architectures skopeo selects either, podman and containerd their own', {
  skip: missing('skopeo', 'podman', 'ctr') || noContainerd,
}, async () => {
  const app = (architecture: string) =>
    tools(architecture).buildLayeredImage({ name: 'app', tag: '1', contents: [writeTextDir('etc/arch', architecture)] })
  const index = imageIndex([app('amd64'), app('arm64')], { annotations: { 'org.example.note': 'x' } })
  assert.deepEqual([index.imageName, index.imageTag, index.name], ['app', '1', 'app-index.tar'])
  await make(index, async (file) => {
    for (const architecture of ['amd64', 'arm64']) {
      const place = join(folder, architecture)
      await run('skopeo', [
        '--override-arch',
        architecture,
        '--insecure-policy',
        'copy',
        '-q',
        `oci-archive:${file}`,
        `dir:${place}`,
      ])
      const seen = await run('skopeo', ['inspect', '--config', `dir:${place}`])
      assert.equal(JSON.parse(seen).architecture, architecture)
      await make(exportImage({ fromImage: file, architecture }), async (tar) => {
        assert.equal(
          await run('sh', ['-c', `tar -xf ${tar} -C ${place} && cat ${place}/nix/store/*/etc/arch`]),
          architecture,
        )
      })
    }
    const podman = [
      '--root',
      join(folder, 'podman'),
      '--runroot',
      join(folder, 'podman-run'),
      '--storage-driver',
      'vfs',
    ]
    await run('podman', [...podman, 'load', '-i', file])
    const [seen] = JSON.parse(await run('podman', [...podman, 'inspect', 'app:1']))
    assert.equal(seen.Architecture, 'amd64')
    await withContainerd(async (ctr) => {
      await ctr(['images', 'import', '--all-platforms', '--no-unpack', file])
      assert.match(await ctr(['images', 'list']), /^docker\.io\/library\/app:1 .*linux\/amd64,linux\/arm64/m)
    })
  })
})

test('functions: an archive becomes a layout, a layout an archive, an image its files; IDs stay', {
  skip: missing('skopeo'),
}, async () => {
  const store = join(folder, 'store')
  await make(bash, async (archive) => {
    const config = (place: string): Promise<string> => run('skopeo', ['inspect', '--config', '--raw', place])
    const [layout, again, files] = ['layout', 'again.tar', 'files.tar'].map((name) => join(folder, name))
    assert.ok(layout !== undefined && again !== undefined && files !== undefined)
    const { id } = await mergeAction([archive], { store, out: `oci:${layout}`, compressor: 'gz' })
    assert.equal((await mergeAction([`oci:${layout}`, archive], { store, out: again })).id, id)
    assert.equal(await config(`oci:${layout}:bash:latest`), await config(`docker-archive:${again}`))
    const to = await build(bash, { store, to: `oci:${layout}:renamed` })
    assert.deepEqual([to.id, to.imageName, to.imageTag], [id, 'bash', 'latest'])
    assert.equal(await config(`oci:${layout}:renamed`), await config(`docker-archive:${again}`))
    await checkImage(layout)
    const { size } = await exportAction(again, { store, out: files })
    assert.equal(size, readFileSync(files).length)
    assert.ok((await listed(files)).includes('./bin/bash'))
  })
})
