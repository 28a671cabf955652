/** Streams with a second thread, from stores on disk; where the thread is given a copy of the store, what it reads can differ. */
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

/** One layer for each size of its only file; no period that divides a buffer's size: bytes from the wrong place would show. */
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
  /** What was sent of each layer. */
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

/** One layer that is the thread's for sure: the sender leaves it to the thread, or the thread has it first. */
async function largeLayer(store: Store): Promise<LayerPlan> {
  const [plan] = await layersOf(store, [worthThread])
  assert.ok(plan !== undefined)
  return plan
}

/** Where the object of the first layer lies in a copy of the store. */
interface Copied {
  readonly object: string
  readonly content: string
  readonly outline: string
}

/** The store, but for the thread, which hashes from a copy that `change` has made another. */
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

/** The layer becomes one that is hashed for minutes. */
function endless({ content, outline }: Copied): void {
  truncateSync(content, 2 ** 38)
  rmSync(outline)
}

test('hash thread: diff IDs are the digests of what is sent, with a thread and without, whoever hashed which layer', async () => {
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

test('hash thread: what it does not find as planned is an error with its code, and is not remembered', async () => {
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

test('hash thread: with "verify", what it finds is compared with what is remembered', async () => {
  await using store = await openStore(temporaryFolder())
  const lie = { ...(await largeLayer(store)), remembered: digestOf('lie') }
  await assert.rejects(streamed([lie], store, true), { code: 'stream.mismatch', message: /but was sha256:/ })
})

test('hash thread: whoever stops early ends it', async () => {
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
  // 1: it was stopped, 0: it was done.
  assert.deepEqual(await ended, [1])
})

test('hash thread: an abort ends the wait for it, with its reason', async () => {
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

test('hash thread: what it has not begun is not waited for', async () => {
  await using store = await openStore(temporaryFolder())
  const plans = await layersOf(store, [1])
  // A folder where there is no store: the thread fails, and nobody asks.
  const { sent, diffIds } = await streamed(plans, { ...store, root: temporaryFolder() }, true)
  assert.deepEqual(diffIds, sent)
})
