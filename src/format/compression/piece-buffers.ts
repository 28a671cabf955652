/**
 * Buffers for the pieces that are in work, shared by all that is compressed at the same time.
 *
 * They are used again and again: buffers of changing sizes, freed one by one, leave gaps that the C library keeps.
 */
import { availableParallelism } from 'node:os'
import { openRoom } from '../../base/limit.ts'
import { mostPiece } from './piece.ts'

/** More threads than this wait for the one that reads. */
const mostThreads = 8

/** Threads that compress at the same time. */
export const threadCount: number = Math.min(availableParallelism(), mostThreads)

/** A buffer in use; disposing of it gives it to the next. */
export interface PieceBuffer extends Disposable {
  /** Of `mostPiece` bytes. It comes back as another object from a thread that it was moved to. */
  buffer: ArrayBuffer
}

// One for each thread, one that waits, and those that three layers are read into.
const count = threadCount + 4
const room = openRoom(count)
const spare: ArrayBuffer[] = []
let used = 0

/** Waits for a buffer. */
export async function takeBuffer(): Promise<PieceBuffer> {
  const place = await room.enter(1)
  used++
  const taken = {
    buffer: spare.pop() ?? new ArrayBuffer(mostPiece),
    [Symbol.dispose]() {
      used--
      // One that was moved to a thread that failed is lost.
      if (!taken.buffer.detached) spare.push(taken.buffer)
      if (used === 0) for (const buffer of spare.splice(0)) buffer.transfer(0)
      place[Symbol.dispose]()
    },
  }
  return taken
}
