/** Pieces → compressed pieces, in their order: those that are remembered are taken from there, others are compressed, several at once. */
import { createHash } from 'node:crypto'
import { type Piece, release } from './piece.ts'
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
  pack(piece: Piece): Promise<Uint8Array>
}

/** Compresses pieces. `atOnce` of them are read before the first must be done. */
export async function* packPieces(
  pieces: AsyncIterable<Piece>,
  { atOnce, ...packing }: Packing,
): AsyncGenerator<Uint8Array> {
  const begun: Promise<Uint8Array>[] = []
  for await (const piece of pieces) {
    begun.push(begin(piece, packing))
    const first = begun.length < atOnce ? undefined : begun.shift()
    if (first !== undefined) yield await first
  }
  for (const packed of begun) yield await packed
}

function begin(piece: Piece, packing: Omit<Packing, 'atOnce'>): Promise<Uint8Array> {
  const packed = packedPiece(piece, packing)
  // One that fails behind another that fails, or that is not asked for any more, is not waited for.
  packed.catch(() => {})
  return packed
}

async function packedPiece(piece: Piece, { encoder, memory, pack }: Omit<Packing, 'atOnce'>): Promise<Uint8Array> {
  const name = `${encoder.replaceAll('/', '-')}-${createHash('sha256').update(piece).digest('hex')}`
  const known = memory.find(name)
  const made = known ?? (await pack(piece))
  release(piece)
  if (known === undefined) memory.keep(name, made)
  return made
}
