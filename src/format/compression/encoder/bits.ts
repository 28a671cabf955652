/** Bits → bytes, the first bit lowest (RFC 1951, 3.1.1). */
import { output } from './memory'

/** The bits of the unfinished byte, their number, and where that byte goes. A loop that writes much keeps them in variables of its own. */
export let held: u64 = 0
export let count: u64 = 0
export let next: i32 = output

/** Starts at the beginning of the output. */
export function startBits(): void {
  held = 0
  count = 0
  next = output
}

/** Continues from the position that a loop has reached. */
export function continueAt(bits: u64, width: u64, place: i32): void {
  held = bits
  count = width
  next = place
}

/** Writes up to 56 bits. */
export function putBits(bits: u64, width: u64): void {
  held |= bits << count
  count += width
  store<u64>(next, held)
  next += <i32>(count >> 3)
  held >>= count & ~7
  count &= 7
}

/** Bits in the last, unfinished byte: 0 to 7. */
export function bitPosition(): i32 {
  return <i32>count
}

/** Fills the last byte up with zeros. */
export function alignBits(): void {
  if (count > 0) putBits(0, 8 - count)
}

/** Copies whole bytes, at a byte's beginning. */
export function putBytes(from: i32, size: i32): void {
  memory.copy(next, from, size)
  next += size
}

/** Whole bytes written. */
export function byteCount(): i32 {
  return next - output
}
