/**
 * The output of every maker for one fixed input: the store path and the hash of its object, kept in test/vectors/makers.json. A maker whose
 * output changes gets a new version (docs/architecture.md, "Five acts"), and a new line there; a line that has been released never changes.
 */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { registriesOf } from '../../src/actions/registries.ts'
import { digestOf, digestOfAll } from '../../src/base/digest.ts'
import { isPlainObject } from '../../src/base/document.ts'
import { unwatched } from '../../src/base/event.ts'
import { debianRootVersion } from '../../src/debian/root/root.ts'
import { linkPackage } from '../../src/docker-tools/helpers.ts'
import { writeNar } from '../../src/format/nar/write.ts'
import { build, debian, type Package } from '../../src/index.ts'
import { openStore } from '../../src/store/disk-store.ts'
import { parseStorePath } from '../../src/store/store-path.ts'
import { plain as metadata } from '../../src/tree/entry.ts'
import { executable, memoryTree } from '../../src/tree/memory.ts'
import { type FakeArchive, serveArchive } from '../support/debian-archive.ts'
import { minimalRoot } from '../support/debian-packages.ts'
import { fakeRegistry } from '../support/fake-registry.ts'
import { viewOf } from '../support/image-view.ts'
import { stockImage } from '../support/registry-images.ts'
import { tarOf } from '../support/tar-of.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { built, inTestWorkshop } from '../support/workshop.ts'

const vectors: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../vectors/makers.json'), 'utf8'))
const folder = temporaryFolder()
const { dockerTools, fetchurl, fetchzip, path, copy, writeText, writeTextDir, buildEnv } = debian({
  suite: 'bookworm',
  architecture: 'amd64',
  directory: folder,
})

mkdirSync(join(folder, 'app/empty'), { recursive: true })
writeFileSync(join(folder, 'app/run'), '#!/bin/sh\n', { mode: 0o755 })
writeFileSync(join(folder, 'app/größe'), 'text\n', { mode: 0o640 })
symlinkSync('run', join(folder, 'app/start'))

const text = writeText('text', 'hello\n')
const contents = [
  writeTextDir('etc/motd', `see ${text}\n`),
  dockerTools.fakeNss.override({ extraPasswdLines: ['jane:x:1000:1000::/home/jane:/bin/sh'] }),
]
const common = {
  name: 'image',
  tag: '1',
  config: { Cmd: [`${text}`], Env: ['A=1'] },
  extraCommands: (root: { mkdir(path: string, options: { uid: number }): void }) =>
    root.mkdir('home/jane', { uid: 1000 }),
  includeNixDB: true,
  compressor: 'none',
} as const
const uncompressed = { compressor: 'none' } as const
const layered = dockerTools.buildLayeredImage({ ...common, contents })
const plain = dockerTools.buildImage({ ...common, copyToRoot: contents })

const made: Readonly<Record<string, Package>> = {
  'text-1': text,
  'text-tree-1': contents[0] ?? text,
  'path-1': path('app'),
  'copied-1': copy('app', { to: '/app' }).from[0]?.source ?? text,
  'fake-nss-1': dockerTools.fakeNss,
  'build-env-1': buildEnv({ name: 'env', paths: [...contents, path('app')] }),
  'layered-conf-2': layered.stream.conf,
  'stream-2': layered.stream,
  'docker-archive-1/none': layered,
  'docker-archive-1/deflate-1/6': layered.override({ compressor: 'gz' }),
  'docker-archive-1/zstd-1.5.7-1/3': layered.override({ compressor: 'zstd' }),
  'docker-image-1/none': plain,
  'links-1': linkPackage('links', { 'bin/text': `${text}`, 'usr/bin/other': '/bin/text' }),
  'root-archive-1/none': dockerTools.exportImage({ fromImage: layered }),
  'merged-archive-1/none': dockerTools.mergeImages([layered, plain], uncompressed),
  'oci-index-1/none': dockerTools.imageIndex([layered, layered.override({ architecture: 'arm64' })], {
    annotations: { 'org.example.note': 'x' },
    ...uncompressed,
  }),
}

test('makers: pulled-image-1 and pulled-archive-1 make what they always made', async () => {
  const registry = await fakeRegistry()
  const { digest } = stockImage(registry, { repository: 'team/base', texts: ['a', 'b', 'a'], packing: 'none' })
  const registries = await registriesOf(
    { mirrors: [`registry.example=${registry.host}`] },
    { environment: { HOME: folder }, signal: unwatched.signal },
  )
  const pulled = dockerTools.pullImage({ imageName: 'registry.example/team/base', imageDigest: digest })
  await inTestWorkshop(
    async (shop) => {
      const { path, inputs } = await built(pulled, shop)
      check('pulled-archive-1', `${path} ${shop.store.info(path)?.narHash}`)
      for (const image of inputs) check('pulled-image-1', `${image.path} ${shop.store.info(image.path)?.narHash}`)
    },
    { registries: async () => registries },
  )
})

for (const [maker, value] of Object.entries(made)) {
  test(`makers: the output of ${maker} is unchanged`, async () => {
    await inTestWorkshop(async (shop) => {
      const { path } = await built(value, shop)
      check(maker, `${path} ${shop.store.info(path)?.narHash}`)
    })
  })
}

test('makers: the output of fetchurl-1 is unchanged', async () => {
  const fetched = fetchurl({ url: pathToFileURL(join(folder, 'app/run')).href, hash: digestOf('#!/bin/sh\n') })
  const root = join(folder, 'fetched')
  const { path } = await build(fetched, { store: root })
  await using store = await openStore(root)
  const known = parseStorePath(path.slice('/nix/store/'.length))
  check('fetchurl-1', `${known} ${known === undefined ? '' : store.info(known)?.narHash}`)
})

test('makers: the output of fetchurl-1 with executable and of fetchzip-1 is unchanged', async () => {
  const run = memoryTree({ '': executable('#!/bin/sh\n') })
  const file = join(folder, 'app.tar')
  writeFileSync(file, tarOf([['app/run', '#!/bin/sh\n', metadata(0o755)]]))
  const made = {
    'fetchurl-1/executable': fetchurl({
      url: pathToFileURL(join(folder, 'app/run')).href,
      hash: digestOfAll(writeNar(run)),
      executable: true,
    }),
    'fetchzip-1': fetchzip({
      url: pathToFileURL(file).href,
      hash: digestOfAll(writeNar(memoryTree({ run: executable('#!/bin/sh\n') }))),
    }),
  }
  const root = join(folder, 'fetched')
  for (const [maker, value] of Object.entries(made)) {
    const { path } = await build(value, { store: root })
    await using store = await openStore(root)
    const known = parseStorePath(path)
    check(maker, `${known} ${known === undefined ? '' : store.info(known)?.narHash}`)
  }
})

let archive: FakeArchive
before(async () => {
  archive = await serveArchive()
})
after(() => archive[Symbol.asyncDispose]())

test('makers: debian-root and the image’s own layer are unchanged', async () => {
  await archive.publish([
    ...minimalRoot,
    {
      name: 'svc',
      files: [
        ['./usr/sbin/svc', '#!/bin/sh\n'],
        ['./lib/systemd/system/svc.service', '[Service]\n'],
      ],
      scripts: { postinst: '#!/bin/sh\nadduser --system --group --home /var/lib/svc svc\n' },
    },
  ])
  writeFileSync(join(folder, 'archive.asc'), archive.keyring)
  const { mirrors } = archive
  const home = {
    directory: folder,
    mirrors,
    keyring: 'archive.asc',
    architecture: 'amd64',
    packageRecords: 'dpkg',
  } as const
  const { pkgs, dockerTools } = debian({ suite: 'bookworm', ...home })
  const image = dockerTools.buildLayeredImage({ name: 'svc', contents: [pkgs('svc')], compressor: 'none' })
  const { physical } = await build(image, { store: join(folder, 'store') })
  // The package's own store path depends on its archive, and that on the machine's zlib; the layers do not.
  check(debianRootVersion, (await viewOf(physical)).diffIds.join(' '))
})

function check(maker: string, found: string): void {
  const known = isPlainObject(vectors) ? vectors[maker] : undefined
  assert.equal(
    found,
    known,
    `${maker} makes something else: give it a new version, and that a line in test/vectors/makers.json`,
  )
}

const others = ['fetchurl-1', 'fetchurl-1/executable', 'fetchzip-1', 'pulled-archive-1', 'pulled-image-1']

test('makers: every vector belongs to a tested maker', () => {
  assert.ok(isPlainObject(vectors))
  assert.deepEqual(Object.keys(vectors).sort(), [...Object.keys(made), ...others, debianRootVersion].sort())
})
