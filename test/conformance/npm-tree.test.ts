/**
 * Trees of npm lock files are what `npm ci --omit=dev --ignore-scripts` of the installed npm and of npm 12
 * make, byte for byte, for every platform.
 */
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { plain } from '../../src/tree/entry.ts'
import { lockWithNpm, type Npm, npm12, npmHere, publishAll, runNpm } from '../support/npm-cli.ts'
import { type NpmTest, type Packed, pack, withMode, withNpm } from '../support/npm-project.ts'
import { differences, installedTree, laidOutTree } from '../support/npm-tree.ts'

const platforms = [
  { architecture: 'amd64', cpu: 'x64', libc: 'glibc' },
  { architecture: 'arm64', cpu: 'arm64', libc: 'glibc' },
  { architecture: 'amd64', cpu: 'x64', libc: 'musl' },
] as const

/** Compares the trees of a locked project on all platforms. */
async function compare(
  npm: NpmTest,
  { by, ...more }: { readonly workspace?: string; readonly omit?: readonly 'dev'[]; readonly by: Npm },
): Promise<void> {
  for (const { architecture, cpu, libc } of platforms) {
    const which = more.workspace === undefined ? [] : ['-w', more.workspace]
    const omit = (more.omit ?? ['dev']).map((kind) => `--omit=${kind}`)
    for (const directory of ['.', 'packages/api', 'packages/shared', 'packages/web'])
      rmSync(join(npm.home, directory, 'node_modules'), { recursive: true, force: true })
    await runNpm(npm, ['ci', '--ignore-scripts', '--os=linux', `--cpu=${cpu}`, `--libc=${libc}`, ...omit, ...which], by)
    const installed = installedTree(npm.home)
    const own = await laidOutTree(npm.set({ architecture, libc, ...more }), npm.shop())
    assert.ok(installed.size > 0)
    assert.deepEqual(differences(installed, own), [], `${cpu} ${libc} ${JSON.stringify(more)}`)
  }
}

const parts: readonly Packed[] = [
  pack(
    { name: 'leaf', version: '1.0.0', bin: { leaf: './bin/leaf.js', shared: 'bin/leaf.js' } },
    { 'bin/leaf.js': '#!/usr/bin/env node\r\nleaf(1)\r\n' },
  ),
  pack({ name: 'leaf', version: '2.0.0', bin: 'bin/leaf.js' }, { 'bin/leaf.js': 'leaf(2)', README: 'two' }),
  pack(
    {
      name: '@scope/deep',
      dependencies: { leaf: '^1.0.0' },
      bin: { shared: 'x.js', '../odd': 'x.js', gone: 'gone.js' },
    },
    { 'x.js': 'x' },
  ),
  pack(
    { name: 'old', dependencies: { leaf: '^2.0.0', '@scope/deep': '*' }, peerDependencies: { peer: '1' } },
    { 'index.js': 'old' },
  ),
  pack({ name: 'peer', version: '1.2.3' }, { 'index.js': 'peer' }),
  pack({ name: 'loop', dependencies: { 'loop-back': '*' } }, {}),
  pack({ name: 'loop-back', dependencies: { loop: '*' } }, {}),
  pack(
    { name: 'bundler', dependencies: { inner: '1' }, bundleDependencies: ['inner'] },
    {
      'node_modules/inner/package.json': JSON.stringify({ name: 'inner', version: '1.0.0', bin: { inner: 'cli.js' } }),
      'node_modules/inner/cli.js': '#!/bin/sh\r\n',
    },
  ),
  pack({ name: 'scripted', scripts: { postinstall: 'exit 1' } }, { 'index.js': '' }),
  pack({ name: 'for-tests' }, { 'index.js': 'dev' }),
]

const native: readonly Packed[] = [
  pack({
    name: 'native',
    optionalDependencies: Object.fromEntries(
      ['linux-x64', 'linux-arm64', 'linux-x64-musl', 'darwin-x64'].map((each) => [`@native/${each}`, '1.0.0']),
    ),
  }),
  pack(
    { name: '@native/linux-x64', os: ['linux'], cpu: ['x64'], libc: ['glibc'], dependencies: { only: '*' } },
    { 'a.node': 'x64' },
  ),
  pack({ name: '@native/linux-x64-musl', os: ['linux'], cpu: ['x64'], libc: ['musl'] }, { 'a.node': 'musl' }),
  pack(
    { name: '@native/linux-arm64', os: ['linux'], cpu: ['arm64'], dependencies: { 'only-arm': '*', leaf: '2' } },
    { 'a.node': 'arm64' },
  ),
  pack({ name: '@native/darwin-x64', os: ['darwin'], cpu: ['x64'], dependencies: { never: '*' } }, { 'a.node': 'mac' }),
  pack({ name: 'never', dependencies: { only: '*' } }),
  pack({ name: 'only' }),
  pack({ name: 'only-arm', dependencies: { 'arm-leaf': '*' } }),
  pack({ name: 'arm-leaf', cpu: ['!x64'] }),
  pack({ name: 'unwanted', os: ['!linux'], dependencies: { 'unwanted-leaf': '*', only: '*' } }),
  pack({ name: 'unwanted-leaf' }),
]

const odd: readonly Packed[] = [
  pack({ name: 'odd' }, [
    ['other-name/package.json', JSON.stringify({ name: 'odd', version: '1.0.0', bin: { odd: 'cli' } })],
    withMode('other-name/cli', '#!/bin/sh\nodd', 0o600),
    ['other-name/link', { symlink: 'cli' }],
    ['other-name/hard', { hardlink: 'other-name/cli' }],
    ['other-name/empty/', ''],
    withMode('other-name/twice', 'first', 0o755),
    withMode('other-name/twice', 'second', 0o644),
    ['other-name/.gitignore', 'git'],
    ['other-name/d/.npmignore', 'npm'],
    ['other-name/d/.gitignore', 'git'],
    ['other-name/e/.gitignore', 'git'],
    ['other-name/e/.npmignore', 'npm'],
    ...[0o000, 0o111, 0o400, 0o644, 0o666, 0o700, 0o711, 0o755, 0o775, 0o777].map((mode) =>
      withMode(`other-name/modes/${mode.toString(8)}`, 'x', mode),
    ),
    ['other-name/owned', 'x', plain(0o644, { uid: 501, gid: 20, uname: 'me', gname: 'staff', mtime: 499_162_500 })],
    [`other-name/${'d/'.repeat(60)}${'n'.repeat(120)}`, 'long'],
    ['other-name/e\u0301', 'decomposed'],
    ['other-name/\u00e9', 'composed'],
    ['other-name//double', 'slash'],
    ['other-name/./dot', 'dot'],
    ['other-name/node_modules/vendored/index.js', 'vendored'],
    ['lonely', 'lost'],
  ]),
]

const project = {
  'package.json': {
    name: 'app',
    version: '1.0.0',
    dependencies: {
      old: '*',
      alias: 'npm:leaf@1.0.0',
      loop: '*',
      bundler: '*',
      scripted: '*',
      leaf: '2',
      packed: 'file:vendor/packed.tgz',
    },
    devDependencies: { 'for-tests': '*' },
  },
  'vendor/packed.tgz': pack({ name: 'packed', bin: 'run.sh' }, { 'run.sh': '#!/bin/sh\n', other: 'x' }).bytes,
}

const workspaces = {
  'package.json': {
    name: 'root',
    workspaces: ['packages/*'],
    dependencies: { leaf: '2' },
    devDependencies: { 'for-tests': '*' },
  },
  'packages/api/package.json': {
    name: '@app/api',
    version: '1.0.0',
    dependencies: { shared: '*', leaf: '1' },
    devDependencies: { peer: '*' },
  },
  'packages/shared/package.json': {
    name: 'shared',
    version: '1.0.0',
    bin: { shared: 'cli.js' },
    dependencies: { loop: '*' },
  },
  'packages/shared/cli.js': '#!/usr/bin/env node\n',
  'packages/web/package.json': {
    name: 'web',
    version: '1.0.0',
    dependencies: { '@scope/deep': '*', shared: '1.0.0', peer: '1' },
  },
}

for (const by of [npmHere, npm12]) {
  const { skip } = by
  test(`${by.name} trees: nested versions, scopes, aliases, peers, cycles, bundles, commands and tarballs of the project`, {
    skip,
  }, async () => {
    await withNpm(async (npm) => {
      publishAll(npm, parts)
      await lockWithNpm(npm, project, by)
      await compare(npm, { by })
      await compare(npm, { omit: [], by })
    })
  })

  test(`${by.name} trees: optional packages for the platform, with what only they need`, { skip }, async () => {
    await withNpm(async (npm) => {
      publishAll(npm, [...parts, ...native])
      await lockWithNpm(
        npm,
        {
          'package.json': {
            name: 'app',
            dependencies: { native: '*', leaf: '1' },
            optionalDependencies: { unwanted: '*' },
          },
        },
        by,
      )
      await compare(npm, { by })
    })
  })

  test(`${by.name} trees: what the project itself bundles is installed like any other package`, { skip }, async () => {
    const manifest = { name: 'app', dependencies: { old: '*', bundler: '*', peer: '*' }, bundleDependencies: ['old'] }
    await withNpm(async (npm) => {
      publishAll(npm, parts)
      await lockWithNpm(npm, { 'package.json': manifest }, by)
      assert.match(readFileSync(join(npm.home, 'package-lock.json'), 'utf8'), /"inBundle": true/)
      await compare(npm, { by })
    })
  })

  test(`${by.name} trees: odd tarballs`, { skip }, async () => {
    await withNpm(async (npm) => {
      publishAll(npm, odd)
      await lockWithNpm(npm, { 'package.json': { name: 'app', dependencies: { odd: '*' } } }, by)
      await compare(npm, { by })
    })
  })

  test(`${by.name} trees: workspaces, all of them and each by itself`, { skip }, async () => {
    await withNpm(async (npm) => {
      publishAll(npm, parts)
      await lockWithNpm(npm, workspaces, by)
      await compare(npm, { by })
      for (const workspace of ['@app/api', 'shared', 'packages/web']) await compare(npm, { workspace, by })
    })
  })

  test(`${by.name} trees: a lock file without addresses, and tarballs of the project: commands without a link are executable, too`, {
    skip,
  }, async () => {
    const twin = (name: string) =>
      pack({ name, bin: { leaf: './cli.js', gone: 'gone.js' } }, { 'cli.js': '#!/bin/sh\n' })
    const bundler = pack(
      { name: 'bundler', dependencies: { inner: '1' }, bundleDependencies: ['inner'] },
      {
        'node_modules/inner/package.json': JSON.stringify({ name: 'inner', version: '1.0.0', bin: { leaf: 'cli.js' } }),
        'node_modules/inner/cli.js': '#!/bin/sh\n',
      },
    )
    await withNpm(async (npm) => {
      publishAll(npm, [...parts.filter(({ name }) => name === 'leaf'), twin('twin'), bundler])
      const dependencies = { bundler: '*', leaf: '2', twin: '*', zip: 'file:vendor/zip.tgz' }
      await lockWithNpm(npm, { 'package.json': { name: 'app', dependencies }, 'vendor/zip.tgz': twin('zip').bytes }, by)
      const file = join(npm.home, 'package-lock.json')
      const lock: { packages: Record<string, { resolved?: string }> } = JSON.parse(readFileSync(file, 'utf8'))
      const modeOfTwin = async (): Promise<string> => {
        await compare(npm, { by })
        const listing = await laidOutTree(npm.set(), npm.shop())
        return ['twin', 'zip'].map((name) => listing.get(`node_modules/${name}/cli.js`)?.split(' ')[1]).join(' ')
      }
      assert.equal(await modeOfTwin(), '644 755')
      for (const entry of Object.values(lock.packages))
        if (entry.resolved?.startsWith('http') === true) delete entry.resolved
      npm.write({ 'package-lock.json': lock })
      assert.equal(await modeOfTwin(), '755 755')
    })
  })
}

test('npm trees: the order of the lock file, its version and the npm that made it do not matter', {
  skip: npmHere.skip,
}, async () => {
  await withNpm(async (npm) => {
    publishAll(npm, parts)
    await lockWithNpm(npm, project)
    const before = await laidOutTree(npm.set(), npm.shop())
    const file = join(npm.home, 'package-lock.json')
    const lock: { packages: Record<string, unknown>; lockfileVersion: number } = JSON.parse(readFileSync(file, 'utf8'))
    lock.packages = Object.fromEntries(Object.entries(lock.packages).reverse())
    writeFileSync(file, JSON.stringify({ ...lock, lockfileVersion: 2 }))
    assert.deepEqual([...(await laidOutTree(npm.set(), npm.shop()))], [...before])
    rmSync(file)
  })
})
