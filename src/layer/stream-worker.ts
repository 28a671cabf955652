/**
 * The reader thread of the stream engine: reads the layers that it can claim into the ring that the main thread empties.
 *
 * A slot never holds bytes of two layers. What goes wrong is posted before the ring is closed, so whoever empties it finds the reason.
 */
import { isMainThread, type MessagePort, workerData } from 'node:worker_threads'
import { BuildError, type Code, type Detail, messageOf } from '../base/error.ts'
import { openReader } from '../store/disk-reader.ts'
import { type ClaimsMemory, claimsOf } from './claims.ts'
import type { LayerPlan } from './layer.ts'
import { layerPieces } from './layer-tree.ts'
import { filledBuffers } from './piece-reader.ts'
import { type RingMemory, ringWriter } from './ring.ts'

/** What the thread is started with. */
export interface ReaderTask {
  /** The store's folder. */
  readonly root: string
  readonly layers: readonly Pick<LayerPlan, 'recipe' | 'spliced'>[]
  readonly ring: RingMemory
  readonly claims: ClaimsMemory
  readonly failures: MessagePort
}

/** A failure as it crosses to the main thread. */
export interface ReaderFailure {
  readonly code?: Code
  readonly message: string
  readonly detail: Detail
}

function read({ root, layers, failures, ...shared }: ReaderTask): void {
  const writer = ringWriter(shared.ring)
  const claims = claimsOf(shared.claims, 'reader')
  try {
    using store = openReader(root)
    for (const [layer, { recipe, spliced }] of layers.entries()) {
      if (!claims.take(layer)) continue
      for (const size of filledBuffers(layerPieces(store, recipe, spliced), writer.take)) writer.publish(size, layer)
    }
  } catch (thrown) {
    failures.postMessage(failureOf(thrown))
  }
  writer.close()
}

function failureOf(thrown: unknown): ReaderFailure {
  if (thrown instanceof BuildError) return { code: thrown.code, message: thrown.message, detail: thrown.detail }
  return { message: messageOf(thrown), detail: {} }
}

function isTask(data: unknown): data is ReaderTask {
  return typeof data === 'object' && data !== null && 'ring' in data && 'failures' in data
}

if (!isMainThread && isTask(workerData)) read(workerData)
