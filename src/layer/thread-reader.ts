/**
 * Reads layers in a thread of its own (stream-worker.ts), and in this one what that has not begun: while it starts, and when this thread
 * would wait for it (claims.ts).
 */
import { setImmediate as turn } from 'node:timers/promises'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { BuildError } from '../base/error.ts'
import type { StoreReader } from '../store/store.ts'
import { claimsMemory, claimsOf } from './claims.ts'
import type { LayerPlan } from './layer.ts'
import { directReader, type LayerReader } from './layer-reader.ts'
import { type Filled, type RingReader, ringMemory, ringReader } from './ring.ts'
import type { ReaderFailure, ReaderTask } from './stream-worker.ts'

/** The reader. */
export function threadReader(plans: readonly LayerPlan[], store: StoreReader): LayerReader {
  const shared = { ring: ringMemory(), claims: claimsMemory(plans.map(({ size }) => size)) }
  const reader = ringReader(shared.ring)
  const claims = claimsOf(shared.claims, 'sender')
  const thread = startThread({ root: store.root, layers: plans, ...shared })
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

/** Beside this file: a source when run from source, else what scripts/bundle-worker.ts made. */
function workerFile(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'cjs'
  return new URL(`./stream-worker.${extension}`, import.meta.url)
}
