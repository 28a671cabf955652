/** Pieces → compressed pieces, in their order: those that are remembered are taken from there, others are compressed, several at once. */
import { createHash } from 'node:crypto'
import { openRoom, type Place } from '../../base/limit.ts'
import { mostPiece, type Piece, release } from './piece.ts'
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

/** Room for pieces that are in work, in bytes, shared by all that is compressed at the same time. */
const room = openRoom(4 * mostPiece)

/** Compresses pieces. `atOnce` of them are read before the first must be done. */
export async function* packPieces(
  pieces: AsyncIterable<Piece>,
  { atOnce, ...packing }: Packing,
): AsyncGenerator<Uint8Array> {
  const begun: Promise<Uint8Array>[] = []
  for await (const placed of placedPieces(pieces)) {
    begun.push(begin(placed, packing))
    const first = begun.length < atOnce ? undefined : begun.shift()
    if (first !== undefined) yield await first
  }
  for (const packed of begun) yield await packed
}

interface Placed {
  readonly piece: Piece
  readonly place: Place
}

/** Reads a piece only when there is room for it. */
async function* placedPieces(pieces: AsyncIterable<Piece>): AsyncGenerator<Placed> {
  let place = await room.enter(mostPiece)
  try {
    for await (const piece of pieces) {
      place.shrink(piece.length)
      yield { piece, place }
      place = await room.enter(mostPiece)
    }
  } finally {
    place[Symbol.dispose]()
  }
}

function begin(placed: Placed, packing: Omit<Packing, 'atOnce'>): Promise<Uint8Array> {
  const packed = packedPiece(placed, packing)
  // One that fails behind another that fails, or that is not asked for any more, is not waited for.
  packed.catch(() => {})
  return packed
}

async function packedPiece(
  { piece, place }: Placed,
  { encoder, memory, pack }: Omit<Packing, 'atOnce'>,
): Promise<Uint8Array> {
  using _place = place
  const name = `${encoder.replaceAll('/', '-')}-${createHash('sha256').update(piece).digest('hex')}`
  const known = memory.find(name)
  const made = known ?? (await pack(piece))
  release(piece)
  if (known === undefined) memory.keep(name, made)
  return made
}
