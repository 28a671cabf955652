/** The stream engine's second thread: hashes the layers that it can claim, then posts its results or its failure. */
import { createHash } from 'node:crypto'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import type { Digest } from '../../base/digest.ts'
import { sentFailure, type ThreadFailure } from '../../base/thread-failure.ts'
import { openReader } from '../../store/disk-reader.ts'
import type { LayerPlan } from '../layer.ts'
import { type ClaimsMemory, workerClaims } from './claims.ts'
import { layerReader } from './layer-reader.ts'

/** Data passed to the thread. */
export interface HashTask {
  /** Root of the store. */
  readonly root: string
  readonly layers: readonly Pick<LayerPlan, 'recipe' | 'spliced'>[]
  readonly claims: ClaimsMemory
}

/** Result for a layer: `layer` is its number in the task, `size` in bytes. */
export interface Hashed {
  readonly layer: number
  readonly size: number
  readonly diffId: Digest
}

/** Message that the thread posts when it has finished. */
export type HashResult = { readonly hashed: readonly Hashed[] } | { readonly failure: ThreadFailure }

function resultOf(task: HashTask): HashResult {
  try {
    return { hashed: [...hashedLayers(task)] }
  } catch (thrown) {
    return { failure: sentFailure(thrown) }
  }
}

function* hashedLayers({ root, layers, claims }: HashTask): Generator<Hashed> {
  using store = openReader(root)
  const read = layerReader(store)
  for (const layer of workerClaims(claims)) {
    const plan = layers[layer]
    if (plan === undefined) throw new Error('unreachable: a claim on a missing layer')
    const hasher = createHash('sha256')
    let size = 0
    for (const bytes of read(plan)) {
      size += bytes.length
      hasher.update(bytes)
    }
    yield { layer, size, diffId: `sha256:${hasher.digest('hex')}` }
  }
}

function isTask(data: unknown): data is HashTask {
  return typeof data === 'object' && data !== null && 'claims' in data && 'layers' in data
}

if (!isMainThread && isTask(workerData)) parentPort?.postMessage(resultOf(workerData))
