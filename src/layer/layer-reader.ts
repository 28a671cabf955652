/**
 * Who reads the layers that are streamed: this thread, or a thread of its own that fills a ring ahead (stream-worker.ts).
 *
 * A thread pays when there is much to hash: reading and hashing then overlap, and this thread still reads what the other cannot in time
 * (claims.ts). It costs 33 ms to start, so below 64 MiB of bytes to hash this thread reads all, and when all digests are remembered too.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { BuildError } from '../base/error.ts'
import type { StoreReader } from '../store/store.ts'
import { claimsMemory, claimsOf } from './claims.ts'
import type { LayerPlan } from './layer.ts'
import { layerPieces } from './layer-tree.ts'
import { filledBuffers } from './piece-reader.ts'
import { type Filled, type RingReader, ringMemory, ringReader } from './ring.ts'
import type { ReaderFailure, ReaderTask } from './stream-worker.ts'

/** Gives the layers' bytes in order; each chunk is lent until the next is asked for. */
export interface LayerReader extends AsyncDisposable {
  /** The bytes of the layer of that number; fewer or more than planned when its objects are not what they were. */
  chunks(layer: number): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

/** From so many bytes to hash on, a thread of its own reads. */
export const threadThreshold: number = 64 * 1_048_576
// Stays in the cache of its core between read and write: a quarter of the time that 1 MiB takes (measured).
const bufferSize = 262_144

/** Reads in this thread, into one buffer. */
export function directReader(plans: readonly LayerPlan[], store: StoreReader): LayerReader {
  const buffer = new Uint8Array(bufferSize)
  return {
    *chunks(layer) {
      const plan = plans[layer]
      if (plan === undefined) return
      for (const size of filledBuffers(layerPieces(store, plan.recipe), () => buffer)) yield buffer.subarray(0, size)
    },
    async [Symbol.asyncDispose]() {},
  }
}

/** Reads in a thread of its own, and in this one what that has not begun: while it starts, and when this thread would wait for it. */
export function threadReader(plans: readonly LayerPlan[], store: StoreReader): LayerReader {
  const shared = { ring: ringMemory(), claims: claimsMemory(plans.map(({ size }) => size)) }
  const reader = ringReader(shared.ring)
  const claims = claimsOf(shared.claims, 'sender')
  const thread = startThread({ root: store.root, recipes: plans.map(({ recipe }) => recipe), ...shared })
  const direct = directReader(plans, store)
  let reserved = -1
  const reserve = (after: number): void => {
    const last = Math.min(after + reach, plans.length - 1)
    for (let layer = after + 1; layer <= last && reserved <= after; layer++) if (claims.take(layer)) reserved = layer
  }
  return {
    async *chunks(layer) {
      if (claims.take(layer)) return yield* direct.chunks(layer)
      for (;;) {
        if (reader.peek(0) === 'waiting') reserve(layer)
        const filled = await nextFilled(reader, thread)
        if (filled?.layer !== layer) return
        yield filled.bytes
        reader.release()
      }
    },
    async [Symbol.asyncDispose]() {
      await thread.stop()
    },
  }
}

interface Thread {
  hasEnded(): boolean
  /** Throws what went wrong in the thread, if something did. */
  check(): void
  stop(): Promise<void>
}

// So many layers ahead this thread looks for one to read itself.
const reach = 4

// So long this thread sleeps for bytes before it lets its own events through: the reader's end, an abort, progress.
const sleepMilliseconds = 10

async function nextFilled(ring: RingReader, thread: Thread): Promise<Filled | undefined> {
  for (;;) {
    const hadEnded = thread.hasEnded()
    const filled = ring.peek(sleepMilliseconds)
    if (filled === undefined || hadEnded) thread.check()
    if (filled !== 'waiting') return filled
    if (hadEnded) throw new Error('unreachable: the reader thread ended without a word')
    await turn()
  }
}

function startThread(task: Omit<ReaderTask, 'failures'>): Thread {
  const { port1: failures, port2 } = new MessageChannel()
  const worker = new Worker(workerFile(), {
    workerData: { ...task, failures: port2 } satisfies ReaderTask,
    transferList: [port2],
    // Else the worker's output would go through process.stdout, which makes a piped standard output non-blocking.
    stdout: true,
    stderr: true,
    execArgv: [],
  })
  worker.unref()
  let crash: unknown
  let isRunning = true
  worker.once('error', (error) => {
    crash = error
  })
  worker.once('exit', () => {
    isRunning = false
  })
  return {
    hasEnded: () => !isRunning,
    check() {
      const failure: ReaderFailure | undefined = receiveMessageOnPort(failures)?.message
      if (failure !== undefined) throw thrownBy(failure)
      if (crash !== undefined) throw crash
    },
    async stop() {
      failures.close()
      if (isRunning) await worker.terminate()
    },
  }
}

function thrownBy({ code, message, detail }: ReaderFailure): Error {
  return code === undefined ? new Error(message) : new BuildError(code, message, detail)
}

/** Beside this file: `.ts` when run from source, `.js` in the published bundle. */
function workerFile(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return new URL(`./stream-worker.${extension}`, import.meta.url)
}
