/** A thread that compresses the pieces it is sent, one after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { openEncoder } from './deflate-module.ts'
import type { PackedPiece, Piece } from './piece.ts'

/** What the thread is sent. */
export interface DeflateTask {
  readonly piece: Piece
  readonly level: number
}

if (!(workerData instanceof WebAssembly.Module)) throw new Error('unreachable: the thread was given no encoder')
const encoder = openEncoder(workerData)
parentPort?.on('message', ({ piece, level }: DeflateTask) => {
  const packed = encoder.deflate(piece, level)
  const { buffer } = piece
  parentPort?.postMessage({ packed, buffer } satisfies PackedPiece, [packed.buffer, buffer])
})
