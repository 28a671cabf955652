/**
 * Frequencies → a prefix code whose lengths are limited.
 *
 * The lengths are those of Huffman's algorithm, found in place from sorted frequencies (Moffat and Katajainen, 1995). Where some are too
 * long, leaves are moved up from below the limit until the code is complete again.
 */
import { scratch } from './memory'

/** `used` sorted pairs of frequency and symbol: two u32 each. */
const pairs: i32 = scratch
/** Number of codes of each length: u32. */
const lengthCounts: i32 = scratch + 8 * 320
/** The next code of each length: u32. */
const nextCodes: i32 = lengthCounts + 4 * 17

/**
 * Makes the code of `size` symbols: lengths as u8 at `lengths`; at `codes` the codes, first bit lowest, with their lengths above 24 bits, as u32.
 *
 * At least two symbols are given a code, since some decoders refuse a code of fewer.
 */
export function makeCode(counts: i32, size: i32, limit: i32, lengths: i32, codes: i32): void {
  memory.fill(lengths, 0, size)
  const used = sortSymbols(counts, size)
  minimumRedundancy(used)
  countLengths(used, limit)
  assignLengths(used, limit, lengths)
  assignCodes(size, limit, lengths, codes)
}

/** Puts the used symbols in order of frequency, then of symbol; gives their number. */
function sortSymbols(counts: i32, size: i32): i32 {
  let used = 0
  for (let symbol = 0; symbol < size; symbol++) {
    const count = load<u32>(counts + 4 * symbol)
    if (count > 0) setPair(used++, count, symbol)
  }
  for (let symbol = 0; used < 2; symbol++) if (load<u32>(counts + 4 * symbol) === 0) setPair(used++, 0, symbol)
  for (let root = (used >> 1) - 1; root >= 0; root--) siftDown(root, used)
  for (let end = used - 1; end > 0; end--) {
    swapWithFirst(end)
    siftDown(0, end)
  }
  return used
}

function setPair(index: i32, count: u32, symbol: i32): void {
  store<u64>(pairs + 8 * index, ((<u64>count) << 32) | <u64>symbol)
}

function siftDown(root: i32, end: i32): void {
  const moved = load<u64>(pairs + 8 * root)
  let place = root
  for (let child = 2 * root + 1; child < end; child = 2 * place + 1) {
    if (child + 1 < end && load<u64>(pairs + 8 * child) < load<u64>(pairs + 8 * (child + 1))) child++
    const candidate = load<u64>(pairs + 8 * child)
    if (candidate <= moved) break
    store<u64>(pairs + 8 * place, candidate)
    place = child
  }
  store<u64>(pairs + 8 * place, moved)
}

function swapWithFirst(index: i32): void {
  const first = load<u64>(pairs)
  store<u64>(pairs, load<u64>(pairs + 8 * index))
  store<u64>(pairs + 8 * index, first)
}

/** Replaces each frequency by the length of its code; the symbols stay beside. */
function minimumRedundancy(used: i32): void {
  // Joins the two lightest again and again: a joined node holds the number of its parent.
  let leaf = 0
  let root = 0
  for (let node = 0; node < used - 1; node++) {
    let sum: u32 = 0
    for (let part = 0; part < 2; part++) {
      if (leaf >= used || (root < node && weightAt(root) < weightAt(leaf))) {
        sum += weightAt(root)
        setWeight(root++, node)
      } else sum += weightAt(leaf++)
    }
    setWeight(node, sum)
  }
  // Parents → depths of the joined nodes, from the last, which is the root.
  setWeight(used - 2, 0)
  for (let node = used - 3; node >= 0; node--) setWeight(node, weightAt(weightAt(node)) + 1)
  // Depths of joined nodes → depths of leaves.
  let available = 1
  let depth = 0
  let inner = used - 2
  let next = used - 1
  while (available > 0) {
    let joined = 0
    while (inner >= 0 && weightAt(inner) === depth) {
      joined++
      inner--
    }
    while (available > joined) {
      setWeight(next--, depth)
      available--
    }
    available = 2 * joined
    depth++
  }
}

function weightAt(index: i32): u32 {
  return load<u32>(pairs + 8 * index + 4)
}

function setWeight(index: i32, weight: u32): void {
  store<u32>(pairs + 8 * index + 4, weight)
}

/** Counts the codes of each length, none above the limit. */
function countLengths(used: i32, limit: i32): void {
  memory.fill(lengthCounts, 0, 4 * 17)
  // How much of the code space, in codes of the longest length, is taken.
  let taken = 0
  for (let index = 0; index < used; index++) {
    const length = min<i32>(weightAt(index), limit)
    store<u32>(lengthCounts + 4 * length, load<u32>(lengthCounts + 4 * length) + 1)
    taken += 1 << (limit - length)
  }
  // Too much: a leaf above the limit becomes a node with two leaves, one of them taken from the limit.
  while (taken > 1 << limit) {
    let length = limit - 1
    while (load<u32>(lengthCounts + 4 * length) === 0) length--
    store<u32>(lengthCounts + 4 * length, load<u32>(lengthCounts + 4 * length) - 1)
    store<u32>(lengthCounts + 4 * length + 4, load<u32>(lengthCounts + 4 * length + 4) + 2)
    store<u32>(lengthCounts + 4 * limit, load<u32>(lengthCounts + 4 * limit) - 1)
    taken--
  }
}

/** Gives the longest codes to the rarest symbols. */
function assignLengths(_used: i32, limit: i32, lengths: i32): void {
  let index = 0
  for (let length = limit; length > 0; length--)
    for (let left = load<u32>(lengthCounts + 4 * length); left > 0; left--)
      store<u8>(lengths + load<u32>(pairs + 8 * index++), length)
}

/** Canonical codes (RFC 1951, 3.2.2), reversed. */
function assignCodes(size: i32, limit: i32, lengths: i32, codes: i32): void {
  let code = 0
  for (let length = 1; length <= limit; length++) {
    store<u32>(nextCodes + 4 * length, code)
    code = (code + load<u32>(lengthCounts + 4 * length)) << 1
  }
  for (let symbol = 0; symbol < size; symbol++) {
    const length: u32 = load<u8>(lengths + symbol)
    if (length === 0) continue
    const next = load<u32>(nextCodes + 4 * length)
    store<u32>(nextCodes + 4 * length, next + 1)
    store<u32>(codes + 4 * symbol, reversed(next, length) | (length << 24))
  }
}

function reversed(code: i32, length: i32): u32 {
  let bits: u32 = code
  bits = ((bits >> 1) & 0x5555) | ((bits & 0x5555) << 1)
  bits = ((bits >> 2) & 0x3333) | ((bits & 0x3333) << 2)
  bits = ((bits >> 4) & 0x0f0f) | ((bits & 0x0f0f) << 4)
  bits = (bits >> 8) | ((bits & 0xff) << 8)
  return bits >> (16 - length)
}
