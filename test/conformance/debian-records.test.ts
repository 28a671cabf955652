/**
 * Records of installed packages, and excluded files: scanners' records in each package's own layer, dpkg's own database, which dpkg itself
 * accepts, or none; no documentation, but every copyright file; and the size of each package.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build, type DebianOptions, debian, inspect, type LayeredImage } from '../../src/index.ts'
import { missing, run } from '../support/command.ts'
import { noDocker } from '../support/dockerd.ts'
import { programImage, programs } from '../support/programs.ts'

const { folder, inside, load, store } = programs()

function image(options: Partial<DebianOptions>, names: readonly string[], maxLayers: number = 50): LayeredImage {
  const set = debian({ suite: 'bookworm', directory: folder, ...options })
  return programImage(set, 'recorded', { contents: names.map((name) => set.pkgs(name)), maxLayers })
}

/** All files of an image, with their sizes. */
async function files(made: LayeredImage): Promise<ReadonlyMap<string, number>> {
  const { dockerTools } = debian({ suite: 'bookworm', directory: folder })
  const { physical } = await build(dockerTools.exportImage({ fromImage: made }), { store })
  const listed = await run('tar', ['--list', '--verbose', '--numeric-owner', '-f', physical])
  return new Map(
    listed.split('\n').flatMap((line) => {
      const [, size, name] = /^-\S+ \S+ +(\d+) \S+ \S+ (?:\.\/)?(.*)$/.exec(line) ?? []
      return name === undefined ? [] : [[name, Number(size)] as const]
    }),
  )
}

const names = (all: ReadonlyMap<string, number>, rule: RegExp): readonly string[] =>
  [...all.keys()].filter((name) => rule.test(name))

test('records: dpkg lists, finds, verifies and audits packages that it did not install', {
  skip: noDocker,
}, async () => {
  await load(image({ packageRecords: 'dpkg' }, ['hello', 'dpkg', 'redis-server'], 6))
  const inImage = (...words: readonly string[]): Promise<string> => inside('recorded', words)
  const listed = await inImage('dpkg', '-l')
  for (const name of ['base-files', 'dash', 'dpkg', 'hello', 'libc6:amd64', 'redis-server'])
    assert.match(listed, new RegExp(`^ii  ${name} +\\S+ +(amd64|all) `, 'm'))
  assert.doesNotMatch(listed, /^(?!ii)[a-z]{2} /m)
  assert.equal(await inImage('dpkg', '-S', '/usr/bin/hello'), 'hello: /usr/bin/hello\n')
  assert.match(await inImage('dpkg', '-S', 'libc.so.6'), /^libc6:amd64: \/lib\/x86_64-linux-gnu\/libc\.so\.6\n$/)
  assert.match(await inImage('dpkg', '-s', 'libc6'), /^Status: install ok installed$/m)
  assert.equal(await inImage('dpkg', '--verify'), '')
  assert.equal(await inImage('dpkg', '--audit'), '')
  // dpkg's order is that of its hash table of names.
  assert.deepEqual((await inImage('dpkg-divert', '--list')).trimEnd().split('\n').sort(), [
    'diversion of /bin/sh to /bin/sh.distrib by dash',
    'diversion of /usr/share/man/man1/sh.1.gz to /usr/share/man/man1/sh.distrib.1.gz by dash',
  ])
})

test('records: a diverted file is where dpkg says it is', { skip: noDocker }, async () => {
  // parallel diverts what moreutils has.
  await load(image({ packageRecords: 'dpkg' }, ['dpkg', 'moreutils', 'parallel'], 6))
  const inImage = (...words: readonly string[]): Promise<string> => inside('recorded', words)
  assert.match(await inImage('parallel', '--version'), /^GNU parallel/)
  const name = '/usr/bin/parallel'
  assert.equal((await inImage('dpkg-divert', '--truename', name)).trim(), `${name}.moreutils`)
  assert.equal((await inImage('dpkg', '--verify')).trim(), '')
  assert.match(
    await inImage('dpkg', '-S', `${name}.moreutils`),
    /^diversion by parallel to: \/usr\/bin\/parallel.moreutils$/m,
  )
  // Its jobs' output may come after its end, but their files are there.
  const said = await inImage(
    'sh',
    '-c',
    `${name}.moreutils -j 2 -- 'echo one >/1' 'echo two >/2' && read -r a </1 && read -r b </2 && echo $a $b`,
  )
  assert.equal(said, 'one two\n')
})

test('records: the record of a package is in its own layer, and there is no complete list', async () => {
  const made = image({ packageRecords: 'status.d' }, ['hello', 'redis-server'])
  const { layers } = await inspect(made, { store })
  const packages = layers.slice(0, -1).map((layer) => layer.packages.map(({ name }) => name))
  assert.ok(packages.length > 20 && packages.every(({ length }) => length <= 1), JSON.stringify(packages))
  // One layer contains the locale C.UTF-8, which belongs to no package of the image.
  assert.equal(packages.filter(({ length }) => length === 0).length, 1)
  const all = await files(made)
  assert.deepEqual(names(all, /^var\/lib\/dpkg\/(?!status\.d\/)/), [])
  const records = names(all, /^var\/lib\/dpkg\/status\.d\/[^/]+(?<!\.md5sums)$/).map((name) => name.slice(22))
  // base-files is in the last layer, as data.
  assert.deepEqual([...records].sort(), [...packages.flat(), 'base-files'].sort())
})

test('records: "none" writes none', { skip: missing('tar') }, async () => {
  assert.deepEqual(
    names(await files(image({ packageRecords: 'none' }, ['hello', 'redis-server'])), /^var\/lib\/dpkg\//),
    [],
  )
})

test('exclude: documentation, manual pages and translations can be excluded; copyright files stay', {
  skip: missing('tar'),
}, async () => {
  const wanted = ['hello', 'coreutils', 'git']
  const whole = await files(image({}, wanted))
  const small = await files(image({ exclude: ['doc', 'man', 'locale'] }, wanted))
  const copyrights = names(whole, /^usr\/share\/doc\/[^/]+\/copyright$/)
  assert.ok(copyrights.length > 20)
  assert.deepEqual(names(small, /^usr\/share\/(doc|man|locale|info)\//), copyrights)
  const left = names(whole, /./).filter((name) => !small.has(name))
  assert.ok(left.length > 500 && left.every((name) => /^usr\/share\/(doc|man|locale|info|lintian)\//.test(name)))
  const sum = (all: ReadonlyMap<string, number>): number => [...all.values()].reduce((a, b) => a + b, 0)
  assert.ok(sum(small) < 0.95 * sum(whole), `${sum(small)} of ${sum(whole)}`)
})

test('inspect: lists the size of each package and the requested packages that brought it', async () => {
  const made = image({ omit: 'script-helpers' }, ['curl', 'ca-certificates', 'libssl3', 'hello'])
  const packages = (await inspect(made, { store })).layers.flatMap((layer) => layer.packages)
  const by = new Map(packages.map(({ name, broughtBy }) => [name, broughtBy]))
  assert.deepEqual(
    ['curl', 'libcurl4', 'libssl3', 'openssl', 'libc6', 'dash'].map((name) => by.get(name)),
    [
      ['curl'],
      ['curl'],
      ['ca-certificates', 'curl', 'libssl3'],
      ['ca-certificates'],
      ['ca-certificates', 'curl', 'hello', 'libssl3'],
      ['dash'],
    ],
  )
  const control = await run('dpkg-deb', ['--field', await debOf('libssl3'), 'Installed-Size'])
  const size = packages.find(({ name }) => name === 'libssl3')?.size ?? 0
  assert.ok(Math.abs(size / 1024 / Number(control) - 1) < 0.05, `${size} bytes, ${control} KiB`)

  // A file has only its records: nothing shows that libssl3 was requested.
  const { physical } = await build(made, { store })
  const read = (await inspect(`docker-archive:${physical}`, { store })).layers.flatMap((layer) => layer.packages)
  assert.deepEqual(read.find(({ name }) => name === 'libssl3')?.broughtBy, ['ca-certificates', 'curl'])
  assert.deepEqual(read.find(({ name }) => name === 'libcurl4')?.broughtBy, ['curl'])
})

async function debOf(name: string): Promise<string> {
  const { pkgs } = debian({ suite: 'bookworm', directory: folder, omit: 'script-helpers' })
  return (await build(pkgs(name), { store })).physical
}
