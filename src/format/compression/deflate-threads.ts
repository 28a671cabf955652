/** Threads that compress pieces (deflate-worker.ts). They keep the process alive only while they work. */
import { Worker } from 'node:worker_threads'
import type { DeflateTask } from './deflate-worker.ts'
import type { PackedPiece, Piece } from './piece.ts'

/** Some threads; disposing of them stops them. */
export interface DeflateThreads extends Disposable {
  /** Compresses a piece on the next thread that is free. @param piece - its buffer must not be used any more: it comes back as another object. */
  deflate(piece: Piece, level: number): Promise<PackedPiece>
}

interface Job extends DeflateTask {
  readonly done: PromiseWithResolvers<PackedPiece>
}

/** Starts `count` threads for the encoder. */
export function startDeflateThreads(module: WebAssembly.Module, count: number): DeflateThreads {
  const threads = Array.from({ length: count }, () => startThread(module))
  const idle = [...threads]
  const waiting: Job[] = []
  const running = new Map<Worker, Job>()
  let failure: { readonly error: unknown } | undefined

  function next(): void {
    while (waiting.length > 0 && idle.length > 0) {
      const [job, thread] = [waiting.shift(), idle.pop()]
      if (job !== undefined && thread !== undefined) give(job, thread)
    }
  }
  function give(job: Job, thread: Worker): void {
    const { piece, level } = job
    running.set(thread, job)
    thread.ref()
    thread.postMessage({ piece, level } satisfies DeflateTask, [piece.buffer])
  }
  function take(packed: PackedPiece, thread: Worker): void {
    thread.unref()
    idle.push(thread)
    running.get(thread)?.done.resolve(packed)
    running.delete(thread)
    next()
  }
  function fail(error: unknown): void {
    failure = { error }
    for (const { done } of [...running.values(), ...waiting.splice(0)]) done.reject(error)
    running.clear()
  }
  for (const thread of threads) {
    thread.on('message', (packed: PackedPiece) => take(packed, thread))
    thread.once('error', fail)
  }
  return {
    deflate(piece, level) {
      const done = Promise.withResolvers<PackedPiece>()
      waiting.push({ piece, level, done })
      if (failure === undefined) next()
      else fail(failure.error)
      return done.promise
    },
    [Symbol.dispose]() {
      for (const thread of threads) void thread.terminate()
    },
  }
}

function startThread(module: WebAssembly.Module): Worker {
  const thread = new Worker(workerFile(), {
    workerData: module,
    // Else the thread's output would go through process.stdout, which makes a piped standard output non-blocking.
    stdout: true,
    stderr: true,
    execArgv: [],
  })
  thread.unref()
  return thread
}

/** Beside this file: a source when run from source, else what scripts/bundle.ts made. */
function workerFile(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'cjs'
  return new URL(`./deflate-worker.${extension}`, import.meta.url)
}
