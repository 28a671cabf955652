/**
 * Compresses pieces: the first few in this thread, since starting others takes longer, then by as many threads as there are processors.
 *
 * The threads are shared by all that is compressed at the same time, and stop a little after nothing is.
 */
import { compileEncoder, type Encoder, openEncoder } from './deflate-module.ts'
import type { DeflateThreads } from './deflate-threads.ts'
import type { PackedPiece, Piece } from './piece.ts'
import { threadCount } from './piece-buffers.ts'

/** Compresses pieces for one stream; disposing of it may stop the threads. */
export interface Deflater extends Disposable {
  /** How many pieces are worth giving at once. */
  readonly atOnce: number
  /** @param piece - its buffer must not be used any more: it comes back as another object. */
  deflate(piece: Piece, level: number): Promise<PackedPiece>
}

/** Bytes that are compressed here before threads start: about as long as they take to start. */
const firstBytes = 3_145_728
const idleMilliseconds = 500

const shared: Shared = { users: 0 }

interface Shared {
  users: number
  module?: WebAssembly.Module
  encoder?: Encoder
  threads?: Promise<DeflateThreads>
  timer?: NodeJS.Timeout
}

/** Opens a deflater. */
export function openDeflater(): Deflater {
  shared.users++
  clearTimeout(shared.timer)
  let left = firstBytes
  return {
    // While all threads work, one finished piece may wait for an earlier one, and one more is read.
    atOnce: threadCount + 2,
    async deflate(piece, level) {
      shared.module ??= compileEncoder()
      left -= piece.length
      if (left >= 0 && shared.threads === undefined) {
        shared.encoder ??= openEncoder(shared.module)
        return { packed: shared.encoder.deflate(piece, level), buffer: piece.buffer }
      }
      delete shared.encoder
      shared.threads ??= startThreads(shared.module)
      return (await shared.threads).deflate(piece, level)
    },
    [Symbol.dispose]() {
      if (--shared.users === 0) shared.timer = setTimeout(stopThreads, idleMilliseconds).unref()
    },
  }
}

async function startThreads(module: WebAssembly.Module): Promise<DeflateThreads> {
  return (await import('./deflate-threads.ts')).startDeflateThreads(module, threadCount)
}

function stopThreads(): void {
  void shared.threads?.then((threads) => threads[Symbol.dispose]())
  delete shared.threads
}
