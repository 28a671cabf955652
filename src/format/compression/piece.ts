/** A piece of what is compressed: up to 4 MiB in a buffer of its own, which moves from thread to thread. */
export type Piece = Uint8Array<ArrayBuffer>

/** Size of the largest piece, in bytes. */
export const mostPiece = 4_194_304

/** Frees a piece's memory at once. The garbage collector would let hundreds of megabytes pile up first. */
export function release({ buffer }: Piece): void {
  if (!buffer.detached) buffer.transfer(0)
}
