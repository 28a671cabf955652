/** Which of a project's own files are in its image, and where. */
import assert from 'node:assert/strict'
import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { NodeOptions } from '../../src/sets/node.ts'
import { viewOf } from '../support/image-view.ts'
import { type NpmTest, withNpm } from '../support/npm-project.ts'
import { refused } from '../support/refused.ts'
import { built } from '../support/workshop.ts'

/** Paths below the project's directory that an image has, without directories. */
async function filesOf({ set, shop }: NpmTest, options: NodeOptions = {}): Promise<readonly string[]> {
  const work = shop()
  const { app, dockerTools } = set(options)
  const image = await built(dockerTools.buildLayeredImage({ name: 'app', contents: [app], compressor: 'none' }), work)
  const { files } = await viewOf(work.store.physical(image.path))
  return [...files].flatMap(([path, what]) => (what.startsWith('directory') ? [] : [path.replace(/^app\//, '')])).sort()
}

const secrets = { '.npmrc': 'x', '.env': 'x', '.env.local': 'x', 'deep/.env.production': 'x', '.git/config': 'x' }
const installed = { 'node_modules/a/index.js': 'x', 'deep/node_modules/b/index.js': 'x' }

test('own code: everything but secrets, what is installed, and what .dockerignore names as Docker means it', () =>
  withNpm(async (of) => {
    of.lock({ name: 'app' }, {})
    of.write({
      ...secrets,
      ...installed,
      'a.js': '',
      'deep/b.js': '',
      'docs/x.md': '',
      'docs/keep.md': '',
      'slipway.lock': '{"format":1,"sets":{}}',
    })
    symlinkSync('/nix/store/x', join(of.home, 'result'))
    const files = [
      'a.js',
      'deep/b.js',
      'docs/keep.md',
      'docs/x.md',
      'package-lock.json',
      'package.json',
      'slipway.lock',
    ]
    assert.deepEqual(await filesOf(of), files)
    of.write({ '.dockerignore': 'docs\n!docs/keep.md\n*.lock\nb.js\n' })
    assert.deepEqual(await filesOf(of), ['.dockerignore', ...files.filter((file) => !/x\.md|slipway/.test(file))])
    assert.deepEqual(await filesOf(of, { ignore: ['b.js', '/a.js', '.dockerignore'] }), [
      'docs/keep.md',
      'package-lock.json',
      'package.json',
    ])
  }))

test('own code: `files` are exactly these with package.json, whatever .dockerignore says, but never secrets', () =>
  withNpm(async (of) => {
    of.lock({ name: 'app' }, {})
    of.write({
      ...secrets,
      ...installed,
      'dist/a.js': '',
      'dist/a.test.js': '',
      'dist/.env': '',
      'src/a.ts': '',
      '.dockerignore': 'dist\n',
    })
    assert.deepEqual(await filesOf(of, { files: ['dist', 'deep'] }), ['dist/a.js', 'dist/a.test.js', 'package.json'])
    assert.deepEqual(await filesOf(of, { files: ['dist'], ignore: ['*.test.js'] }), ['dist/a.js', 'package.json'])
    await refused('npm.file-missing', filesOf(of, { files: ['dist', 'public'] }))
    assert.deepEqual(await filesOf(of, { files: ['.'], ignore: ['*.lock'] }), [
      ...['.dockerignore', 'dist/a.js', 'dist/a.test.js', 'package-lock.json', 'package.json', 'src/a.ts'],
    ])
    const pattern = await refused('npm.file-missing', filesOf(of, { files: ['dist/*.js'] }))
    assert.match(pattern.message, /not patterns: name a directory, and use `ignore`/)
  }))

test('own code: a secret or a package that an option names is refused, and one in a generated directory is left out', () =>
  withNpm(async (of) => {
    of.lock({ name: 'app' }, {})
    of.write({ 'node_modules/.prisma/a.js': '', 'node_modules/.prisma/.env': 'x', '.env': 'x' })
    for (const path of ['.env', 'a/.env.local', '.npmrc', '.git/config', 'node_modules/a'])
      assert.throws(() => of.set({ files: [path] }), { code: 'argument.invalid', message: /files\[0\] must be a path/ })
    for (const path of ['.env', 'a/.npmrc', '.git'])
      assert.throws(() => of.set({ generated: [path] }), { code: 'argument.invalid', message: /which no image has/ })
    assert.deepEqual(await filesOf(of, { files: [], generated: ['node_modules/.prisma'] }), [
      'node_modules/.prisma/a.js',
      'package.json',
    ])
  }))

test('own code: a directory that a package depends on, or that is to run, is missing; other workspaces may be', () =>
  withNpm(async (of) => {
    const manifest = { name: 'mono', workspaces: ['api', 'docs'], dependencies: { lib: 'file:lib' } }
    const links = ['api', 'docs', 'lib'].map(
      (name) => [`node_modules/${name}`, { resolved: name, link: true }] as const,
    )
    of.lock(manifest, { api: {}, docs: {}, lib: {}, ...Object.fromEntries(links) })
    of.write({ 'lib/a.js': '' })
    assert.ok((await filesOf(of)).includes('lib/a.js'))
    const { message } = await refused('npm.file-missing', filesOf(of, { workspace: 'api' }))
    assert.match(message, /\/home\/api does not exist, and the npm lock file links to it\. Restore the directory/)
    rmSync(join(of.home, 'lib'), { recursive: true })
    assert.match((await refused('npm.file-missing', filesOf(of))).message, /\/home\/lib does not exist/)
  }))

test('own code: a directory that a package depends on must not be left out; another workspace may be', () =>
  withNpm(async (of) => {
    const links = ['api', 'lib'].map((name) => [`node_modules/${name}`, { resolved: name, link: true }] as const)
    const entries = { api: { dependencies: { lib: '*' } }, lib: {}, ...Object.fromEntries(links) }
    of.lock({ name: 'mono', workspaces: ['api', 'lib'] }, entries)
    of.write({
      'api/package.json': '{ "name": "api", "dependencies": { "lib": "*" } }',
      'lib/package.json': '{ "name": "lib" }',
      '.dockerignore': 'lib\n',
    })
    const { message } = await refused('npm.file-missing', filesOf(of))
    assert.match(message, /\/home\/lib\/package\.json is left out of the image.* Correct \.dockerignore or `ignore`/)
    of.write({ '.dockerignore': '' })
    await refused('npm.file-missing', filesOf(of, { ignore: ['lib'] }))
    assert.ok((await filesOf(of, { ignore: ['api'] })).includes('lib/package.json'))
  }))

test('own code: names outside ASCII, of files and of the directory that is to run', () =>
  withNpm(async (of) => {
    const workspace = 'dienste/größe'
    const link = { resolved: workspace, link: true }
    of.lock({ name: 'mono', workspaces: [workspace] }, { [workspace]: {}, 'node_modules/size': link })
    of.write({
      [`${workspace}/package.json`]: '{ "name": "size", "scripts": { "start": "node run" } }',
      [`${workspace}/läuft.js`]: '',
      [`${workspace}/run.js`]: '',
      [`${workspace}/müll.txt`]: '',
    })
    const options = { workspace, files: ['läuft.js', 'run.js'] }
    assert.deepEqual(await filesOf(of, options), [
      ...[`${workspace}/läuft.js`, `${workspace}/package.json`, `${workspace}/run.js`, 'node_modules/size'],
    ])
    const { image } = of.set(options)
    await built(image({ name: 'app', compressor: 'none' }), of.shop())
    const missing = await refused('npm.file-missing', filesOf(of, { workspace, files: ['fährt.js'] }))
    assert.match(missing.message, /fährt\.js does not exist/)
  }))

test('own code: a link among `files` needs what it leads to', () =>
  withNpm(async (of) => {
    of.lock({ name: 'app' }, {})
    of.write({ 'build/a.js': '' })
    symlinkSync('build', join(of.home, 'dist'))
    symlinkSync('/etc', join(of.home, 'etc'))
    symlinkSync('../..', join(of.home, 'out'))
    for (const file of ['dist', 'etc', 'out']) {
      const { message } = await refused('npm.file-missing', filesOf(of, { files: [file] }))
      assert.match(
        message,
        new RegExp(`/${file} is a link to .*, which the image does not have\\. Name that in \`files\``),
      )
    }
    assert.deepEqual(await filesOf(of, { files: ['dist', 'build'] }), ['build/a.js', 'dist', 'package.json'])
  }))

test('own code: what a build generated below node_modules is taken, even if .dockerignore names node_modules', () =>
  withNpm(async (of) => {
    of.lock({ name: 'app' }, {})
    of.write({
      ...installed,
      'node_modules/.prisma/client/index.js': '',
      '.dockerignore': 'node_modules\n.dockerignore',
    })
    assert.deepEqual(await filesOf(of, { generated: ['node_modules/.prisma'] }), [
      'node_modules/.prisma/client/index.js',
      'package-lock.json',
      'package.json',
    ])
    await refused('npm.file-missing', filesOf(of, { generated: ['node_modules/.other'] }))
  }))

test('own code: a workspace has its own files and those of the workspaces that it links to, at their places', () =>
  withNpm(async (of) => {
    of.write({
      'package.json': { name: 'mono', workspaces: ['apps/*', 'libs/*'] },
      'package-lock.json': {
        lockfileVersion: 3,
        packages: {
          '': { name: 'mono', workspaces: ['apps/*', 'libs/*'] },
          'apps/api': { name: 'api', version: '1.0.0', dependencies: { shared: '1.0.0' } },
          'apps/web': { name: 'web', version: '1.0.0' },
          'libs/shared': { name: 'shared', version: '1.0.0' },
          'node_modules/api': { resolved: 'apps/api', link: true },
          'node_modules/shared': { resolved: 'libs/shared', link: true },
          'node_modules/web': { resolved: 'apps/web', link: true },
        },
      },
      'apps/api/package.json': { name: 'api', version: '1.0.0', dependencies: { shared: '1.0.0' } },
      'apps/web/package.json': { name: 'web', version: '1.0.0' },
      'libs/shared/package.json': { name: 'shared', version: '1.0.0' },
      ...{
        'apps/api/a.js': '',
        'apps/api/a.test.js': '',
        'apps/web/w.js': '',
        'libs/shared/s.ts': '',
        'libs/shared/s.test.js': '',
      },
    })
    for (const directory of ['.', 'apps/api']) symlinkSync('/nix/store/x', join(of.home, directory, 'result'))
    const shared = ['libs/shared/package.json', 'libs/shared/s.test.js', 'libs/shared/s.ts', 'node_modules/shared']
    assert.deepEqual(
      (await filesOf(of, { workspace: 'apps/api', ignore: ['*.test.js'] })).filter(
        (file) => file !== 'node_modules/api',
      ),
      ['apps/api/a.js', 'apps/api/package.json', ...shared],
    )
    assert.deepEqual(
      (await filesOf(of, { workspace: 'api', files: ['a.js'] })).filter((file) => file !== 'node_modules/api'),
      ['apps/api/a.js', 'apps/api/package.json', ...shared],
    )
  }))
