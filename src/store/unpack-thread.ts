/**
 * The thread that decompresses files into the store, as the main thread sees it (unpack-worker.ts): there they are decompressed, hashed and
 * written while this thread receives the next ones. It is started when it is first needed, and keeps the process alive only while it works.
 */
import { Worker } from 'node:worker_threads'
import type { Bytes } from '../base/bytes.ts'
import { receivedFailure } from '../base/thread-failure.ts'
import type { NarSummary } from './nix/nar-digest.ts'
import type { UnpackMessage, UnpackReply, UnpackTask } from './unpack-worker.ts'

/** The thread; disposing of it stops it. */
export interface UnpackThread extends Disposable {
  /** Writes the decompressed form of the bytes to the task's place. @throws BuildError compression.*, archive.bomb, store.*, disk.* */
  unpack(task: UnpackTask, bytes: Bytes): Promise<NarSummary>
}

/** Number of bytes of one file that may wait for the thread. */
const mostWaiting = 1_048_576

interface Job {
  readonly made: PromiseWithResolvers<NarSummary>
  waiting: number
  hasEnded: boolean
  wake: () => void
}

/** Prepares the thread, without starting it. */
export function openUnpackThread(): UnpackThread {
  const jobs = new Map<number, Job>()
  let worker: Worker | undefined
  let last = 0

  function end(task: number, job: Job, settle: (made: Job['made']) => void): void {
    jobs.delete(task)
    if (jobs.size === 0) worker?.unref()
    job.hasEnded = true
    settle(job.made)
    job.wake()
  }
  function take(reply: UnpackReply): void {
    const job = jobs.get(reply.task)
    if (job === undefined) return
    if ('taken' in reply) {
      job.waiting -= reply.taken
      job.wake()
    } else if ('made' in reply) end(reply.task, job, ({ resolve }) => resolve(reply.made))
    else end(reply.task, job, ({ reject }) => reject(receivedFailure(reply.failure)))
  }
  function failAll(error: unknown): void {
    worker = undefined
    for (const [task, job] of jobs) end(task, job, ({ reject }) => reject(error))
  }
  function started(): Worker {
    if (worker !== undefined) return worker
    worker = startWorker()
    worker.on('message', take)
    worker.once('error', failAll)
    worker.once('exit', () => failAll(new Error('unreachable: the unpacking thread exited')))
    return worker
  }
  return {
    async unpack(begin, bytes) {
      const task = ++last
      const job: Job = { made: Promise.withResolvers(), waiting: 0, hasEnded: false, wake: () => {} }
      job.made.promise.catch(() => {})
      jobs.set(task, job)
      const thread = started()
      thread.ref()
      const send = (message: UnpackMessage): void => thread.postMessage(message)
      send({ task, begin })
      try {
        for await (const chunk of bytes) {
          if (job.hasEnded) break
          job.waiting += chunk.length
          // A copy, which moves to the thread: sending a part of a buffer would copy all of it.
          const own = new Uint8Array(chunk)
          thread.postMessage({ task, chunk: own } satisfies UnpackMessage, [own.buffer])
          while (job.waiting > mostWaiting && !job.hasEnded) await new Promise<void>((resolve) => (job.wake = resolve))
        }
        send({ task, end: 'complete' })
      } catch (thrown) {
        send({ task, end: 'failed' })
        // Until then it may write to the place.
        await job.made.promise.catch(() => {})
        throw thrown
      }
      return await job.made.promise
    },
    [Symbol.dispose]() {
      void worker?.terminate()
    },
  }
}

function startWorker(): Worker {
  return new Worker(workerFile(), {
    // Otherwise the worker's output would go through process.stdout, which makes a piped standard output non-blocking.
    stdout: true,
    stderr: true,
    execArgv: [],
  })
}

/** Beside this file: a source file when run from source, otherwise the output of scripts/bundle.ts. */
function workerFile(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'cjs'
  return new URL(`./unpack-worker.${extension}`, import.meta.url)
}
