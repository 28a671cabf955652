/** Small images for tests: a layer of store objects and a layer of files at "/", planned in a real store. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestOf } from '../../src/base/digest.ts'
import { writeTar } from '../../src/format/tar/write.ts'
import type { ImagePlan } from '../../src/image/image.ts'
import type { LayerPlan } from '../../src/layer/layer.ts'
import { planLayer } from '../../src/layer/plan.ts'
import { layerRecipe } from '../../src/layer/recipe.ts'
import { openStore } from '../../src/store/disk-store.ts'
import { removeTree } from '../../src/store/remove.ts'
import type { Store } from '../../src/store/store.ts'
import { contentAddress, recipePath, textPath } from '../../src/store/store-path.ts'
import { directory, file, memoryTree, symlink } from '../../src/tree/memory.ts'
import type { Tree } from '../../src/tree/tree.ts'

/** Runs a test with its own directory, which is removed afterwards. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-test-'))
  try {
    return await work(folder)
  } finally {
    removeTree(folder)
  }
}

/** Runs a test with its own store and the directory that contains it. */
export async function withStore<T>(work: (store: Store, folder: string) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    await using store = await openStore(join(folder, 'store'))
    return await work(store, folder)
  })
}

/** A layer with one text at its store path. */
export async function textLayer(store: Store, name: string, text: string): Promise<LayerPlan> {
  const digest = digestOf(text)
  const path = textPath(name, digest, [])
  const info = await store.add(path, memoryTree({ '': file(text) }), {
    candidates: [],
    contentAddress: contentAddress('text', digest),
  })
  return planLayer(store, layerRecipe([{ path, as: 'store', info }]), { created_by: `slipway: ${name}` })
}

/** A layer with a tree at "/". */
export async function rootLayer(store: Store, tree: Tree): Promise<LayerPlan> {
  return layerOfFile(store, Buffer.concat([...writeTar(tree.entries(), { names: 'relative', end: 'record' })]))
}

/** A layer that is an unchanged tar archive. */
export async function layerOfFile(store: Store, bytes: Uint8Array): Promise<LayerPlan> {
  const path = recipePath('files', { test: digestOf(bytes) })
  const info = await store.addFile(path, [bytes], { size: bytes.length, candidates: [] })
  return planLayer(store, layerRecipe([{ path, as: 'layer', info }]), { created_by: 'slipway: files' })
}

/** A complete image: two layers of texts, one of files, one of them listed twice. */
export async function samplePlan(store: Store, more: Partial<ImagePlan> = {}): Promise<ImagePlan> {
  const first = await textLayer(store, 'motd', 'hello\n')
  const second = await textLayer(
    store,
    'a-name-that-is-so-long-that-the-whole-path-of-the-file-does-not-fit-into-a-plain-header',
    'x'.repeat(70_000),
  )
  const files = await rootLayer(
    store,
    memoryTree({
      etc: directory(),
      'etc/passwd': file('root:x:0:0:root:/root:/bin/sh\n'),
      'etc/größe': file('not ASCII'),
      'etc/alias': symlink('passwd'),
      tmp: directory({ mode: 0o1777 }),
    }),
  )
  return {
    layers: [first, second, files, first],
    config: {
      created: '1970-01-01T00:00:01Z',
      architecture: 'amd64',
      os: 'linux',
      config: { Cmd: ['/bin/sh'], Env: ['A=1'], Labels: { b: '2', a: '1' } },
    },
    names: ['sample:1'],
    ...more,
  }
}
