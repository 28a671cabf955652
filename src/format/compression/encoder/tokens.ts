/**
 * Literals and matches of the block that is being gathered, and their frequencies.
 *
 * A token is a literal's byte, or a match's length above 16 bits of its distance less one (with a mark in the highest bit).
 */
import { blockCounts, distances, lengthSlots, maxTokens, symbolCount, tokens, unitCounts } from './memory'
import { distanceSlot } from './tables'

/** Tokens so far. */
export let tokenCount: i32 = 0

export function putLiteral(byte: u32): void {
  store<u32>(tokens + 4 * tokenCount++, byte)
  count(byte)
}

export function putMatch(length: i32, distance: i32): void {
  store<u32>(tokens + 4 * tokenCount++, (1 << 31) | (length << 16) | (distance - 1))
  count(257 + load<u8>(lengthSlots + length))
  count(distances + distanceSlot(distance))
}

function count(symbol: i32): void {
  store<u32>(unitCounts + 4 * symbol, load<u32>(unitCounts + 4 * symbol) + 1)
}

/** Forgets the first tokens, which were written; the rest move to the front. */
export function dropTokens(dropped: i32): void {
  tokenCount -= dropped
  memory.copy(tokens, tokens + 4 * dropped, 4 * tokenCount)
  memory.fill(blockCounts, 0, 4 * symbolCount)
}

/** Forgets everything. */
export function clearTokens(): void {
  tokenCount = 0
  memory.fill(blockCounts, 0, 8 * symbolCount)
}

/** Whether another unit might not fit. */
export function isFull(): bool {
  return tokenCount >= maxTokens - 4096
}
