/** Bytes → compressed pieces, in their order: those that are remembered are taken from there, others are compressed, several at once. */
import { createHash } from 'node:crypto'
import type { Bytes } from '../../base/bytes.ts'
import { type PackedPiece, type Piece, release } from './piece.ts'
import { type PieceBuffer, takeBuffer } from './piece-buffers.ts'
import type { PieceMemory } from './piece-memory.ts'
import { type CutRule, pieces } from './pieces.ts'

/** How pieces are remembered. */
export interface Piecewise {
  /** The encoder and its level (`encoderName`). */
  readonly encoder: string
  readonly memory: PieceMemory
}

interface Packing extends Piecewise {
  readonly rule: CutRule
  /** How many pieces are read before the first must be done. */
  readonly atOnce: number
  /** Sees each piece, in order, before it is compressed. */
  see?(piece: Piece): void
  /** Compresses a piece, whose buffer is its own until it gives it back. */
  pack(piece: Piece): Promise<PackedPiece>
}

/** Compresses pieces. A chunk is done with before the next is asked for. */
export async function* packPieces(bytes: Bytes, packing: Packing): AsyncGenerator<Uint8Array> {
  const begun: Promise<Uint8Array>[] = []
  for await (const filled of filledBuffers(bytes, packing)) {
    begun.push(begin(filled, packing))
    if (begun.length === packing.atOnce) yield* released(begun.shift())
  }
  while (begun.length > 0) yield* released(begun.shift())
}

async function* released(packed: Promise<Uint8Array> | undefined): AsyncGenerator<Uint8Array> {
  const chunk = await packed
  if (chunk === undefined) return
  yield chunk
  release(chunk)
}

interface Filled {
  readonly piece: Piece
  readonly taken: PieceBuffer
}

/** Reads a piece only when there is a buffer for it. */
async function* filledBuffers(bytes: Bytes, { rule, see }: Packing): AsyncGenerator<Filled> {
  let own: PieceBuffer | undefined = await takeBuffer()
  try {
    for await (const piece of pieces(bytes, rule, () => new Uint8Array(own?.buffer ?? given()))) {
      see?.(piece)
      const taken = own
      own = undefined
      yield { piece, taken }
      own = await takeBuffer()
    }
  } finally {
    own?.[Symbol.dispose]()
  }
}

function given(): never {
  throw new Error('unreachable: a buffer was given away that is still being filled')
}

function begin(filled: Filled, packing: Packing): Promise<Uint8Array> {
  const packed = packedPiece(filled, packing)
  // One that fails behind another that fails, or that is not asked for any more, is not waited for.
  packed.catch(() => {})
  return packed
}

async function packedPiece({ piece, taken }: Filled, { encoder, memory, pack }: Packing): Promise<Uint8Array> {
  using held = taken
  const name = `${encoder.replaceAll('/', '-')}-${createHash('sha256').update(piece).digest('hex')}`
  const known = memory.find(name)
  if (known !== undefined) return known
  const { packed, buffer } = await pack(piece)
  held.buffer = buffer
  memory.keep(name, packed)
  return packed
}
