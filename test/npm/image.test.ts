/** `image()` of a Node application: its config, its user, what it may write to. */
import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readConf } from '../../src/assembly/read-conf.ts'
import { isPlainObject } from '../../src/base/document.ts'
import { debian } from '../../src/sets/debian.ts'
import { type NodeImageArguments, type NodeOptions, node } from '../../src/sets/node.ts'
import type { Package } from '../../src/source/package.ts'
import { argumentOf, isPackage } from '../../src/source/placeholder.ts'
import { writeTextDir } from '../../src/source/text.ts'
import { type ImageView, viewOf } from '../support/image-view.ts'
import { locked, type NpmTest, pack, withNpm } from '../support/npm-project.ts'
import { refused } from '../support/refused.ts'
import { built } from '../support/workshop.ts'

async function imageOf(
  of: NpmTest,
  options: NodeOptions = {},
  given: Partial<NodeImageArguments> = {},
): Promise<ImageView> {
  const work = of.shop()
  const image = await built(
    of.set(options).image({ name: 'app', compressor: 'none', allowMissingCommand: true, ...given }),
    work,
  )
  return viewOf(work.store.physical(image.path))
}

const manifest = { name: 'app', scripts: { start: 'node src/server.ts --port 80' } }

test("image: config, command and user are an application's; what the description says wins", () =>
  withNpm(async (of) => {
    of.lock(manifest, {})
    of.write({ 'src/server.ts': '' })
    const { config } = await imageOf(of)
    assert.deepEqual(config.config, {
      Cmd: ['src/server.ts', '--port', '80'],
      Entrypoint: ['node'],
      Env: ['NODE_ENV=production'],
      User: '1000:1000',
      WorkingDir: '/app',
    })
    const own = {
      Cmd: ['b.js'],
      User: '0',
      Env: ['A=1', 'NODE_ENV=test'],
      ExposedPorts: { '80/tcp': {} },
      Healthcheck: { Test: ['NONE'] },
    }
    const { config: changed } = await imageOf(of, { place: '/srv/my app' }, { config: own })
    assert.deepEqual(changed.config, {
      ...own,
      Entrypoint: ['node'],
      Env: ['NODE_ENV=test', 'A=1'],
      WorkingDir: '/srv/my app',
    })
    const { config: wrapped } = await imageOf(of, {}, { config: { Entrypoint: ['/bin/wrapper'] } })
    assert.deepEqual([wrapped.config?.Entrypoint, wrapped.config?.Cmd], [['/bin/wrapper'], undefined])
  }))

test('image: Node uses source maps where maps of JavaScript are shipped', () =>
  withNpm(async (of) => {
    of.lock({ ...manifest, scripts: { start: 'node dist/a.js' } }, {})
    of.write({ 'dist/a.js': '', 'dist/style.css.map': '' })
    assert.deepEqual((await imageOf(of)).config.config?.Entrypoint, ['node'])
    of.write({ 'dist/a.js.map': '{}' })
    assert.deepEqual((await imageOf(of)).config.config?.Entrypoint, ['node', '--enable-source-maps'])
    assert.deepEqual((await imageOf(of, { ignore: ['*.map'] })).config.config?.Entrypoint, ['node'])
  }))

test('image: without a start script that node alone can run it is npm.start, unless a command is given', () =>
  withNpm(async (of) => {
    of.lock({ name: 'app', scripts: { start: 'next start' } }, {})
    await refused('npm.start', imageOf(of))
    assert.deepEqual((await imageOf(of, {}, { config: { Cmd: ['a.js'] } })).config.config?.Cmd, ['a.js'])
  }))

test('image: a start script whose file the image lacks is npm.start, as Node would find it', () =>
  withNpm(async (of) => {
    of.lock({ name: 'app', scripts: { start: 'node dist/server' } }, {})
    assert.match(
      (await refused('npm.start', imageOf(of))).message,
      /runs dist\/server, which does not exist\. Build the project/,
    )
    of.write({ 'dist/server.js': '', '.dockerignore': 'dist' })
    assert.match(
      (await refused('npm.start', imageOf(of))).message,
      /which is left out of the image\. Name it in `files`/,
    )
    assert.deepEqual((await imageOf(of, { files: ['dist'] })).config.config?.Cmd, ['dist/server'])
    assert.deepEqual((await imageOf(of, {}, { config: { Cmd: ['mounted.js'] } })).config.config?.Cmd, ['mounted.js'])
    for (const start of ['--conditions dev x.js', 'node_modules/next/bin.js', './dist', '.', '/srv/x.js']) {
      of.lock({ name: 'app', scripts: { start: `node ${start}` } }, {})
      assert.deepEqual((await imageOf(of)).config.config?.Cmd, start.split(' '))
    }
  }))

test('image: a start script whose options load what the image lacks is npm.start', () => {
  const hooks = pack({ name: 'a' })
  return withNpm(
    async (of) => {
      const started = async (start: string): Promise<unknown> => {
        of.lock(
          { name: 'app', dependencies: { a: '1' }, scripts: { start: `node ${start}` } },
          { 'node_modules/a': locked(hooks, of.registry) },
        )
        return (await imageOf(of)).config.config?.Cmd
      }
      of.write({ 'x.js': '', 'hooks.js': '', '.env': 'A=1', 'conf/all.env': '' })
      for (const start of ['--env-file=.env x.js', '--no-warnings --env-file .env.local x.js'])
        assert.match(
          (await refused('npm.start', started(start))).message,
          /has Node load \.env(\.local)?, which no image has\. Give the container its variables/,
        )
      for (const start of ['--import tsx x.js', '-r dotenv/config x.js', '--import=@team/hooks/register x.js'])
        assert.match(
          (await refused('npm.start', started(start))).message,
          /which is not among the image's packages\. Move (tsx|dotenv|@team\/hooks) to `dependencies`/,
        )
      assert.match(
        (await refused('npm.start', started('--import ./no.js x.js'))).message,
        /load \.\/no\.js, which does not/,
      )
      assert.match(
        (await refused('npm.start', started('--enable-source-maps y.js'))).message,
        /runs y\.js, which does not/,
      )
      for (const start of [
        '--env-file-if-exists=.env x.js',
        '--env-file=conf/all.env --require ./hooks x.js',
        '--import a/register --max-old-space-size=99 -r app/self -r node:fs --import "#own" x.js',
      ])
        assert.deepEqual(await started(start), start.replaceAll('"', '').split(' '))
    },
    [hooks],
  )
})

test('image: after `override` the command, the certificates and the contents are those of the new arguments', () =>
  withNpm(async (of) => {
    of.lock({ name: 'app', scripts: { start: 'next start' } }, {})
    const image = of.set().image({ name: 'app', compressor: 'none', allowMissingCommand: true })
    const work = of.shop()
    const configOf = async (made: Package): Promise<unknown> =>
      (await viewOf(work.store.physical((await built(made, work)).path))).config.config
    const expected = { Entrypoint: ['node'], Env: ['NODE_ENV=production'], User: '1000:1000', WorkingDir: '/app' }
    const withCommand = image.override({ config: { Cmd: ['a.js'] } })
    assert.deepEqual(await configOf(withCommand), { ...expected, Cmd: ['a.js'] })
    assert.deepEqual(await configOf(withCommand.stream.archive), { ...expected, Cmd: ['a.js'] })
    const again = withCommand.override(({ config }) => ({ config: { ...config, Env: ['A=1'] }, contents: [] }))
    assert.deepEqual(await configOf(again), { ...expected, Cmd: ['a.js'], Env: ['NODE_ENV=production', 'A=1'] })
    await refused('npm.start', built(withCommand.override({ config: {} }), work))
    assert.deepEqual(Object.keys(image.buildArgs), ['name', 'compressor', 'allowMissingCommand'])
  }))

test('image: a directory between two writable ones is writable, too', () =>
  withNpm(async (of) => {
    of.lock(manifest, {})
    of.write({ 'src/server.ts': '' })
    const { files } = await imageOf(of, { writable: ['data', 'data/a/b', 'tmp/a'] })
    const owners = ['data', 'data/a', 'data/a/b', 'tmp', 'tmp/a'].map((each) => files.get(`app/${each}`)?.split(' ')[2])
    assert.deepEqual(owners, ['1000:1000', '1000:1000', '1000:1000', '0:0', '1000:1000'])
  }))

test('image: a writable path that is a file or a link is npm.writable', () =>
  withNpm(async (of) => {
    of.lock(manifest, {})
    of.write({ 'src/server.ts': '', 'data.db': '' })
    symlinkSync('src', join(of.home, 'link'))
    for (const [writable, what] of [
      ['data.db', /data\.db is a file, .* Name directories/],
      ['data.db/x', /data\.db is a file/],
      ['link/x', /link is a link, and writable of node\(\) has link\/x/],
    ] as const)
      assert.match((await refused('npm.writable', imageOf(of, { writable: [writable] }))).message, what)
  }))

test('image: the account node owns what may be written to, with what is in it, and nothing else', () =>
  withNpm(async (of) => {
    of.lock(manifest, {})
    of.write({ 'src/server.ts': '', 'data/seed.json': '{}', 'data-2/x': '' })
    const passwd = writeTextDir('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n')
    const { files } = await imageOf(of, { writable: ['data', '.next/cache'] }, { contents: [passwd] })
    const owners = [...files]
      .filter(([path]) => /^(app|home|etc)\b/.test(path))
      .map(([path, what]) => [path, what.split(' ').slice(0, 3).join(' ')])
    assert.deepEqual(Object.fromEntries(owners), {
      app: 'directory 755 0:0',
      'app/.next': 'directory 755 0:0',
      'app/.next/cache': 'directory 755 1000:1000',
      'app/data': 'directory 755 1000:1000',
      'app/data-2': 'directory 755 0:0',
      'app/data-2/x': 'file 644 0:0',
      'app/data/seed.json': 'file 644 1000:1000',
      'app/node_modules': 'directory 755 0:0',
      'app/package-lock.json': 'file 644 0:0',
      'app/package.json': 'file 644 0:0',
      'app/src': 'directory 755 0:0',
      'app/src/server.ts': 'file 644 0:0',
      etc: 'directory 755 0:0',
      'etc/group': 'file 644 0:0',
      'etc/passwd': 'file 644 0:0',
      home: 'directory 755 0:0',
      'home/node': 'directory 755 1000:1000',
    })
    assert.match(files.get('etc/passwd') ?? '', /root:x:0:0:root:\/root:\/bin\/sh\nnode:x:1000:1000:node:\/home\/node:/)
  }))

test('image: a workspace runs in its own directory', () =>
  withNpm(async (of) => {
    const api = { name: 'api', version: '1.0.0', scripts: { start: 'node a.ts' } }
    of.write({ 'apps/api/package.json': api, 'apps/api/a.ts': '' })
    of.lock(
      { name: 'mono', workspaces: ['apps/*'] },
      { 'apps/api': { name: 'api', version: '1.0.0' }, 'node_modules/api': { resolved: 'apps/api', link: true } },
    )
    const { config, files } = await imageOf(of, { workspace: 'api', writable: ['tmp'] })
    assert.equal(config.config?.WorkingDir, '/app/apps/api')
    assert.equal(files.get('app/apps/api/tmp'), 'directory 755 1000:1000')
  }))

test('image: after an edit of an own file only the last layer is another one', () =>
  withNpm(async (of) => {
    of.lock(manifest, {})
    of.write({ 'src/server.ts': 'a' })
    const before = await imageOf(of)
    of.write({ 'src/server.ts': 'b' })
    const after = await imageOf(of)
    assert.deepEqual(after.diffIds.slice(0, -1), before.diffIds.slice(0, -1))
    assert.notEqual(after.diffIds.at(-1), before.diffIds.at(-1))
  }))

test('image: certificates among the contents are named in an environment variable of Node; `init` adds tini', () => {
  const on = debian({ suite: 'bookworm', directory: '/' })
  const { image } = node({ directory: '/', on, init: true })
  const conf = argumentOf(
    image({ name: 'app', contents: [on.dockerTools.caCertificates], config: { Env: ['A=1'] } }),
    'conf',
  )
  assert.ok(isPackage(conf))
  const described: unknown = argumentOf(conf, 'image')
  assert.ok(isPlainObject(described) && isPlainObject(described.config) && Array.isArray(described.contents))
  assert.deepEqual(described.config.Env, ['NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt', 'A=1'])
  assert.deepEqual(
    described.contents.map((each) => String(each.name)),
    ['node', 'tini', 'node-app', 'ca-certificates-bundle'],
  )
  assert.throws(() => node({ directory: '/', init: true }).image({ name: 'app' }), { code: 'argument.invalid' })
})

test('image: the application alone, in contents of any image, brings no config', () =>
  withNpm(async (of) => {
    of.lock(manifest, {})
    const { app, dockerTools } = of.set()
    const work = of.shop()
    const image = await built(dockerTools.buildLayeredImage({ name: 'x', contents: [app], compressor: 'none' }), work)
    const { config, files } = await viewOf(work.store.physical(image.path))
    assert.deepEqual(config.config, {})
    assert.equal(files.has('etc/passwd'), false)
    assert.equal(files.has('app/package.json'), true)
  }))

test('image: a command of an npm package needs its interpreter; Node knows time zones itself', () => {
  const tool = pack({ name: 'tool', bin: { tool: 'cli.js' } }, { 'cli.js': '#!/usr/bin/env node\n' })
  return withNpm(
    async (of) => {
      of.lock({ name: 'app', scripts: { start: 'node a.js' } }, { 'node_modules/tool': locked(tool, of.registry) })
      const set = of.set()
      const { conf } = set.dockerTools.buildLayeredImage({
        name: 'tool',
        contents: [set.pkgs('tool')],
        config: { Cmd: ['/app/node_modules/.bin/tool'], Env: ['TZ=Europe/Berlin'] },
        compressor: 'none',
      }).stream
      const { notes } = readConf(of.shop().store, (await built(conf, of.shop())).path)
      assert.deepEqual(notes, [
        '/app/node_modules/.bin/tool starts with "#!/usr/bin/env node", but the image has no /usr/bin/env: add the package that has it',
      ])
    },
    [tool],
  )
})
