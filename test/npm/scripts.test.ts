/** Install scripts that did not run, and packages that would have to be compiled. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build } from '../../src/actions/build.ts'
import { readConf } from '../../src/assembly/read-conf.ts'
import type { NodeOptions } from '../../src/sets/node.ts'
import { locked, type Packed, pack, withNpm } from '../support/npm-project.ts'
import { refused } from '../support/refused.ts'
import { built } from '../support/workshop.ts'

/** The notes of an image of some packages. */
async function notesOf(
  packages: readonly Packed[],
  manifest: object = {},
  options: NodeOptions = {},
): Promise<readonly string[]> {
  let found: readonly string[] = []
  await withNpm(async ({ lock, registry, set, shop }) => {
    lock(
      { name: 'app', ...manifest },
      Object.fromEntries(packages.map((each) => [`node_modules/${each.name}`, locked(each, registry)])),
    )
    const image = set(options).image({
      name: 'app',
      config: { Cmd: ['x'] },
      allowMissingCommand: true,
      compressor: 'none',
    })
    found = readConf(shop().store, (await built(image.stream.conf, shop())).path).notes
  }, packages)
  return found
}

/** The start of an ELF file for a machine (System V ABI, "ELF Header"). */
function elf(machine: number): Uint8Array {
  const bytes = Buffer.alloc(128)
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  bytes.writeUInt16LE(machine, 18)
  return bytes
}

const script = pack({ name: 'a', scripts: { postinstall: 'node download.js', test: 'x' } })
const addon = (files: Readonly<Record<string, string | Uint8Array>>, manifest: object = {}) =>
  pack({ name: 'addon', ...manifest }, { 'binding.gyp': '{}', ...files })

test('npm scripts: one that did not run is a note, unless the set or package.json decided on it', async () => {
  const note =
    'a 1.0.0 has install scripts, which did not run: postinstall (node download.js); if it works without them, give node() scripts: { "a": "skip" }'
  assert.deepEqual(await notesOf([script]), [note])
  assert.deepEqual(await notesOf([script], { allowScripts: { a: true } }), [note])
  assert.deepEqual(await notesOf([script], {}, { scripts: { a: 'skip' } }), [])
  assert.deepEqual(await notesOf([script], { allowScripts: { a: false } }), [])
  assert.deepEqual(await notesOf([script], { allowScripts: { 'a@1.0.0': false } }), [])
  assert.deepEqual(await notesOf([script], { allowScripts: { 'a@2.0.0': false } }), [note])
})

test('npm scripts: what is decided later changes the notes of an image that was built before', async () => {
  await withNpm(
    async ({ lock, registry, set, shop }) => {
      lock({ name: 'app' }, { 'node_modules/a': locked(script, registry) })
      const notes: number[] = []
      for (const scripts of [{}, { a: 'skip' }, {}] as const) {
        const image = set({ scripts }).image({ name: 'app', config: { Cmd: ['x'] }, compressor: 'none' })
        notes.push(readConf(shop().store, (await built(image.stream.conf, shop())).path).notes.length)
      }
      assert.deepEqual(notes, [1, 0, 1])
    },
    [script],
  )
})

test('npm scripts: with strict, one that did not run is an error', async () => {
  await withNpm(
    async ({ lock, registry, set, home }) => {
      lock({ name: 'app' }, { 'node_modules/a': locked(script, registry) })
      const image = set().image({ name: 'app', config: { Cmd: ['x'] }, allowMissingCommand: true, compressor: 'none' })
      assert.match(
        (await refused('image.notes', build(image, { store: `${home}-store`, strict: true }))).message,
        /postinstall/,
      )
    },
    [script],
  )
})

test('npm scripts: a package that must be compiled is refused, one with a binary for the platform is noted', async () => {
  await withNpm(async ({ lock, registry, set, shop }) => {
    for (const files of [{}, { 'build/Release/addon.node': elf(183) }, { 'x.node': 'text' }]) {
      const packed = addon(files)
      registry.publish(packed)
      lock({ name: 'app' }, { 'node_modules/addon': locked(packed, registry) })
      const image = set({ architecture: 'amd64' }).image({
        name: 'app',
        config: { Cmd: ['x'] },
        allowMissingCommand: true,
        compressor: 'none',
      })
      assert.match(
        (await refused('npm.needs-build', built(image, shop()))).message,
        /addon 1\.0\.0 has no binary for linux\/x64.*scripts: \{ "addon": "skip" \}/,
      )
    }
  })
  const built1 = await notesOf([addon({ 'prebuilds/linux-x64/addon.node': elf(62) })])
  assert.equal(built1.length, 1)
  assert.match(
    built1[0] ?? '',
    /^addon 1\.0\.0 has install scripts, which did not run: install \(node-gyp rebuild\); if/,
  )
  assert.deepEqual(
    await notesOf(
      [addon({ 'prebuilds/linux-arm64/addon.node': elf(183) })],
      {},
      { architecture: 'arm64', scripts: { addon: 'skip' } },
    ),
    [],
  )
  assert.deepEqual(await notesOf([addon({}, { gypfile: false })]), [])
  assert.deepEqual(await notesOf([addon({})], {}, { scripts: { addon: 'skip' } }), [])
})

test('npm scripts: a package whose programs come in a package of their own need not be compiled', async () => {
  const owner = addon({}, { optionalDependencies: { '@addon/linux-x64': '1' }, scripts: { install: 'node check' } })
  const program = pack({ name: '@addon/linux-x64', os: ['linux'], cpu: ['x64'] }, { 'addon.node': elf(62) })
  await withNpm(
    async ({ lock, registry, set, shop }) => {
      lock(
        { name: 'app' },
        {
          'node_modules/addon': locked(owner, registry),
          'node_modules/@addon/linux-x64': locked(program, registry, { optional: true }),
        },
      )
      await built(
        set().image({ name: 'app', config: { Cmd: ['x'] }, allowMissingCommand: true, compressor: 'none' }),
        shop(),
      )
    },
    [owner, program],
  )
})
