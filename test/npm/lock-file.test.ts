/** npm lock files that are missing, old, out of date, damaged or tampered with: each is an error that says what to do. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readConf } from '../../src/assembly/read-conf.ts'
import type { Code } from '../../src/base/error.ts'
import type { NodeOptions } from '../../src/sets/node.ts'
import { locked, type NpmTest, type Packed, pack, sri, withNpm } from '../support/npm-project.ts'
import { refused } from '../support/refused.ts'
import { built } from '../support/workshop.ts'

const a = pack({ name: 'a', version: '1.0.0' }, { 'index.js': 'a' })
const frozen = { lock: { frozen: true, update: false } }

/** A project whose lock file, given the entry of `a`, must be refused. */
async function refusal(
  code: Code,
  project: { readonly manifest?: object; readonly packages: (of: NpmTest) => object; readonly options?: NodeOptions },
): Promise<string> {
  let message = ''
  await withNpm(
    async (npm) => {
      const manifest = { name: 'app', ...project.manifest }
      npm.lock(manifest, { ...project.packages(npm) })
      message = (await refused(code, built(npm.set(project.options).modules, npm.shop()))).message
    },
    [a],
  )
  return message
}

test('npm lock file: missing, old, and not one at all', async () => {
  await withNpm(async ({ set, shop, write }) => {
    const { modules } = set()
    assert.match((await refused('npm.lock-missing', built(modules, shop()))).message, /npm install --package-lock-only/)
    write({ 'package-lock.json': { lockfileVersion: 1, dependencies: {} } })
    await refused('npm.lock-old', built(modules, shop()))
    for (const text of ['{', '[]', '{"lockfileVersion":4,"packages":{}}', '{"lockfileVersion":3}']) {
      write({ 'package-lock.json': text })
      await refused('npm.lock-invalid', built(modules, shop()))
    }
    for (const place of [
      'node_modules/../../etc',
      '/etc',
      'node_modules/a/./b',
      'node_modules/a\\b',
      'node_modules/@a',
      'node_modules/.bin',
      'node_modules/a/b',
    ]) {
      write({ 'package-lock.json': { lockfileVersion: 3, packages: { '': {}, [place]: { version: '1.0.0' } } } })
      await refused('npm.lock-invalid', built(modules, shop()))
    }
    write({ 'package-lock.json': { lockfileVersion: 4, packages: { '': {} } } })
    const { message } = await refused('npm.lock-invalid', built(modules, shop()))
    assert.match(message, /lockfileVersion 4.*`npm install --package-lock-only --lockfile-version=3`/)
    write({ 'package-lock.json': { lockfileVersion: 3, packages: {} } })
    assert.match((await refused('npm.lock-invalid', built(modules, shop()))).message, /no entry for the project itself/)
  })
})

test('npm lock file: a hash that is cut off or of another kind, a version that leads elsewhere, a link to nothing', async () => {
  const fields = [
    [
      { integrity: a.integrity.slice(0, -20) },
      /"sha512-\S+" as the integrity, which is not a whole hash, for "node_modules\/a"/,
    ],
    [{ integrity: `sha1-${'A'.repeat(27)}= sha512-AAAA` }, /as the integrity/],
    [{ integrity: 'md5-CY9rzUYh03PK3k6DJie09g==' }, /"md5-\S+" as the integrity/],
    [{ integrity: 5 }, /has 5 as the integrity/],
    [{ version: '1/../../../b/-/b-1.0.0.tgz?' }, /as the version for "node_modules\/a"/],
    [{ link: true, resolved: undefined }, /a link to nothing for "node_modules\/a"/],
  ] as const
  for (const [more, fault] of fields) {
    const packages = ({ registry }: NpmTest) => ({ 'node_modules/a': locked(a, registry, more) })
    assert.match(await refusal('npm.lock-invalid', { packages }), fault)
  }
})

test('npm lock file: npm-shrinkwrap.json counts before package-lock.json', async () => {
  await withNpm(
    async ({ set, shop, write, registry }) => {
      const packages = { '': {}, 'node_modules/a': locked(a, registry) }
      write({ 'package.json': {}, 'package-lock.json': '{', 'npm-shrinkwrap.json': { lockfileVersion: 2, packages } })
      assert.equal((await built(set().pkgs('a'), shop())).name, 'a-1.0.0.tgz')
    },
    [a],
  )
})

test('npm lock file: dependencies of the project or of a workspace that are not those of package.json', async () => {
  await withNpm(
    async ({ set, shop, write, lock, registry }) => {
      lock({ name: 'app', dependencies: { a: '^1.0.0' } }, { 'node_modules/a': locked(a, registry) })
      await built(set().modules, shop())
      for (const dependencies of [{ a: '^1.1.0' }, {}, { a: '^1.0.0', b: '1' }]) {
        write({ 'package.json': { dependencies } })
        assert.match(
          (await refused('npm.lock-stale', built(set().modules, shop()))).message,
          /package\.json has .* in dependencies/,
        )
      }
      const workspace = { name: 'api', dependencies: { a: '^1.0.0' } }
      const links = { 'packages/api': workspace, 'node_modules/api': { resolved: 'packages/api', link: true } }
      lock({ name: 'app', workspaces: ['packages/*'] }, { ...links, 'node_modules/a': locked(a, registry) })
      write({ 'packages/api/package.json': { ...workspace, devDependencies: { b: '1' } } })
      assert.match(
        (await refused('npm.lock-stale', built(set().modules, shop()))).message,
        /packages\/api\/package\.json/,
      )
    },
    [a],
  )
})

test('npm lock file: an optional dependency is not a dependency as well', async () => {
  await withNpm(
    async ({ set, shop, write, registry }) => {
      const manifest = { dependencies: { a: '1' }, optionalDependencies: { a: '1' } }
      const packages = {
        '': { optionalDependencies: { a: '1' } },
        'node_modules/a': locked(a, registry, { optional: true }),
      }
      write({ 'package.json': manifest, 'package-lock.json': { lockfileVersion: 3, packages } })
      await built(set().modules, shop())
    },
    [a],
  )
})

test('npm lock file: a package that something needs is cut out', async () => {
  const needing = pack({ name: 'a', dependencies: { b: '^2.0.0' } })
  const message = await refusal('npm.lock-stale', {
    manifest: { dependencies: { a: '1' } },
    packages: ({ registry }) => ({ 'node_modules/a': locked(needing, registry) }),
  })
  assert.match(message, /a 1\.0\.0 needs b "\^2\.0\.0", which .*package-lock\.json lacks/)
})

test('npm lock file: a package with a shrinkwrap of its own needs the packages of that below it', async () => {
  const shrunk = pack({ name: 'shrunk', dependencies: { a: '^1.0.0' } })
  const entry = ({ registry }: NpmTest) => ({
    'node_modules/shrunk': locked(shrunk, registry, { hasShrinkwrap: true }),
  })
  const message = await refusal('npm.lock-stale', {
    packages: (npm) => ({ ...entry(npm), 'node_modules/a': locked(a, npm.registry) }),
  })
  assert.match(message, /shrunk 1\.0\.0 has a shrinkwrap of its own.*Run `npm install`/)
  await withNpm(
    async (npm) => {
      npm.lock({ name: 'app' }, { ...entry(npm), 'node_modules/shrunk/node_modules/a': locked(a, npm.registry) })
      await built(npm.set().modules, npm.shop())
    },
    [a, shrunk],
  )
})

test('npm lock file: without a SHA-512 it is recorded once in slipway.lock, and refused when that is frozen', async () => {
  await withNpm(
    async ({ set, shop, lock, registry, home }) => {
      for (const integrity of [undefined, sri(a.bytes, 'sha1')]) {
        rmSync(join(home, 'slipway.lock'), { force: true })
        lock({ name: 'app' }, { 'node_modules/a': locked(a, registry, { integrity }) })
        assert.match((await refused('npm.integrity-missing', built(set().modules, shop(frozen)))).message, /a 1\.0\.0/)
        const first = await built(set().modules, shop())
        assert.match(
          readFileSync(join(home, 'slipway.lock'), 'utf8'),
          /"npm package-lock\.json": \{\n {6}"packages": \{\n {8}"a@1\.0\.0": \{"size":\d+,"hash":"sha512:[0-9a-f]{128}","integrity":".*"\}\n/,
        )
        assert.equal((await built(set().modules, shop(frozen))).path, first.path)
      }
      assert.equal(registry.asked.length, 2, 'fetched once for each record')
    },
    [a],
  )
})

test('npm lock file: places of one package without a SHA-512 share a record, unless they may differ', async () => {
  const old = sri(a.bytes, 'sha1')
  const entries = ({ registry }: NpmTest, first: object, second: object) => ({
    'node_modules/a': locked(a, registry, { ...first }),
    'node_modules/b': locked(b, registry),
    'node_modules/b/node_modules/a': locked(a, registry, { ...second }),
  })
  const b = pack({ name: 'b', dependencies: { a: '1' } })
  await withNpm(
    async (npm) => {
      npm.lock({ name: 'app' }, entries(npm, { integrity: undefined, resolved: undefined }, { integrity: old }))
      await built(npm.set().modules, npm.shop())
      await built(npm.set().modules, npm.shop(frozen))
      assert.equal(npm.registry.asked.filter(({ path }) => path === a.path).length, 1)
    },
    [a, b],
  )
  for (const more of [
    { integrity: sri(b.bytes, 'sha1') },
    { integrity: undefined, resolved: 'http://x.example/a/a.tgz' },
  ]) {
    const first = { integrity: more.integrity && old }
    const message = await refusal('npm.lock-invalid', { packages: (npm) => entries(npm, first, more) })
    assert.match(
      message,
      /two packages a@1\.0\.0 without a SHA-512, node_modules\/a and node_modules\/b\/node_modules\/a/,
    )
  }
})

test('npm lock file: a tarball without a SHA-512 is written as it arrives, not held in memory', async () => {
  const random = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7919) % 251))
  const large = pack({ name: 'a' }, { random })
  const reused = Buffer.alloc(64)
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < large.bytes.length; at += reused.length) {
      const piece = large.bytes.subarray(at, at + reused.length)
      reused.set(piece)
      yield reused.subarray(0, piece.length)
    }
  }
  await withNpm(async ({ set, shop, lock, registry, home }) => {
    lock({ name: 'app' }, { 'node_modules/a': locked(large, registry, { integrity: sri(large.bytes, 'sha1') }) })
    await built(set().modules, shop({ fetch: pieces }))
    const hash = Buffer.from(large.integrity.slice('sha512-'.length), 'base64').toString('hex')
    assert.ok(readFileSync(join(home, 'slipway.lock'), 'utf8').includes(`"hash":"sha512:${hash}"`))
  })
})

test('npm lock file: without any hash, what cannot be unpacked is not recorded, and the next address is asked', async () => {
  await withNpm(
    async ({ set, shop, lock, registry, home, write }) => {
      const packages = (resolved?: string) => ({
        'node_modules/a': locked(a, registry, { integrity: undefined, resolved }),
      })
      registry.answer = (request, response) => {
        if (!request.url?.startsWith('/mirror/')) return false
        response.end('<html>log in</html>')
        return true
      }
      write({ '.npmrc': `registry=${registry.url.href}mirror/\n` })
      lock({ name: 'app' }, packages())
      const { message } = await refused('npm.tarball', built(set().modules, shop()))
      assert.match(message, /^a 1\.0\.0 \(node_modules\/a in .*from http:.*\/mirror\/a\/-\/a-1\.0\.0\.tgz\) cannot/)
      assert.ok(!existsSync(join(home, 'slipway.lock')))
      lock({ name: 'app' }, packages(new URL(a.path, registry.url).href))
      await built(set().modules, shop())
    },
    [a],
  )
})

test('npm lock file: a tarball that does not have the hash that is stated', async () => {
  const other = pack({ name: 'a', version: '1.0.0' }, { 'index.js': 'other' })
  for (const integrity of [other.integrity, sri(other.bytes, 'sha1')]) {
    const message = await refusal('npm.integrity', {
      packages: ({ registry }) => ({ 'node_modules/a': locked(a, registry, { integrity }) }),
    })
    assert.match(message, /a 1\.0\.0/)
  }
})

test('npm lock file: packages for another platform', async () => {
  const only = (packed: Packed, more: object) => ({
    packages: ({ registry }: NpmTest) => ({ 'node_modules/a': locked(packed, registry, { ...more }) }),
  })
  assert.match(
    await refusal('npm.platform', only(a, { os: ['darwin'] })),
    /a 1\.0\.0 is for darwin; the image is for linux, x64, glibc/,
  )
  await refusal('npm.platform', only(a, { cpu: ['!x64'] }))
  await refusal('npm.platform', only(a, { libc: ['musl'] }))
  await refusal('npm.platform', { ...only(a, { libc: ['glibc'] }), options: { libc: 'musl' } })
})

test('npm lock file: packages for another Node are noted, and refused where npm is set to be strict', async () => {
  await withNpm(
    async ({ set, shop, lock, write, registry }) => {
      lock({ name: 'app' }, { 'node_modules/a': locked(a, registry, { engines: { node: '>=99' } }) })
      const image = set({ runtime: set().pkgs('a') }).image({
        name: 'app',
        config: { Cmd: ['x'] },
        allowMissingCommand: true,
        compressor: 'none',
      })
      const { notes } = readConf(shop().store, (await built(image.stream.conf, shop())).path)
      assert.deepEqual(notes, ['a 1.0.0 wants Node >=99; the image has 1.0.0'])
      write({ '.npmrc': 'engine-strict=true' })
      await refused('npm.engine', built(image, shop()))
    },
    [a],
  )
})

test('npm lock file: the packages of a platform were lost', async () => {
  const native = pack({
    name: 'native',
    optionalDependencies: { '@n/darwin-arm64': '1', '@n/linux-x64': '1', '@n/linux-arm64': '1' },
  })
  const platform = (cpu: string, os = 'linux') => pack({ name: `@n/${os}-${cpu}`, os: [os], cpu: [cpu] })
  const packages = ({ registry }: NpmTest, ...of: readonly Packed[]) =>
    Object.fromEntries([
      ['node_modules/native', locked(native, registry)],
      ...of.map((each) => [`node_modules/${each.name}`, locked(each, registry, { optional: true })]),
    ])
  const message = await refusal('npm.platform-missing', {
    packages: (npm) => packages(npm, platform('arm64', 'darwin'), platform('x64')),
    options: { architecture: 'arm64' },
  })
  assert.match(message, /native 1\.0\.0 .*@n\/linux-arm64.* Remove node_modules and the lock file/)
  await refusal('npm.platform-missing', { packages: (npm) => packages(npm) })
  await withNpm(
    async (npm) => {
      npm.lock({ name: 'app' }, packages(npm, platform('x64')))
      await built(npm.set().modules, npm.shop())
    },
    [native, platform('x64')],
  )
})

test('npm lock file: links out of its directory, sources that are not tarballs, addresses of other packages', async () => {
  const message = await refusal('npm.link-outside', {
    packages: () => ({ '../lib': { name: 'lib' }, 'node_modules/lib': { resolved: '../lib', link: true } }),
  })
  assert.match(message, /node_modules\/lib to \.\.\/lib/)
  await refusal('npm.link-outside', {
    packages: ({ registry }) => ({ '../lib/node_modules/a': locked(a, registry) }),
  })
  for (const resolved of ['git+ssh://git@example.org/a.git#0123', 'file:../a', 'ftp://example.org/a.tgz'])
    await refusal('npm.unsupported-source', {
      packages: ({ registry }) => ({ 'node_modules/a': locked(a, registry, { resolved }) }),
    })
  const elsewhere = ({ registry }: NpmTest) => ({
    'node_modules/a': locked(a, registry, { resolved: new URL('/evil/-/evil-1.0.0.tgz', registry.url).href }),
  })
  assert.match(
    await refusal('npm.foreign-address', { packages: elsewhere }),
    /evil-1\.0\.0\.tgz, which is not an address of a/,
  )
})

test('npm lock file: without a hash, nothing is fetched from a source that is refused', async () => {
  await withNpm(
    async ({ set, shop, lock, home, registry }) => {
      const foreign = new URL('/evil/-/evil-1.0.0.tgz', registry.url).href
      for (const [resolved, code] of [
        ['git+ssh://git@example.org/a.git#0123', 'npm.unsupported-source'],
        [foreign, 'npm.foreign-address'],
      ] as const) {
        const entry = locked(a, registry, { resolved, integrity: undefined })
        lock({ name: 'app', dependencies: { a: '^1.0.0' } }, { 'node_modules/a': entry })
        await refused(code, built(set().modules, shop()))
      }
      assert.deepEqual(registry.asked, [])
      assert.equal(existsSync(join(home, 'slipway.lock')), false)
    },
    [{ ...a, path: '/evil/-/evil-1.0.0.tgz' }],
  )
})

test('npm lock file: what npm only found in node_modules is not fetched: packages that nothing needs, linked ones', async () => {
  await withNpm(async ({ set, shop, lock, registry }) => {
    const found = { version: '1.0.0', extraneous: true }
    lock(
      { name: 'app' },
      {
        '../other/node_modules/tool': found,
        'node_modules/tool': { resolved: '../other/node_modules/tool', link: true, extraneous: true },
        'node_modules/left': found,
      },
    )
    await built(set().modules, shop())
    assert.deepEqual(registry.asked, [])
  })
})

test('npm lock file: an address that package.json asks for, and a tarball of the project', async () => {
  await withNpm(async ({ set, shop, lock, write, registry }) => {
    const resolved = new URL('/any/file.tgz', registry.url).href
    registry.publish({ ...a, path: '/any/file.tgz' })
    lock(
      { name: 'app', dependencies: { a: resolved, b: 'file:vendor/b.tgz' } },
      {
        'node_modules/a': locked(a, registry, { resolved }),
        'node_modules/b': locked(a, registry, { name: 'b', resolved: 'file:vendor/b.tgz' }),
      },
    )
    write({ 'vendor/b.tgz': a.bytes })
    await built(set().modules, shop())
    assert.deepEqual(
      registry.asked.map(({ path }) => path),
      ['/any/file.tgz'],
    )
  }, [])
})

test('npm lock file: packages and workspaces that it lacks', async () => {
  await withNpm(async ({ set, shop, lock, registry }) => {
    lock({ name: 'app' }, { 'node_modules/a': locked(a, registry) })
    await refused('npm.package-unknown', built(set().pkgs('c'), shop()))
    await refused('npm.package-unknown', built(set().pkgs('a@2.0.0'), shop()))
    await refused('npm.workspace-unknown', built(set({ workspace: 'c' }).modules, shop()))
  })
})
