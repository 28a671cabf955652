/** Compares layers of store objects with an independent program: Python's tarfile, which follows nixpkgs (test/support/store-layer.py). */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { build } from 'esbuild'
import { bundleWorkers } from '../../scripts/bundle.ts'
import { worthThread } from '../../src/layer/bytes/claims.ts'
import { streamLayers } from '../../src/layer/bytes/stream.ts'
import { planLayer } from '../../src/layer/plan.ts'
import { layerRecipe } from '../../src/layer/recipe.ts'
import { openStore } from '../../src/store/disk-store.ts'
import type { PathInfo, Store } from '../../src/store/store.ts'
import { logical, recipePath } from '../../src/store/store-path.ts'
import { diskTree } from '../../src/tree/disk.ts'
import { directory, executable, file, memoryTree, symlink } from '../../src/tree/memory.ts'
import type { Tree } from '../../src/tree/tree.ts'
import { noPython } from '../support/python.ts'
import { temporaryFolder } from '../support/temporary.ts'

const long = `${'d'.repeat(90)}/${'f'.repeat(90)}`

const trees: Readonly<Record<string, Tree>> = {
  sorted: memoryTree({
    a: directory(),
    'a/x': file('1'),
    'a-b': directory(),
    'a-b/x': file('2'),
    'a.txt': file('3'),
    Z: file('4'),
  }),
  names: memoryTree({
    [long]: file('long'),
    'größe/naïve': file('é'),
    link: symlink(long),
    'far link': symlink('ü'.repeat(120)),
  }),
  modes: memoryTree({
    run: executable('#!/bin/sh\n'),
    empty: file(''),
    'empty dir': directory(),
    big: file(Buffer.alloc(9_000_001, 'nineteen letters ab')),
  }),
  flat: memoryTree({ '': file('one file') }),
  leads: memoryTree({ '': symlink('/nix/store/elsewhere') }),
}

async function filled(store: Store): Promise<readonly PathInfo[]> {
  const infos: PathInfo[] = []
  for (const [name, tree] of Object.entries(trees))
    infos.push(await store.add(recipePath(name, 1), tree, { candidates: [] }))
  return infos
}

async function diffIdsOf(
  store: Store,
  groups: readonly (readonly PathInfo[])[],
  thread: boolean,
): Promise<readonly string[]> {
  const plans = groups.map((group) =>
    planLayer(store, layerRecipe(group.map((info) => ({ path: info.path, as: 'store', info })))),
  )
  const found: string[] = []
  for await (const part of streamLayers(
    plans.map(({ remembered: _, ...plan }) => plan),
    store,
    { thread },
  ))
    if (part.kind === 'diff-id') found.push(part.diffId)
  return found
}

function pythonDiffId(root: string, group: readonly PathInfo[]): string {
  const script = join(import.meta.dirname, '../support/store-layer.py')
  const output = execFileSync('python3', [script, root, ...group.map(({ path }) => logical(path))], {
    encoding: 'utf8',
  })
  return `sha256:${output.trim()}`
}

test('store layers: groups of any objects in any order have the diff IDs that Python computes', {
  skip: noPython,
}, async () => {
  const root = temporaryFolder()
  await using store = await openStore(root)
  const infos = await filled(store)
  const groups = [...infos.map((info) => [info]), infos, infos.toReversed()]
  const expected = groups.map((group) => pythonDiffId(root, group))
  assert.deepEqual(await diffIdsOf(store, groups, false), expected)
  assert.deepEqual(await diffIdsOf(store, groups, true), expected)
})

test('store layers: a program of this machine has the diff ID that Python computes', { skip: noPython }, async () => {
  const root = temporaryFolder()
  await using store = await openStore(root)
  const info = await store.add(recipePath('node', 1), diskTree(join(import.meta.dirname, '../../src')), {
    candidates: [],
  })
  assert.deepEqual(await diffIdsOf(store, [[info]], true), [pythonDiffId(root, [info])])
})

test('stream: failures are the same errors with a second thread as without one', async () => {
  const root = temporaryFolder()
  await using store = await openStore(root)
  const [first] = await filled(store)
  assert.ok(first !== undefined)
  const plan = planLayer(store, layerRecipe([{ path: first.path, as: 'store', info: first }]))
  const broken = {
    ...plan,
    size: 100_000_000,
    recipe: {
      ...plan.recipe,
      members: [
        { ...plan.recipe.members[0], path: recipePath('gone', 1), as: 'store' as const, narHash: first.narHash },
      ],
    },
  }
  for (const thread of [false, true]) {
    const stream = streamLayers([plan, broken], store, { thread })
    await assert.rejects(Array.fromAsync(stream), { code: 'disk.unreadable' })
  }
})

test('stream: the hashing thread also starts from a bundle', async () => {
  const folder = temporaryFolder()
  const root = join(folder, 'store')
  const source = join(import.meta.dirname, '../../src')
  symlinkSync(join(source, '../node_modules'), join(folder, 'node_modules'))
  mkdirSync(root)
  writeFileSync(
    join(folder, 'main.ts'),
    `import { streamLayers } from '${source}/layer/bytes/stream.ts'
     import { openStore } from '${source}/store/disk-store.ts'
     const [root, plan] = process.argv.slice(2)
     await using store = await openStore(root)
     for await (const part of streamLayers([JSON.parse(plan)], store, { thread: true })) if (part.kind === 'diff-id') process.stdout.write(part.diffId)`,
  )
  await build({
    entryPoints: [join(folder, 'main.ts')],
    ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node24', packages: 'external' },
    ...{ outdir: join(folder, 'js'), entryNames: '[name]', logLevel: 'silent' },
  })
  await bundleWorkers(join(folder, 'js'), ['fs-native-extensions', '@napi-rs/lzma', 'seek-bzip', 'ignore'])
  await using store = await openStore(root)
  // So large a layer is left to the thread.
  const large = memoryTree({ content: file(Buffer.alloc(worthThread)) })
  const info = await store.add(recipePath('large', 1), large, { candidates: [] })
  const plan = planLayer(store, layerRecipe([{ path: info.path, as: 'store', info }]))
  const output = execFileSync(process.execPath, [join(folder, 'js/main.js'), root, JSON.stringify(plan)], {
    encoding: 'utf8',
  })
  assert.deepEqual([output], await diffIdsOf(store, [[info]], false))
})
