/** Compressed pieces that are remembered: only a saving of time, so any of them may be gone at any moment. */

/** Remembers compressed pieces. */
export interface PieceMemory {
  /** What a piece compressed to. @param name - `pieceName` of it */
  find(name: string): Uint8Array | undefined
  /** Remembers it where that is possible. */
  keep(name: string, packed: Uint8Array): void
}

/** A memory of nothing. */
export const forgetful: PieceMemory = { find: () => undefined, keep: () => {} }
