/** The tree of an npm lock file in images: which packages, where, and with which links. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Package, Workshop } from '../../src/source/package.ts'
import { type ImageView, viewOf } from '../support/image-view.ts'
import { locked, pack, withNpm } from '../support/npm-project.ts'
import { built } from '../support/workshop.ts'

async function viewed(made: Package, shop: Workshop): Promise<ImageView> {
  return viewOf(shop.store.physical((await built(made, shop)).path))
}

const [a, b] = [
  pack({ name: 'a', dependencies: { b: '^1.0.0' } }, { 'index.js': 'a' }),
  pack({ name: 'b', bin: { b: 'cli.js' } }, { 'cli.js': '#!/usr/bin/env node\n' }),
]

test('npm tree: packages are real files where the lock file has them, with links to their commands', async () => {
  await withNpm(
    async ({ registry, lock, set, shop, write }) => {
      lock(
        { name: 'app', dependencies: { a: '^1.0.0' } },
        { 'node_modules/a': locked(a, registry), 'node_modules/b': locked(b, registry) },
      )
      write({ 'server.js': 'start()', '.npmrc': 'secret', '.env.local': 'secret' })
      const { app, dockerTools } = set()
      const image = dockerTools.buildLayeredImage({ name: 'app', contents: [app], compressor: 'none' })
      const { files } = await viewed(image, shop())
      const shown = [...files]
        .filter(([, what]) => !what.startsWith('directory'))
        .map(([path, what]) => [path, what.replace(/\{.*/s, '{')])
      assert.deepEqual(Object.fromEntries(shown), {
        'app/node_modules/.bin/b': 'symlink 777 0:0 ../b/cli.js',
        'app/node_modules/a/index.js': 'file 644 0:0 a',
        'app/node_modules/a/package.json': 'file 644 0:0 {',
        'app/node_modules/b/cli.js': 'file 755 0:0 #!/usr/bin/env node\n',
        'app/node_modules/b/package.json': 'file 644 0:0 {',
        'app/package-lock.json': 'file 644 0:0 {',
        'app/package.json': 'file 644 0:0 {',
        'app/server.js': 'file 644 0:0 start()',
      })
    },
    [a, b],
  )
})

/** Files of an image below a directory, without directories and package.json files. */
function below({ files }: ImageView, directory: string): readonly string[] {
  return [...files]
    .filter(
      ([path, what]) => path.startsWith(directory) && !what.startsWith('directory') && !path.endsWith('/package.json'),
    )
    .map(([path, what]) => `${path} ${what}`)
}

const [one, two, user] = [
  pack({ name: 'dep', version: '1.0.0' }, { 'index.js': 'dep 1' }),
  pack({ name: 'dep', version: '2.0.0' }, { 'index.js': 'dep 2' }),
  pack({ name: 'user', dependencies: { dep: '2' } }, { 'index.js': 'user' }),
]

test('npm tree: a single package comes with what it needs, and at the lock file’s places', async () => {
  await withNpm(
    async ({ registry, lock, set, shop }) => {
      lock(
        { name: 'app', dependencies: { dep: '1', user: '1', a: '1' } },
        {
          'node_modules/a': locked(a, registry),
          'node_modules/b': locked(b, registry),
          'node_modules/dep': locked(one, registry),
          'node_modules/user': locked(user, registry),
          'node_modules/user/node_modules/dep': locked(two, registry),
        },
      )
      const { pkgs, dockerTools } = set({ place: '/srv/www' })
      const imageOf = (...contents: readonly Package[]) =>
        dockerTools.buildLayeredImage({ name: 'i', contents, compressor: 'none' })
      assert.deepEqual(below(await viewed(imageOf(pkgs('user')), shop()), 'srv/www'), [
        'srv/www/node_modules/user/index.js file 644 0:0 user',
        'srv/www/node_modules/user/node_modules/dep/index.js file 644 0:0 dep 2',
      ])
      assert.deepEqual(below(await viewed(imageOf(pkgs('dep')), shop()), 'srv/www'), [
        'srv/www/node_modules/dep/index.js file 644 0:0 dep 1',
      ])
      assert.deepEqual(below(await viewed(imageOf(pkgs('dep@2.0.0')), shop()), 'srv/www'), [
        'srv/www/node_modules/user/node_modules/dep/index.js file 644 0:0 dep 2',
      ])
      const named = dockerTools.buildLayeredImage({
        ...{ name: 'i', contents: [], compressor: 'none' },
        config: { Cmd: [`${pkgs('a')}/index.js`] },
      })
      const { files, config } = await viewed(named, shop())
      const command = String([config.config?.Cmd].flat()[0])
      assert.equal(files.get(command.slice(1).replace('/index.js', '')), 'symlink 777 0:0 /srv/www/node_modules/a')
      assert.equal(files.get('srv/www/node_modules/.bin/b'), 'symlink 777 0:0 ../b/cli.js')
    },
    [a, b, one, two, user],
  )
})

test('npm tree: one tarball at two places is one object, and each place has its files', async () => {
  await withNpm(
    async ({ registry, lock, set, shop }) => {
      const places = ['node_modules/dep', 'node_modules/user/node_modules/dep', 'node_modules/alias']
      lock(
        { name: 'app', dependencies: { dep: '2', user: '1' } },
        {
          ...Object.fromEntries(places.map((place) => [place, locked(two, registry, { name: 'dep' })])),
          'node_modules/user': locked(user, registry),
        },
      )
      const image = set().dockerTools.buildLayeredImage({ name: 'i', contents: [set().modules], compressor: 'none' })
      const { files } = await viewed(image, shop())
      for (const place of places) assert.equal(files.get(`app/${place}/index.js`), 'file 644 0:0 dep 2')
      assert.equal(registry.asked.length, 2)
    },
    [two, user],
  )
})

test('npm tree: a package that fills a place inside another one’s vendored node_modules replaces what was there', async () => {
  const vendoring = pack(
    { name: 'user', dependencies: { dep: '2' } },
    { 'node_modules/dep/old.js': 'vendored', 'node_modules/other/x.js': 'x' },
  )
  await withNpm(
    async ({ registry, lock, set, shop }) => {
      lock(
        { name: 'app' },
        {
          'node_modules/user': locked(vendoring, registry),
          'node_modules/user/node_modules/dep': locked(two, registry),
        },
      )
      const image = set().dockerTools.buildLayeredImage({ name: 'i', contents: [set().modules], compressor: 'none' })
      assert.deepEqual(below(await viewed(image, shop()), 'app/node_modules/user/'), [
        'app/node_modules/user/node_modules/dep/index.js file 644 0:0 dep 2',
        'app/node_modules/user/node_modules/other/x.js file 644 0:0 x',
      ])
    },
    [two, vendoring],
  )
})

const native = ['x64', 'arm64'].map((cpu) => pack({ name: `@n/${cpu}`, os: ['linux'], cpu: [cpu] }, { 'n.node': cpu }))

test('npm tree: images for two architectures differ in packages for one of them alone', async () => {
  await withNpm(
    async ({ registry, lock, set, shop }) => {
      const platforms = native.map(
        (each) => [`node_modules/${each.name}`, locked(each, registry, { optional: true })] as const,
      )
      lock({ name: 'app' }, { 'node_modules/dep': locked(one, registry), ...Object.fromEntries(platforms) })
      const views = new Map<string, ImageView>()
      for (const architecture of ['amd64', 'arm64'] as const) {
        const { dockerTools, modules } = set({ architecture })
        const image = dockerTools.buildLayeredImage({ name: 'i', tag: '1', contents: [modules], compressor: 'none' })
        views.set(architecture, await viewed(image, shop()))
      }
      const [amd64, arm64] = ['amd64', 'arm64'].map((each) => views.get(each))
      assert.ok(amd64 !== undefined && arm64 !== undefined)
      assert.equal(amd64.config.architecture, 'amd64')
      assert.equal(arm64.config.architecture, 'arm64')
      assert.deepEqual(below(amd64, 'app'), [
        'app/node_modules/@n/x64/n.node file 644 0:0 x64',
        'app/node_modules/dep/index.js file 644 0:0 dep 1',
      ])
      assert.deepEqual(below(arm64, 'app'), [
        'app/node_modules/@n/arm64/n.node file 644 0:0 arm64',
        'app/node_modules/dep/index.js file 644 0:0 dep 1',
      ])
      assert.equal(arm64.diffIds.filter((diffId) => !amd64.diffIds.includes(diffId)).length, 1)
    },
    [one, ...native],
  )
})

test('npm tree: the same bytes from another registry, directory, store, and lock file of another npm', async () => {
  const digests: string[] = []
  for (const lockfileVersion of [2, 3])
    await withNpm(
      async ({ registry, write, set, shop }) => {
        const packages = {
          'node_modules/dep': locked(one, registry),
          'node_modules/a': locked(a, registry),
          'node_modules/b': locked(b, registry),
        }
        const entries = Object.entries(packages)
        const order = lockfileVersion === 2 ? entries : entries.reverse()
        write({
          'package.json': { name: 'app' },
          'package-lock.json': { lockfileVersion, packages: { '': { name: 'app' }, ...Object.fromEntries(order) } },
        })
        const { dockerTools, modules } = set()
        const image = dockerTools.buildLayeredImage({
          name: 'i',
          contents: [modules],
          layering: 'auto',
          compressor: 'none',
        })
        const { path } = await built(image, shop())
        digests.push(path, shop().store.info(path)?.narHash ?? '')
      },
      [a, b, one],
    )
  assert.deepEqual(digests.slice(0, 2), digests.slice(2))
})

test('npm tree: two projects in one image share their packages, each at its own place', async () => {
  await withNpm(
    async ({ registry, write, set, shop, home }) => {
      for (const name of ['orders', 'users'])
        write({
          [`${name}/package.json`]: { name, dependencies: { dep: '1' } },
          [`${name}/server.js`]: name,
          [`${name}/package-lock.json`]: {
            lockfileVersion: 3,
            packages: { '': { name, dependencies: { dep: '1' } }, 'node_modules/dep': locked(one, registry) },
          },
        })
      const sets = ['orders', 'users'].map((name) => set({ directory: `${home}/${name}`, place: `/srv/${name}` }))
      const [first] = sets
      assert.ok(first !== undefined)
      const image = first.dockerTools.buildLayeredImage({
        name: 'i',
        contents: sets.map(({ app }) => app),
        compressor: 'none',
      })
      const { files } = await viewed(image, shop())
      for (const name of ['orders', 'users']) {
        assert.equal(files.get(`srv/${name}/node_modules/dep/index.js`), 'file 644 0:0 dep 1')
        assert.equal(files.get(`srv/${name}/server.js`), `file 644 0:0 ${name}`)
      }
      assert.equal(registry.asked.length, 1)
    },
    [one],
  )
})

test('npm tree: single packages of several sets, and of one set under two names, are at each place that was named', async () => {
  await withNpm(
    async ({ registry, write, set, shop, home }) => {
      const deps = { orders: { dep: '1', user: '1', old: 'npm:dep@1' }, users: { dep: '2', user: '1' } }
      const places = {
        orders: {
          'node_modules/dep': locked(one, registry),
          'node_modules/old': locked(one, registry, { name: 'dep' }),
          'node_modules/user': locked(user, registry),
          'node_modules/user/node_modules/dep': locked(two, registry),
        },
        users: { 'node_modules/dep': locked(two, registry), 'node_modules/user': locked(user, registry) },
      }
      for (const name of ['orders', 'users'] as const) {
        const manifest = { name, dependencies: deps[name] }
        write({
          [`${name}/package.json`]: manifest,
          [`${name}/package-lock.json`]: { lockfileVersion: 3, packages: { '': manifest, ...places[name] } },
        })
      }
      const setOf = (name: string) => set({ directory: `${home}/${name}`, place: `/srv/${name}` })
      const [orders, users] = [setOf('orders'), setOf('users')]
      const filesWith = async (...contents: readonly Package[]): Promise<readonly string[]> => {
        const image = orders.dockerTools.buildLayeredImage({ name: 'i', contents, compressor: 'none' })
        const files = below(await viewed(image, shop()), 'srv')
        return files.flatMap((each) => /^srv\/(.*index\.js)/.exec(each)?.[1] ?? [])
      }
      const inOrders = ['orders/node_modules/user/index.js', 'orders/node_modules/user/node_modules/dep/index.js']
      const inUsers = ['users/node_modules/dep/index.js', 'users/node_modules/user/index.js']
      assert.deepEqual(await filesWith(orders.pkgs('user'), users.pkgs('user')), [...inOrders, ...inUsers])
      assert.deepEqual(await filesWith(users.pkgs('user'), orders.pkgs('user')), [...inOrders, ...inUsers])
      assert.deepEqual(await filesWith(orders.pkgs('user')), inOrders)
      assert.deepEqual(await filesWith(orders.pkgs('old')), ['orders/node_modules/old/index.js'])
      assert.deepEqual(await filesWith(orders.pkgs('dep'), orders.pkgs('old'), users.modules), [
        'orders/node_modules/dep/index.js',
        'orders/node_modules/old/index.js',
        ...inUsers,
      ])
    },
    [one, two, user],
  )
})
