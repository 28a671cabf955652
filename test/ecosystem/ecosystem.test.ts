/**
 * A second ecosystem, consisting of files in tiny/ and lines in one table: its packages in separate images and beside Debian's, streamed by
 * a process that does not know it.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { writeLaunchers } from '../../src/actions/launcher.ts'
import { readConf } from '../../src/assembly/read-conf.ts'
import type { LayeredImage, LayeredImageArguments } from '../../src/docker-tools/layered-image.ts'
import { worthThread } from '../../src/layer/bytes/claims.ts'
import { debian } from '../../src/sets/debian.ts'
import type { PackageSet } from '../../src/sets/set.ts'
import { instantiate } from '../../src/source/instantiate.ts'
import { lockChanges, pruneLocks } from '../../src/source/lock-changes.ts'
import type { Package, Recipe, Workshop } from '../../src/source/package.ts'
import { realise } from '../../src/source/realise.ts'
import { logical, namePart } from '../../src/store/store-path.ts'
import type { FakePackage } from '../support/debian-archive.ts'
import { minimalRoot } from '../support/debian-packages.ts'
import { type DebianTest, withDebian } from '../support/debian-shop.ts'
import { type ImageView, viewOf } from '../support/image-view.ts'
import { inFolder } from '../support/workshop.ts'
import type { Catalogue } from './tiny/archive.ts'
import { rules } from './tiny/ecosystem.ts'
import { catalogueFile, tiny } from './tiny/set.ts'
import { withTiny } from './tiny/tables.ts'

const catalogue: Catalogue = {
  base: { name: 'base', version: '1', files: { 'usr/share/tiny/base': { text: 'base' } } },
  tool: {
    name: 'tool',
    version: '1.0',
    files: { 'usr/bin/tool': { text: 'tiny tool', mode: 0o755 }, 'usr/bin/root-tool': { text: 's', mode: 0o4755 } },
    requires: ['app'],
    script: 'useradd tool',
  },
  app: { name: 'app', version: '2', at: 'opt/app', files: { 'bin/app': { text: 'app' } }, programs: ['bin/app'] },
  taker: {
    name: 'taker',
    version: '1',
    files: { 'usr/bin/tool': { text: 'taken', mode: 0o755 } },
    takes: ['usr/bin/tool'],
  },
  large: {
    name: 'large',
    version: '1',
    at: 'srv',
    files: { data: { zeros: worthThread }, own: { text: 'x', mode: 0o4711 } },
  },
}

const svc: FakePackage = {
  name: 'svc',
  files: [
    ['./usr/bin/tool', 'Debian tool'],
    ['./usr/bin/svc', 'svc'],
  ],
}

interface Both {
  readonly shop: Workshop
  readonly sets: { readonly tiny: PackageSet; readonly debian: PackageSet }
  readonly home: string
  readonly lockFile: string
  /** Another build in the same store. */
  again(): Workshop
}

/** Runs with a catalogue and a Debian archive, whose packages are locked in one file. */
async function withBoth(work: (both: Both) => Promise<void>, packages: Catalogue = catalogue): Promise<void> {
  await withDebian(async ({ archive, home, lockFile, shop }: DebianTest) => {
    await archive.publish([...minimalRoot, svc])
    writeFileSync(catalogueFile(home), JSON.stringify(packages))
    const options = {
      mirrors: archive.mirrors,
      keyring: 'archive.asc',
      directory: home,
      architecture: 'amd64',
    } as const
    const sets = { tiny: tiny(home), debian: debian({ suite: 'bookworm', ...options }) }
    await work({ shop: shop(withTiny), sets, home, lockFile, again: () => shop(withTiny) })
  })
}

async function made(target: Package, shop: Workshop): Promise<Recipe> {
  const recipe = (await instantiate([target], shop)).of(target)
  await realise([recipe], shop)
  return recipe
}

async function viewed(target: Package, shop: Workshop): Promise<ImageView> {
  return viewOf(shop.store.physical((await made(target, shop)).path))
}

function imageOf(set: PackageSet, given: Omit<LayeredImageArguments, 'name'>): LayeredImage {
  return set.dockerTools.buildLayeredImage({ name: 'image', compressor: 'none', ...given })
}

test('ecosystem: packages at "/" and below a directory, set-uid files, links, a shared tree, and dependencies', async () => {
  await withBoth(async ({ shop, sets }) => {
    const image = imageOf(sets.tiny, { contents: [sets.tiny.pkgs('tool')] })
    const { files, layers, config } = await viewed(image, shop)
    assert.equal(config.architecture, shop.architecture)
    const shown = new Map([...files].filter(([, what]) => !what.startsWith('directory')))
    assert.deepEqual(Object.fromEntries(shown), {
      'etc/tiny': 'file 644 0:0 tiny-root-1\napp 2\nbase 1\ntool 1.0\n',
      'opt/app/bin/app': 'file 755 0:0 app',
      'usr/bin/root-tool': 'file 4755 0:0 s',
      'usr/bin/tool': 'file 755 0:0 tiny tool',
      'usr/local/bin/bin/app': 'symlink 777 0:0 ../../../opt/app/bin/app',
      'usr/share/tiny/base': 'file 644 0:0 base',
    })
    assert.equal(layers.length, 4)
    const conf = readConf(shop.store, (await made(image.stream.conf, shop)).path)
    assert.deepEqual(conf.notes, ['tool would run useradd tool'])
    const { paths, roots, edges } = conf.closure
    const names = paths.map(namePart)
    assert.deepEqual(new Set(roots.map((at) => names[at])), new Set(['tool.tiny', 'base.tiny']))
    assert.deepEqual(edges[names.indexOf('tool.tiny')], [names.indexOf('app.tiny')])
  })
})

test('ecosystem: another version of its tree gives another path, and the same image the same path in a cold store', async () => {
  await withBoth(async ({ shop, sets, again }) => {
    const { conf } = imageOf(sets.tiny, { contents: [sets.tiny.pkgs('tool')] }).stream
    const first = await made(conf, shop)
    assert.equal((await made(conf, again())).path, first.path)
    try {
      rules.version = 'tiny-root-2'
      assert.notEqual((await made(conf, again())).path, first.path)
    } finally {
      rules.version = 'tiny-root-1'
    }
    await withBoth(async (cold) => {
      const other = imageOf(cold.sets.tiny, { contents: [cold.sets.tiny.pkgs('tool')] }).stream.conf
      assert.equal((await made(other, cold.shop)).path, first.path)
    })
  })
})

test('ecosystem: packages of two in one image have one lock, separate layers, and the trees of both', async () => {
  await withBoth(async ({ shop, sets, lockFile }) => {
    const contents = [sets.tiny.pkgs('app'), sets.debian.pkgs('svc')]
    const { files, config } = await viewed(imageOf(sets.debian, { contents }), shop)
    assert.equal(config.architecture, 'amd64')
    for (const path of ['opt/app/bin/app', 'usr/bin/svc', 'etc/tiny', 'etc/passwd', 'var/lib/dpkg/status.d/svc'])
      assert.ok(files.has(path), path)
    const keys = readFileSync(lockFile, 'utf8').match(/^ {4}"[^"]+"/gm)
    assert.deepEqual(keys, ['    "debian bookworm amd64"', '    "tiny catalogue"'])
    assert.deepEqual(
      lockChanges(shop).map(({ set, packages }) => [set, packages.length]),
      [
        ['debian bookworm amd64', 4],
        ['tiny catalogue', 2],
      ],
    )
  })
})

test('ecosystem: a file of two packages is an error that names both, unless one replaces it', async () => {
  await withBoth(async ({ shop, sets }) => {
    const clash = imageOf(sets.debian, { contents: [sets.tiny.pkgs('tool'), sets.debian.pkgs('svc')] })
    await assert.rejects(made(clash, shop), (thrown: Error) => {
      assert.match(thrown.message, /svc-1\.0/)
      assert.match(thrown.message, /tool\.tiny/)
      assert.match(thrown.message, /\/usr\/bin\/tool/)
      return true
    })
    const taken = imageOf(sets.debian, { contents: [sets.tiny.pkgs('taker'), sets.debian.pkgs('svc')] })
    const { files, layers } = await viewed(taken, shop)
    assert.equal(files.get('usr/bin/tool'), 'file 755 0:0 taken')
    assert.equal(layers.filter((layer) => layer.has('usr/bin/tool')).length, 1)
    assert.ok(files.has('usr/bin/svc'))
  })
})

test('ecosystem: store paths and links lead to the files', async () => {
  await withBoth(async ({ shop, sets }) => {
    const app = sets.tiny.pkgs('app')
    const env = sets.tiny.buildEnv({ name: 'env', paths: [app] })
    const image = imageOf(sets.tiny, { contents: [env], config: { Cmd: [`${app}/files/bin/app`] } })
    const { files, config } = await viewed(image, shop)
    const path = logical((await instantiate([app], shop)).of(app).path)
    assert.deepEqual(config.config?.Cmd, [`${path}/files/bin/app`])
    assert.equal(files.get(`${path.slice(1)}/files`), 'symlink 777 0:0 /opt/app')
    const linked = logical((await instantiate([env], shop)).of(env).path).slice(1)
    assert.equal(files.get(`${linked}/bin/app`), 'symlink 777 0:0 /opt/app/bin/app')
  })
})

test('ecosystem: a layer that a second thread hashes is streamed by another process with the same bytes', async () => {
  await withBoth(async ({ shop, sets }) => {
    const image = imageOf(sets.tiny, { contents: [sets.tiny.pkgs('large')], tag: '1' })
    const script = await made(image.stream, shop)
    await writeLaunchers(shop.store.root)
    await inFolder(async (folder) => {
      const streamed = join(folder, 'streamed.tar')
      await promisify(execFile)('sh', ['-c', `exec "$1" > "$2"`, 'sh', shop.store.physical(script.path), streamed])
      const built = await made(image, shop)
      const [first, second] = [readFileSync(streamed), readFileSync(shop.store.physical(built.path))]
      assert.ok(first.length > worthThread)
      assert.ok(first.equals(second))
    })
  })
})

test('ecosystem: pruning removes unused packages of every kind', async () => {
  await withBoth(async ({ shop, sets, again, lockFile }) => {
    await instantiate([sets.tiny.pkgs('tool'), sets.debian.pkgs('svc')], shop)
    const later = again()
    await instantiate([sets.tiny.pkgs('app')], later)
    const changes = await pruneLocks(later)
    assert.deepEqual(
      changes.map(({ set, packages }) => [set, packages.filter(({ to }) => to === undefined).map(({ name }) => name)]),
      [
        ['debian bookworm amd64', ['base-files', 'base-passwd', 'libc-bin', 'svc']],
        ['tiny catalogue', ['tool']],
      ],
    )
    assert.doesNotMatch(readFileSync(lockFile, 'utf8'), /debian|tool/)
  })
})
