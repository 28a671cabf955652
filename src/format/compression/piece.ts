/** A piece of what is compressed: up to 4 MiB at the beginning of a buffer that moves from thread to thread (piece-buffers.ts). */
export type Piece = Uint8Array<ArrayBuffer>

/** Size of the largest piece, in bytes. */
export const mostPiece = 4_194_304

/** A compressed piece, and the buffer of the piece, which is used again. */
export interface PackedPiece {
  readonly packed: Uint8Array<ArrayBuffer>
  readonly buffer: ArrayBuffer
}

/**
 * Frees the memory of bytes that have a buffer of their own. The garbage collector would let tens of megabytes pile up first.
 */
export function release({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && !buffer.detached && byteLength === buffer.byteLength) buffer.transfer(0)
}
