/** Lock files that are missing, damaged or out of date: each error's remedy, run as its message words it, makes the project build. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Code } from '../../src/base/error.ts'
import type { NodeOptions } from '../../src/sets/node.ts'
import { run } from '../support/command.ts'
import { lockWithNpm, npm12, npmHere, publishAll, runNpm } from '../support/npm-cli.ts'
import { type NpmTest, type Packed, pack, withNpm } from '../support/npm-project.ts'
import { refused } from '../support/refused.ts'
import { slipway } from '../support/slipway.ts'
import { built } from '../support/workshop.ts'

const platforms = ['x64', 'arm64'].map((cpu) => pack({ name: `@native/linux-${cpu}`, os: ['linux'], cpu: [cpu] }))
const packages: readonly Packed[] = [
  pack({ name: 'leaf', version: '1.0.0' }),
  pack({ name: 'leaf', version: '2.0.0' }),
  pack({ name: 'user', dependencies: { leaf: '^1.0.0' } }),
  pack({ name: 'native', optionalDependencies: Object.fromEntries(platforms.map(({ name }) => [name, '1.0.0'])) }),
  ...platforms,
  pack(
    { name: 'shrunk', dependencies: { leaf: '^1.0.0' }, _hasShrinkwrap: true },
    {
      'npm-shrinkwrap.json': JSON.stringify({
        ...{ name: 'shrunk', version: '1.0.0', lockfileVersion: 3, requires: true },
        packages: {
          '': { name: 'shrunk', version: '1.0.0', dependencies: { leaf: '^1.0.0' } },
          'node_modules/leaf': { version: '1.0.0' },
        },
      }),
    },
  ),
]

interface Lock {
  lockfileVersion: number
  packages: Record<string, Record<string, unknown>>
}

/** One kind of damage, and what a user does about it besides the command in the message. */
interface Case {
  readonly code: Code
  readonly dependencies: Readonly<Record<string, string>>
  damage(project: Project): unknown
  readonly also?: (project: Project) => unknown
  readonly options?: NodeOptions
  /** Since which npm no longer makes such lock files. */
  readonly until?: 'npm 12'
}

interface Project {
  readonly npm: NpmTest
  manifest(dependencies: Readonly<Record<string, string>>): void
  /** Changes the lock file. */
  edit(change: (lock: Lock) => void): void
  run(...args: readonly string[]): Promise<void>
  remove(...names: readonly string[]): void
}

function remove(npm: NpmTest, names: readonly string[]): void {
  for (const name of names) rmSync(join(npm.home, name), { recursive: true })
}

const cases: Readonly<Record<string, Case>> = {
  missing: {
    code: 'npm.lock-missing',
    dependencies: { user: '1' },
    damage: ({ remove }) => remove('package-lock.json'),
  },
  'of npm 6': {
    code: 'npm.lock-old',
    dependencies: { user: '1' },
    damage: ({ run }) => run('install', '--package-lock-only', '--lockfile-version=1'),
  },
  'for another package.json': {
    code: 'npm.lock-stale',
    dependencies: { leaf: '1' },
    damage: ({ manifest }) => manifest({ leaf: '2' }),
  },
  'without a package that is needed': {
    code: 'npm.lock-stale',
    dependencies: { user: '1' },
    damage: ({ edit }) => edit(({ packages }) => delete packages['node_modules/leaf']),
  },
  'without the packages inside one that has a shrinkwrap': {
    code: 'npm.lock-stale',
    dependencies: { shrunk: '1' },
    damage: ({ edit }) =>
      edit(({ packages }) => {
        delete packages['node_modules/shrunk/node_modules/leaf']
      }),
    until: 'npm 12',
  },
  'without the packages of a platform': {
    code: 'npm.platform-missing',
    dependencies: { native: '1' },
    damage: ({ edit }) => edit(({ packages }) => delete packages['node_modules/@native/linux-arm64']),
    also: ({ remove }) => remove('package-lock.json'),
    options: { architecture: 'arm64' },
  },
  'with the address of another package': {
    code: 'npm.foreign-address',
    dependencies: { user: '1' },
    damage: ({ npm, edit }) =>
      edit(({ packages }) =>
        Object.assign(packages['node_modules/leaf'] ?? {}, { resolved: `${npm.registry.url}evil/-/evil-1.0.0.tgz` }),
      ),
    also: ({ edit }) => edit(({ packages }) => delete packages['node_modules/leaf']),
  },
}

for (const by of [npmHere, npm12])
  for (const [name, { code, dependencies, damage, also, options, until }] of Object.entries(cases)) {
    if (until === by.name) continue
    test(`a lock file ${name}: what ${code} says repairs it with ${by.name}`, { skip: by.skip }, async () => {
      await withNpm(async (npm) => {
        publishAll(npm, packages)
        const project: Project = {
          npm,
          manifest: (wanted) => npm.write({ 'package.json': { name: 'app', dependencies: wanted } }),
          edit: (change) => {
            const lock: Lock = JSON.parse(readFileSync(join(npm.home, 'package-lock.json'), 'utf8'))
            change(lock)
            npm.write({ 'package-lock.json': lock })
          },
          run: (...args) => runNpm(npm, args, by),
          remove: (...names) => remove(npm, names),
        }
        const work = () => built(npm.set(options).modules, npm.shop())
        await lockWithNpm(npm, { 'package.json': { name: 'app', dependencies } }, by)
        await damage(project)
        const { message } = await refused(code, work())
        const command = /`npm ([^`]+)`/.exec(message)?.[1] ?? assert.fail(message)
        await also?.(project)
        await project.run(...command.split(' '), '--ignore-scripts')
        await work()
      })
    })
  }

test('a lock file without hashes: `slipway lock` records them, and --frozen has what it needs', {
  skip: npmHere.skip,
}, async () => {
  await withNpm(async (npm) => {
    publishAll(npm, packages)
    await lockWithNpm(npm, { 'package.json': { name: 'app', dependencies: { user: '1' } } })
    const lock: Lock = JSON.parse(readFileSync(join(npm.home, 'package-lock.json'), 'utf8'))
    for (const entry of Object.values(lock.packages)) delete entry.integrity
    npm.write({
      'package-lock.json': lock,
      'image.ts': `import { node } from 'slipway'\nexport default node({ runtime: 'base' }).modules\n`,
    })
    const command = (...words: readonly string[]) => slipway(words, { cwd: npm.home, env: { HOME: npm.user } })
    const { status, stderr } = await command('build', 'image.ts', '--frozen')
    assert.equal(status, 1)
    assert.match(stderr, /has no SHA-512 for leaf 1\.0\.0.*Run `slipway lock FILE`.*\[npm\.integrity-missing\]/s)
    assert.equal((await command('lock', 'image.ts')).status, 0)
    assert.equal((await command('build', 'image.ts', '--frozen')).status, 0)
  })
})

test('a package of a repository: packed, and named by its file, it is part of the image', {
  skip: npmHere.skip,
}, async () => {
  await withNpm(async (npm) => {
    const git = 'git+https://git.example/lib.git'
    npm.lock(
      { name: 'app', dependencies: { lib: git } },
      { 'node_modules/lib': { version: '1.0.0', resolved: `${git}#0123` } },
    )
    const work = () => built(npm.set().modules, npm.shop())
    const { message } = await refused('npm.unsupported-source', work())
    assert.match(message, /Run `npm pack` there, and depend on the `\.tgz` file that it makes/)
    npm.write({ 'vendor/lib/package.json': { name: 'lib', version: '1.0.0' }, 'vendor/lib/index.js': '' })
    await run('npm', ['pack', '--ignore-scripts'], { cwd: join(npm.home, 'vendor/lib') })
    npm.write({ 'package.json': { name: 'app', dependencies: { lib: 'file:vendor/lib/lib-1.0.0.tgz' } } })
    await runNpm(npm, ['install', '--package-lock-only'])
    await work()
  })
})
