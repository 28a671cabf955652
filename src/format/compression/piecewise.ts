/** Pieces → compressed pieces, in their order: those that are remembered are taken from there, others are compressed, several at once. */
import { createHash } from 'node:crypto'
import { pMapIterable } from 'p-map'
import type { PieceMemory } from './piece-memory.ts'

/** How pieces are remembered. */
export interface Piecewise {
  /** The encoder and its level (`encoderName`). */
  readonly encoder: string
  readonly memory: PieceMemory
}

interface Packing extends Piecewise {
  readonly atOnce: number
  /** Compresses a piece, which is its own from then on. */
  pack(piece: Uint8Array<ArrayBuffer>): Promise<Uint8Array>
}

/** Compresses pieces. */
export async function* packPieces(
  pieces: AsyncIterable<Uint8Array<ArrayBuffer>>,
  { encoder, memory, atOnce, pack }: Packing,
): AsyncGenerator<Uint8Array> {
  const packed = async (piece: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
    const name = `${encoder.replaceAll('/', '-')}-${createHash('sha256').update(piece).digest('hex')}`
    const known = memory.find(name)
    if (known !== undefined) return known
    const made = await pack(piece)
    memory.keep(name, made)
    return made
  }
  yield* pMapIterable(pieces, packed, { concurrency: atOnce })
}
