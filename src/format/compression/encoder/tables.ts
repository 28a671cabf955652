/** Constant tables of the format (RFC 1951, 3.2.5) and of logarithms. */
import { distanceSlots, lengthSlots, logarithms } from './memory'

/** Extra bits of a length's symbol (257 + slot). */
export function lengthExtra(slot: i32): i32 {
  return slot < 8 || slot === 28 ? 0 : (slot >> 2) - 1
}

/** First length of a symbol. */
export function lengthBase(slot: i32): i32 {
  if (slot === 28) return 258
  return slot < 8 ? slot + 3 : 3 + ((4 + (slot & 3)) << ((slot >> 2) - 1))
}

/** Extra bits of a distance's symbol. */
export function distanceExtra(slot: i32): i32 {
  return slot < 4 ? 0 : (slot >> 1) - 1
}

/** First distance of a symbol. */
export function distanceBase(slot: i32): i32 {
  return slot < 4 ? slot + 1 : 1 + ((2 + (slot & 1)) << ((slot >> 1) - 1))
}

/** Symbol of a distance. */
export function distanceSlot(distance: i32): i32 {
  const less = distance - 1
  return load<u8>(distanceSlots + (less < 256 ? less : 256 + (less >> 7)))
}

/** Fills the tables. */
export function fillTables(): void {
  for (let slot = 0; slot < 29; slot++) {
    const end = slot === 28 ? 259 : lengthBase(slot) + (1 << lengthExtra(slot))
    for (let length = lengthBase(slot); length < end; length++) store<u8>(lengthSlots + length, slot)
  }
  for (let slot = 0; slot < 30; slot++) {
    const base = distanceBase(slot) - 1
    const end = base + (1 << distanceExtra(slot))
    for (let less = base; less < end; less += less < 256 ? 1 : 128)
      store<u8>(distanceSlots + (less < 256 ? less : 256 + (less >> 7)), slot)
  }
  for (let n = 1; n < 4096; n++) store<u16>(logarithms + 2 * n, logarithm(n))
}

/** 256 times the logarithm to base two, by squaring: whole numbers only, so that it is the same everywhere. */
function logarithm(n: i32): i32 {
  const whole = 31 - clz(n)
  let mantissa = ((<u64>n) << 30) >> <u64>whole
  let result = whole
  for (let bit = 0; bit < 8; bit++) {
    mantissa = (mantissa * mantissa) >> 30
    result <<= 1
    if (mantissa >= 1 << 31) {
      mantissa >>= 1
      result |= 1
    }
  }
  return result
}

/** `n` times the logarithm of `n`, in 1/256 bit. */
export function weight(n: u32): u64 {
  const shift: u32 = n < 4096 ? 0 : 20 - clz(n)
  return <u64>n * (load<u16>(logarithms + ((n >> shift) << 1)) + (shift << 8))
}
