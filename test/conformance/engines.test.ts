/**
 * Loading into real engines: docker's two stores, podman, containerd. What an engine has is not sent; what it loses meanwhile is, in a full
 * archive; an image is never left half-loaded. Images are read back from the engine, which fails where a layer is missing.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { type LoadOptions, load, type Package } from '../../src/index.ts'
import { noContainerd, withContainerd } from '../support/containerd.ts'
import { disturbed, disturbing, type TestEngine, testEngines, textIn } from '../support/engines.ts'
import { refused } from '../support/refused.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { largeSize, versionedImage } from '../support/text-images.ts'

for (const { name, skip, start } of testEngines)
  test(`load: ${name}`, { skip }, async (t) => {
    const folder = temporaryFolder()
    const store = join(folder, 'store')
    await start(folder, async (engine) => {
      const into = (image: Package | readonly Package[], options: LoadOptions = engine.choice) =>
        load(image, { store, ...options })
      for (const [what, check] of Object.entries(checks)) await t.test(what, () => check({ engine, into, folder }))
    })
  })

interface Checking {
  readonly engine: TestEngine
  readonly folder: string
  readonly into: (image: Package | readonly Package[], options?: LoadOptions) => ReturnType<typeof load>
}

const checks: Readonly<Record<string, (checking: Checking) => Promise<void>>> = {
  'an image goes whole, a changed one without what is there, an unchanged one not at all': async ({ engine, into }) => {
    const first = await into(versionedImage('one'))
    assert.equal(first.isComplete, true)
    assert.ok(first.sent > largeSize)
    assert.equal(await textIn(engine, 'app:1', 'etc/version'), 'one')
    const second = await into(versionedImage('two'))
    assert.equal(second.isComplete, false)
    assert.ok(second.sent > 0 && second.sent < largeSize, String(second.sent))
    assert.equal(await textIn(engine, 'app:1', 'etc/version'), 'two')
    const third = await into(versionedImage('two'))
    assert.equal(third.sent, 0)
    assert.deepEqual(third.images, second.images)
  },

  'names come out as they were written, of several images at once': async ({ engine, into }) => {
    const before = await engine.names()
    const names = ['other:3', 'registry.example/team/other:latest']
    const named = await into(versionedImage('two'), {
      ...engine.choice,
      names: ['other:3', 'registry.example/team/other'],
    })
    assert.deepEqual(named.images[0]?.names, names)
    const both = await into([versionedImage('a', 'several-a'), versionedImage('b', 'registry.example/several-b', '2')])
    assert.deepEqual(
      both.images.map((image) => image.names),
      [['several-a:1'], ['registry.example/several-b:2']],
    )
    assert.ok(both.sent < largeSize)
    assert.equal(await textIn(engine, 'several-a:1', 'etc/version'), 'a')
    assert.equal(await textIn(engine, 'registry.example/several-b:2', 'etc/version'), 'b')
    const added = [...names, 'several-a:1', 'registry.example/several-b:2'].map(engine.written)
    assert.deepEqual([...(await engine.names())].sort(), [...before, ...added].sort())
  },

  'what is removed while it is loaded is sent after all': async ({ engine, folder, into }) => {
    const loaded = await into(versionedImage('three'), disturbed(folder, engine, engine.emptying))
    assert.equal(loaded.isComplete, true)
    assert.ok(loaded.sent > largeSize)
    assert.equal(await textIn(engine, 'app:1', 'etc/version'), 'three')
    assert.deepEqual(await engine.names(), [engine.written('app:1')])
  },

  'an engine that stops midway keeps the old image, and no name more': async ({ engine, folder, into }) => {
    const stopping = disturbed(folder, engine, `rm ${folder}/via-*/run.done; head -c 2000; exit 1`)
    const error = await refused('engine.failed', into(versionedImage('four'), stopping))
    assert.match(error.message, /failed/)
    assert.equal(await textIn(engine, 'app:1', 'etc/version'), 'three')
    assert.deepEqual(await engine.names(), [engine.written('app:1')])
  },

  'two loads at once both end whole': async ({ engine, into }) => {
    const images = ['five', 'six'].map((version) => versionedImage(version, version))
    await Promise.all(images.map((image) => into(image)))
    for (const version of ['five', 'six']) assert.equal(await textIn(engine, `${version}:1`, 'etc/version'), version)
    await Promise.all([into(versionedImage('seven')), into(versionedImage('seven'))])
    assert.equal(await textIn(engine, 'app:1', 'etc/version'), 'seven')
    assert.equal((await engine.names()).length, 3)
  },
}

test('load: containerd that has a layer unpacked, but no longer its blob', { skip: noContainerd }, async () => {
  const folder = temporaryFolder()
  await withContainerd(async (ctr, address) => {
    const choice = { engine: 'containerd', address } as const
    const store = join(folder, 'store')
    await load(versionedImage('one'), { store, ...choice })
    const shell = `ctr --address ${address}`
    const forgetting = `${shell} content remove $(${shell} content list --quiet)`
    const via = disturbing(folder, forgetting)
    const loaded = await load(versionedImage('two'), { store, ...choice, via, namespace: 'default' })
    assert.equal(loaded.isComplete, true)
    assert.match(await ctr(['images', 'check', 'name==docker.io/library/app:1']), / complete /)
    assert.equal((await ctr(['images', 'list', '--quiet'])).trim(), 'docker.io/library/app:1')
  })
})

test('load: a namespace of containerd, by a command that leads to it, and what a killed run left there', {
  skip: noContainerd,
}, async () => {
  const folder = temporaryFolder()
  await withContainerd(async (ctr, address) => {
    const store = join(folder, 'store')
    const via = ['env', `CONTAINERD_ADDRESS=${address}`]
    const image = versionedImage('one')
    assert.equal((await load(image, { store, engine: 'containerd', via })).sent > largeSize, true)
    const inNode = (words: readonly string[]): Promise<string> => ctr(['--namespace', 'k8s.io', ...words])
    const [name] = (await inNode(['images', 'list', '--quiet'])).split('\n')
    assert.equal(name, 'docker.io/library/app:1')
    await inNode(['images', 'tag', name ?? '', 'slipway.localhost/loading:1000-killed-0'])
    await load(image, { store, address, namespace: 'k8s.io' })
    assert.equal((await inNode(['images', 'list', '--quiet'])).trim(), name)
  })
})
