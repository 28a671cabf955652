/** A thread that decompresses files into the store: several at a time, each from chunks that the main thread sends (unpack-thread.ts). */
import { isMainThread, parentPort } from 'node:worker_threads'
import type { FileHash } from '../base/digest.ts'
import { sentFailure, type ThreadFailure } from '../base/thread-failure.ts'
import { type Compression, decompress, type Limit } from '../format/compression.ts'
import { writeFlatFile } from './add-file.ts'
import type { NarSummary } from './nix/nar-digest.ts'
import type { StorePath } from './store-path.ts'

/** File to decompress. */
export interface UnpackTask {
  /** Where the decompressed file is written, and the path that it will have. */
  readonly place: string
  readonly path: StorePath
  readonly kind: Compression
  /** Name of the packed bytes in errors. */
  readonly name: string
  readonly limit: Limit
  /** Expected hash of the decompressed file. */
  readonly fixed: FileHash
}

/** Message to the thread about the task of a number. "failed": the source of the bytes failed. */
export type UnpackMessage = { readonly task: number } & (
  | { readonly begin: UnpackTask }
  | { readonly chunk: Uint8Array<ArrayBuffer> }
  | { readonly end: 'complete' | 'failed' }
)

/** Message of the thread: so many bytes were taken, the file is complete, or it failed. */
export type UnpackReply = { readonly task: number } & (
  | { readonly taken: number }
  | { readonly made: NarSummary }
  | { readonly failure: ThreadFailure }
)

/** Chunks of a task that have arrived. */
interface Arrived {
  readonly chunks: Uint8Array<ArrayBuffer>[]
  end?: 'complete' | 'failed'
  wake: () => void
}

const tasks = new Map<number, Arrived>()

function receive(message: UnpackMessage): void {
  if ('begin' in message) {
    const arrived: Arrived = { chunks: [], wake: () => {} }
    tasks.set(message.task, arrived)
    void unpack(message.task, message.begin, arrived)
    return
  }
  // A task that has failed needs no more.
  const arrived = tasks.get(message.task)
  if (arrived === undefined) return
  if ('chunk' in message) arrived.chunks.push(message.chunk)
  else arrived.end = message.end
  arrived.wake()
}

async function unpack(
  task: number,
  { place, path, kind, name, limit, fixed }: UnpackTask,
  arrived: Arrived,
): Promise<void> {
  try {
    const bytes = decompress(kind, taken(task, arrived), { name, limit, chunks: 'lent' })
    reply({ task, made: await writeFlatFile(place, { path, bytes, fixed, candidates: [] }) })
  } catch (thrown) {
    reply({ task, failure: sentFailure(thrown) })
  } finally {
    tasks.delete(task)
  }
}

async function* taken(task: number, arrived: Arrived): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = arrived.chunks.shift()
    if (chunk !== undefined) {
      const { length } = chunk
      yield chunk
      // The decoder has taken it.
      chunk.buffer.transfer(0)
      reply({ task, taken: length })
    } else if (arrived.end === 'complete') return
    else if (arrived.end === 'failed') throw new Error('the source of the bytes failed')
    else await new Promise<void>((resolve) => (arrived.wake = resolve))
  }
}

function reply(message: UnpackReply): void {
  parentPort?.postMessage(message)
}

if (!isMainThread) parentPort?.on('message', receive)
