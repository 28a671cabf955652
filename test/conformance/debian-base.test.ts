/**
 * Debian packages over base images that have some: from the test's own archive, so that versions can come and go. The real dpkg-query
 * (Debian package dpkg) reads the resulting database.
 */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { type BuiltImage, build, debian, type Package, type PackageSet } from '../../src/index.ts'
import { directory, file, memoryTree, symlink } from '../../src/tree/memory.ts'
import { missing, run } from '../support/command.ts'
import { type FakeArchive, type FakePackage, serveArchive } from '../support/debian-archive.ts'
import { minimalRoot } from '../support/debian-packages.ts'
import { type ImageView, viewOf, writeBase } from '../support/image-view.ts'
import { temporaryFolder } from '../support/temporary.ts'

const folder = temporaryFolder()
const store = join(folder, 'store')
let archive: FakeArchive
before(async () => {
  archive = await serveArchive()
})
after(() => archive[Symbol.asyncDispose]())

let sets = 0
/** A set of the archive in its current state, with its own lock. */
async function published(
  packages: readonly FakePackage[],
  packageRecords: 'dpkg' | 'status.d' | 'none' = 'dpkg',
): Promise<PackageSet> {
  await archive.publish([...minimalRoot, ...packages])
  const home = join(folder, `set-${sets++}`)
  mkdirSync(home)
  writeFileSync(join(home, 'archive.asc'), archive.keyring)
  const { mirrors } = archive
  return debian({
    suite: 'bookworm',
    architecture: 'amd64',
    directory: home,
    mirrors,
    keyring: 'archive.asc',
    packageRecords,
  })
}

async function view(image: Package): Promise<ImageView> {
  return viewOf((await build(image, { store })).physical)
}

/** A base of packages, built while the archive still has them. */
async function baseOf(packages: readonly FakePackage[], records?: 'dpkg' | 'status.d' | 'none'): Promise<BuiltImage> {
  const { pkgs, dockerTools } = await published(packages, records)
  const image = dockerTools.buildImage({
    name: 'base',
    tag: '1',
    copyToRoot: packages.map(({ name }) => pkgs(name)),
    compressor: 'none',
  })
  await build(image, { store })
  return image
}

/** Packages of the archive in its current state over a base. */
async function over(
  fromImage: BuiltImage | string,
  packages: readonly FakePackage[],
  given: { readonly name?: string; readonly records?: 'dpkg' | 'status.d' | 'none' } = {},
): Promise<ImageView> {
  const { pkgs, dockerTools } = await published(packages, given.records)
  return view(
    dockerTools.buildLayeredImage({
      name: 'above',
      fromImage,
      contents: [pkgs(given.name ?? 'app')],
      compressor: 'none',
    }),
  )
}

/** `name version` of all packages, as dpkg-query reads the image's database. */
async function installed({ files }: ImageView): Promise<readonly string[]> {
  const admin = join(folder, `dpkg-${sets++}`)
  for (const [path, said] of files) {
    if (!path.startsWith('var/lib/dpkg/') || !said.startsWith('file ')) continue
    const at = join(admin, path.slice('var/lib/dpkg/'.length))
    mkdirSync(dirname(at), { recursive: true })
    writeFileSync(at, said.replace(/^file \d+ \d+:\d+ /, ''))
  }
  const format = `\${Package} \${Version} \${db:Status-Status}\n`
  return (await run('dpkg-query', ['--admindir', admin, '--show', '--showformat', format])).trimEnd().split('\n').sort()
}

const lib = (
  version: string,
  files: Readonly<Record<string, string>>,
  scripts: FakePackage['scripts'] = {},
): FakePackage => ({
  name: 'lib',
  version,
  files: Object.entries(files).map(([name, text]) => [`./usr/lib/${name}`, text]),
  scripts: {
    md5sums: Object.entries(files)
      .map(([name, text]) => `${hash('md5', text)}  usr/lib/${name}\n`)
      .join(''),
    ...scripts,
  },
})
const app = (depends = 'lib'): FakePackage => ({
  name: 'app',
  files: [['./usr/bin/app', 'app\n']],
  fields: { Depends: depends },
})
const dpkg = missing('dpkg-query')

for (const records of ['dpkg', 'status.d'] as const) {
  test(`debian base: the same version is not added again, and its record stays (${records})`, {
    skip: dpkg,
  }, async () => {
    const base = await baseOf([lib('1.0', { 'lib.so': 'one\n' })], records)
    const above = await over(base, [lib('1.0', { 'lib.so': 'one\n' }), app()])
    for (const layer of above.layers.slice(1)) assert.ok(!layer.has('usr/lib/lib.so'))
    assert.equal(above.files.get('usr/bin/app'), 'file 644 0:0 app\n')
    assert.match(recorded(above, records, 'lib'), /^Version: 1\.0$/m)
    assert.match(recorded(above, records, 'app'), /^Version: 1\.0$/m)
    if (records === 'dpkg')
      assert.deepEqual(
        (await installed(above)).filter((line) => /^(app|lib) /.test(line)),
        ['app 1.0 installed', 'lib 1.0 installed'],
      )
  })

  test(`debian base: an older version is replaced, with its record, and its obsolete files are removed (${records})`, {
    skip: dpkg,
  }, async () => {
    const old = lib('1.0', { 'lib.so': 'one\n', 'old.so': 'old\n' }, { prerm: '#!/bin/sh\nexit 1\n' })
    const base = await baseOf([old, { name: 'other' }], records)
    const above = await over(base, [lib('2.0', { 'lib.so': 'two\n', 'new.so': 'new\n' }), app()])
    assert.equal(above.files.get('usr/lib/lib.so'), 'file 644 0:0 two\n')
    assert.equal(above.files.get('usr/lib/new.so'), 'file 644 0:0 new\n')
    assert.ok(!above.files.has('usr/lib/old.so'))
    assert.equal(above.layers.at(-1)?.get('usr/lib/old.so'), 'whiteout')
    assert.match(recorded(above, records, 'lib'), /^Version: 2\.0$/m)
    assert.match(recorded(above, records, 'other'), /^Version: 1\.0$/m)
    assert.ok(!above.files.has('var/lib/dpkg/info/lib.prerm'))
    if (records === 'dpkg')
      assert.deepEqual(
        (await installed(above)).filter((line) => /^(app|lib|other) /.test(line)),
        ['app 1.0 installed', 'lib 2.0 installed', 'other 1.0 installed'],
      )
  })
}

function recorded({ files }: ImageView, records: 'dpkg' | 'status.d', name: string): string {
  if (records === 'status.d') return files.get(`var/lib/dpkg/status.d/${name}`) ?? ''
  const paragraphs = (files.get('var/lib/dpkg/status') ?? '').replace(/^file \d+ \d+:\d+ /, '').split('\n\n')
  const found = paragraphs.filter((each) => each.split('\n').includes(`Package: ${name}`))
  assert.equal(found.length, 1, `${name} is recorded ${found.length} times`)
  return found[0] ?? ''
}

test('debian base: the base determines how packages are recorded, whatever the set’s option', async () => {
  const dpkgBase = await baseOf([lib('1.0', {})], 'dpkg')
  const above = await over(dpkgBase, [lib('1.0', {}), app()], { records: 'status.d' })
  assert.ok(![...above.files.keys()].some((path) => path.startsWith('var/lib/dpkg/status.d')))
  const plainBase = await baseOf([lib('1.0', {})], 'status.d')
  const other = await over(plainBase, [lib('1.0', {}), app()], { records: 'dpkg' })
  assert.ok(!other.files.has('var/lib/dpkg/status') && other.files.has('var/lib/dpkg/status.d/app'))
})

test('debian base: a newer version stays if every relation accepts it, otherwise the error names both', async () => {
  const base = await baseOf([lib('3.0', { 'lib.so': 'three\n' })])
  const kept = await over(base, [lib('2.0', { 'lib.so': 'two\n' }), app('lib (>= 1.0)')])
  assert.equal(kept.files.get('usr/lib/lib.so'), 'file 644 0:0 three\n')
  assert.match(recorded(kept, 'dpkg', 'lib'), /^Version: 3\.0$/m)
  await assert.rejects(over(base, [lib('2.0', { 'lib.so': 'two\n' }), app('lib (<< 3.0)')]), {
    code: 'debian.base-newer',
    message: /lib 3\.0.*app 1\.0 needs lib \(<< 3\.0\)/s,
  })
})

test('debian base: users keep the base’s ids, and no other user gets them', async () => {
  const user = (name: string): FakePackage => ({
    name,
    scripts: { postinst: `#!/bin/sh\nadduser --system --group --home /var/lib/${name} ${name}\n` },
  })
  const at = join(folder, 'users.tar')
  await writeBase(at, {
    layers: [
      memoryTree({
        bin: symlink('usr/bin'),
        'usr/bin': directory(),
        'etc/passwd': file(
          'root:x:0:0:root:/root:/bin/bash\nsvc:x:150:151::/srv:/bin/false\njane:x:100:100::/home/jane:/bin/sh\n',
        ),
        'etc/group': file('root:x:0:\nsvc:x:151:\njane:x:100:\n'),
      }),
    ],
  })
  const { files } = await over(at, [user('svc'), user('one'), { name: 'app', fields: { Depends: 'svc, one' } }])
  const lines = (path: string): readonly string[] =>
    (files.get(path) ?? '').replace(/^file \d+ \d+:\d+ /, '').split('\n')
  const ids = (path: string): Readonly<Record<string, string | undefined>> =>
    Object.fromEntries(lines(path).map((line) => [line.split(':')[0] ?? '', line.split(':')[2]]))
  const [users, groups] = [ids('etc/passwd'), ids('etc/group')]
  assert.deepEqual([users.root, users.svc, users.jane], ['0', '150', '100'])
  assert.deepEqual([groups.svc, groups.jane], ['151', '100'])
  assert.ok(!['0', '100', '150', undefined].includes(users.one), `one has ${users.one}`)
  assert.equal(new Set(Object.values(users).filter(Boolean)).size, Object.values(users).filter(Boolean).length)
  assert.equal(files.get('var/lib/one'), `directory 755 ${users.one}:${groups.one}`)
  // adduser(8) leaves an existing system user alone, including its home directory.
  assert.equal(files.get('var/lib/svc'), undefined)
})

test('debian base: dpkg’s other records of the base are kept: diversions, overrides, alternatives', {
  skip: dpkg,
}, async () => {
  const own = await baseOf([lib('1.0', {})], 'dpkg')
  const { dockerTools } = await published([])
  const base = dockerTools.buildImage({
    name: 'tuned',
    fromImage: own,
    extraCommands: (root) => {
      root.write('/var/lib/dpkg/diversions', '/usr/bin/a\n/usr/bin/a.real\nother\n')
      root.write('/var/lib/dpkg/statoverride', 'root root 4755 /usr/bin/su\n')
      root.write('/var/lib/dpkg/arch', 'amd64\ni386\n')
      root.write('/var/lib/dpkg/alternatives/pager', 'auto\n/usr/bin/pager\n\n/usr/bin/less\n77\n\n')
    },
  })
  const { files } = await over(base, [lib('1.0', {}), app()])
  const text = (name: string): string | undefined =>
    files.get(`var/lib/dpkg/${name}`)?.replace(/^file \d+ \d+:\d+ /, '')
  assert.equal(text('diversions'), '/usr/bin/a\n/usr/bin/a.real\nother\n')
  assert.equal(text('statoverride'), 'root root 4755 /usr/bin/su\n')
  assert.equal(text('arch'), 'amd64\ni386\n')
  assert.match(text('alternatives/pager') ?? '', /usr\/bin\/less/)
})

test('debian base: a base whose /bin is a real directory keeps it, and packages follow its layout', async () => {
  const at = join(folder, 'unmerged.tar')
  await writeBase(at, {
    layers: [
      memoryTree({ 'bin/tool': file('base\n', { mode: 0o755 }), 'usr/bin': directory(), 'etc/motd': file('base\n') }),
    ],
  })
  const { files } = await over(at, [{ ...app(''), fields: {} }])
  assert.equal(files.get('bin/tool'), 'file 755 0:0 base\n')
  assert.equal(files.get('bin'), 'directory 755 0:0')
  assert.equal(files.get('usr/bin/app'), 'file 644 0:0 app\n')
})

test('debian base: copies with an owner leave Debian’s directories unchanged: /tmp stays 1777 and root’s', async () => {
  const { pkgs, dockerTools, writeTextDir } = await published([
    {
      name: 'app',
      files: [
        ['./usr/bin/app', 'app\n'],
        ['./usr/lib/app/x', ''],
      ],
    },
  ])
  const image = (uid: number): Package =>
    dockerTools.buildImage({
      name: 'owned',
      copyToRoot: [
        pkgs('app'),
        ...['tmp/own', 'var/tmp/own', 'root/own', 'bin/own', 'lib/app/own', 'etc/own', 'srv/app/own', 'app/own'].map(
          (at) => writeTextDir(at, 'own\n'),
        ),
      ],
      uid,
      gid: uid,
      compressor: 'none',
    })
  for (const uid of [0, 1000]) {
    const { files } = await view(image(uid))
    for (const at of ['tmp', 'var/tmp']) assert.equal(files.get(at), 'directory 1777 0:0')
    assert.equal(files.get('root'), 'directory 700 0:0')
    for (const at of ['usr/bin', 'usr/lib/app', 'etc', 'usr', 'srv', 'var'])
      assert.equal(files.get(at), 'directory 755 0:0', at)
    for (const at of ['app', 'srv/app']) assert.equal(files.get(at), `directory 755 ${uid}:${uid}`, at)
    for (const at of ['tmp/own', 'app/own']) assert.equal(files.get(at), `file 444 ${uid}:${uid} own\n`)
    assert.equal(files.get('usr/bin/app'), 'file 644 0:0 app\n')
  }
})
