/** Streams with a second thread, from stores on disk; the thread can be given a modified copy of the store. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, cpSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { temporaryFolder } from '../../../test/support/temporary.ts'
import { type Digest, digestOf } from '../../base/digest.ts'
import { unwatched } from '../../base/event.ts'
import { openStore } from '../../store/disk-store.ts'
import type { Store } from '../../store/store.ts'
import { recipePath, type StorePath } from '../../store/store-path.ts'
import { file, memoryTree } from '../../tree/memory.ts'
import type { LayerPlan } from '../layer.ts'
import { planLayer } from '../plan.ts'
import { layerRecipe } from '../recipe.ts'
import { worthThread } from './claims.ts'
import { type LayerStore, streamLayers } from './stream.ts'

/** One layer for each size of its only file; the content's period does not divide a buffer's size, so misplaced bytes show. */
async function layersOf(store: Store, sizes: readonly number[]): Promise<readonly LayerPlan[]> {
  const plans: LayerPlan[] = []
  for (const [number, size] of sizes.entries()) {
    const tree = memoryTree({ content: file(Buffer.alloc(size, `the content of layer ${number};`)) })
    const info = await store.add(pathOf(number), tree, { candidates: [] })
    plans.push(planLayer(store, layerRecipe([{ path: info.path, as: 'store', info }])))
  }
  return plans
}

function pathOf(layer: number): StorePath {
  return recipePath('object', layer)
}

interface Streamed {
  /** Bytes sent of each layer. */
  readonly sent: readonly Digest[]
  readonly diffIds: readonly Digest[]
}

async function streamed(plans: readonly LayerPlan[], store: LayerStore, thread: boolean): Promise<Streamed> {
  const sent: Digest[] = []
  const diffIds: Digest[] = []
  let chunks: Uint8Array[] = []
  for await (const part of streamLayers(plans, store, { thread, verify: true })) {
    if (part.kind === 'begin') chunks = []
    else if (part.kind === 'bytes') chunks.push(part.bytes)
    else if (part.kind === 'end') sent.push(digestOf(Buffer.concat(chunks)))
    else diffIds.push(part.diffId)
  }
  return { sent, diffIds }
}

/** Ensures that the thread hashes a layer: the sender leaves it to the thread, or the thread claims it first. */
async function largeLayer(store: Store): Promise<LayerPlan> {
  const [plan] = await layersOf(store, [worthThread])
  assert.ok(plan !== undefined)
  return plan
}

/** Path of the first layer's object in a copy of the store. */
interface Copied {
  readonly object: string
  readonly content: string
  readonly outline: string
}

/** A store whose thread hashes from a copy that `change` modifies. */
function withChangedCopy(store: Store, change: (copied: Copied) => void): LayerStore {
  const copy = temporaryFolder()
  cpSync(store.root, copy, { recursive: true })
  const object = join(copy, 'nix/store', pathOf(0))
  const copied = { object, content: join(object, 'content'), outline: join(copy, 'unpacked', `${pathOf(0)}.outline`) }
  chmodSync(copied.object, 0o755)
  chmodSync(copied.content, 0o644)
  change(copied)
  return { ...store, root: copy }
}

/** Makes hashing the layer take minutes. */
function endless({ content, outline }: Copied): void {
  truncateSync(content, 2 ** 38)
  rmSync(outline)
}

test('hash thread: diff IDs are the digests of the bytes sent, with a thread and without, whichever thread hashed a layer', async () => {
  await using store = await openStore(temporaryFolder())
  const plans = await layersOf(store, [1, 300_000, worthThread + 12_345, 0, 5_000_000, 262_144])
  for (const thread of [false, true]) {
    const { sent, diffIds } = await streamed(plans, store, thread)
    assert.deepEqual(diffIds, sent)
    assert.equal(new Set(diffIds).size, plans.length)
    for (const [layer, { name, size }] of plans.entries())
      assert.deepEqual(store.memory.layer(name), { diffId: diffIds[layer], size })
  }
})

test('hash thread: a layer that is not as planned is an error with its code, and is not remembered', async () => {
  const changes: readonly (readonly [code: string, change: (copied: Copied) => void])[] = [
    ['content.changed', ({ content }) => truncateSync(content, worthThread - 1)],
    ['stream.mismatch', ({ content, outline }) => [truncateSync(content, worthThread / 2), rmSync(outline)]],
    ['disk.unreadable', ({ object, outline }) => [object, outline].map((gone) => rmSync(gone, { recursive: true }))],
  ]
  await using store = await openStore(temporaryFolder())
  const plan = await largeLayer(store)
  for (const [code, change] of changes) {
    await assert.rejects(streamed([plan], withChangedCopy(store, change), true), { code })
    assert.equal(store.memory.layer(plan.name), undefined)
  }
})

test('hash thread: with "verify", its results are compared with the remembered ones', async () => {
  await using store = await openStore(temporaryFolder())
  const lie = { ...(await largeLayer(store)), remembered: digestOf('lie') }
  await assert.rejects(streamed([lie], store, true), { code: 'stream.mismatch', message: /but was sha256:/ })
})

test('hash thread: stopping early ends it', async () => {
  await using store = await openStore(temporaryFolder())
  const plan = await largeLayer(store)
  const started: Promise<Worker[]> = once(process, 'worker')
  let ended: Promise<unknown[]> | undefined
  for await (const { kind } of streamLayers([plan], withChangedCopy(store, endless), { thread: true })) {
    if (kind !== 'bytes') continue
    const [worker] = await started
    assert.ok(worker !== undefined)
    await once(worker, 'online')
    ended = once(worker, 'exit')
    break
  }
  // 1: it was stopped, 0: it had finished.
  assert.deepEqual(await ended, [1])
})

test('hash thread: an abort ends the wait for it, with the signal’s reason', async () => {
  await using store = await openStore(temporaryFolder())
  const plan = await largeLayer(store)
  const controller = new AbortController()
  const options = { thread: true, watch: { ...unwatched, signal: controller.signal } }
  const waiting = async (): Promise<void> => {
    for await (const { kind } of streamLayers([plan], withChangedCopy(store, endless), options))
      if (kind === 'end') setImmediate(() => controller.abort(new Error('enough')))
  }
  await assert.rejects(waiting, { message: 'enough' })
})

test('hash thread: layers that it has not started are not waited for', async () => {
  await using store = await openStore(temporaryFolder())
  const plans = await layersOf(store, [1])
  // A directory without a store: the thread fails, and nothing depends on it.
  const { sent, diffIds } = await streamed(plans, { ...store, root: temporaryFolder() }, true)
  assert.deepEqual(diffIds, sent)
})
