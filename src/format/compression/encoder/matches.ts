/**
 * Finds the longest earlier occurrence of what follows a position, by chains of positions with equal hashes.
 *
 * Every position must be entered once, in order: by `longest`, which also searches, or by `enter`.
 */
import { headBits, headBits3, heads, heads3, input, links, windowSize } from './memory'

/** How far back the match that `longest` found last is. */
export let matchDistance: i32 = 0

/** Far below every position: too far back. */
const nothing: u8 = 0x80

/** Bytes that a hash looks at: nothing is looked for closer to the end. */
export const lookahead: i32 = 4

/** Forgets all positions. */
export function clearMatches(): void {
  memory.fill(heads, nothing, links - heads)
}

/** Enters a position that is not searched from. */
export function enter(position: i32): void {
  const word = load<u32>(input + position)
  const head = heads + (((word * 0x9e3779b1) >>> (32 - headBits)) << 2)
  link(position, load<i32>(head))
  store<i32>(head, position)
  store<i32>(heads3 + ((((word << 8) * 0x9e3779b1) >>> (32 - headBits3)) << 2), position)
}

function link(position: i32, previous: i32): void {
  store<u16>(links + ((position & (windowSize - 1)) << 1), min(position - previous, 0xffff))
}

/**
 * Enters a position and finds a match of it that is longer than `least`.
 *
 * @param most - the longest that is allowed: what is left of the input, at most 258.
 * @param depth - how many candidates are looked at.
 * @param enough - a length with which the search ends.
 * @returns its length, or `least` when there is none.
 */
export function longest(position: i32, least: i32, most: i32, depth: i32, enough: i32): i32 {
  const here = input + position
  const word = load<u32>(here)
  const head = heads + (((word * 0x9e3779b1) >>> (32 - headBits)) << 2)
  const head3 = heads3 + ((((word << 8) * 0x9e3779b1) >>> (32 - headBits3)) << 2)
  let candidate = load<i32>(head)
  const candidate3 = load<i32>(head3)
  store<i32>(head, position)
  store<i32>(head3, position)
  link(position, candidate)
  if (least >= most) return least
  const oldest = position - windowSize
  let length = least
  if (length < 3 && candidate3 >= oldest && (load<u32>(input + candidate3) ^ word) << 8 === 0) {
    length = 3
    matchDistance = position - candidate3
  }
  // To be longer, a candidate must agree in the last four bytes of that length too.
  let last = max(length, 3) - 3
  let ending = load<u32>(here + last)
  for (; candidate >= oldest && depth > 0; depth--) {
    const there = input + candidate
    if (load<u32>(there + last) === ending && load<u32>(there) === word) {
      const found = commonLength(here, there, most)
      if (found > length) {
        length = found
        matchDistance = position - candidate
        if (found >= enough || found >= most) break
        last = found - 3
        ending = load<u32>(here + last)
      }
    }
    candidate -= load<u16>(links + ((candidate & (windowSize - 1)) << 1))
  }
  return length
}

/** How many bytes at two places are equal, of which the first four are. */
function commonLength(one: i32, other: i32, most: i32): i32 {
  let length = 4
  if (ASC_FEATURE_SIMD) {
    while (length + 16 <= most) {
      const mask = i8x16.bitmask(i8x16.eq(v128.load(one + length), v128.load(other + length)))
      if (mask !== 0xffff) return length + ctz(~mask)
      length += 16
    }
  }
  while (length + 8 <= most) {
    const difference = load<u64>(one + length) ^ load<u64>(other + length)
    if (difference !== 0) return length + <i32>(ctz(difference) >> 3)
    length += 8
  }
  while (length < most && load<u8>(one + length) === load<u8>(other + length)) length++
  return length
}
