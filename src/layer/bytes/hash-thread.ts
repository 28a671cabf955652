/**
 * The stream engine's second thread, as the main thread sees it: it hashes layers while the main thread sends (hash-worker.ts, claims.ts).
 */
import { Worker } from 'node:worker_threads'
import { receivedFailure } from '../../base/thread-failure.ts'
import type { LayerPlan } from '../layer.ts'
import { claimsMemory, senderClaims } from './claims.ts'
import type { Hashed, HashResult, HashTask } from './hash-worker.ts'

/** The thread; disposing of it stops it. */
export interface HashThread extends Disposable {
  /** Tells whether the thread hashes the layer of this number; otherwise the caller must. */
  hashes(layer: number): boolean
  /**
   * Results for its layers, once it has finished; returns at once if it has none. Call it after asking about every layer, so that the
   * thread claims no more.
   *
   * @throws BuildError the thread's failure; the signal's reason.
   */
  hashed(signal: AbortSignal): Promise<readonly Hashed[]>
}

/** Starts the thread for these layers of the store in `root`. */
export function startHashThread(layers: readonly LayerPlan[], root: string): HashThread {
  const memory = claimsMemory(layers.map(({ size }) => size))
  const claims = senderClaims(memory)
  const worker = startWorker({ root, layers, claims: memory })
  const result = resultOf(worker)
  return {
    hashes: (layer) => !claims.take(layer),
    hashed: async (signal) => (claims.areShared() ? unlessAborted(result, signal) : []),
    [Symbol.dispose]() {
      void worker.terminate()
    },
  }
}

function startWorker(task: HashTask): Worker {
  return new Worker(workerFile(), {
    workerData: task,
    // Otherwise the worker's output would go through process.stdout, which makes a piped standard output non-blocking.
    stdout: true,
    stderr: true,
    execArgv: [],
  })
}

function resultOf(worker: Worker): Promise<readonly Hashed[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly Hashed[]>()
  worker.once('message', (result: HashResult) => {
    if ('failure' in result) reject(receivedFailure(result.failure))
    else resolve(result.hashed)
  })
  worker.once('error', reject)
  worker.once('exit', () => reject(new Error('unreachable: the hashing thread exited without a result')))
  // Prevents an unhandled rejection when the caller stops early.
  promise.catch(() => {})
  return promise
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort)
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Beside this file: a source file when run from source, otherwise the output of scripts/bundle.ts. */
function workerFile(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'cjs'
  return new URL(`./hash-worker.${extension}`, import.meta.url)
}
