/** Writes one block in whichever form is smallest: stored, with the fixed code, or with a code of its own (RFC 1951, 3.2.3). */
import { alignBits, count as bitCount, bitPosition, continueAt, held, next, putBits, putBytes } from './bits'
import { makeCode } from './huffman'
import {
  blockCounts,
  codeLengths,
  codes,
  describedLengths,
  distanceSlots,
  distances,
  input,
  lengthSlots,
  lengthWords,
  metaCodes,
  metaCounts,
  metaLengths,
  metaSymbols,
  tokens,
} from './memory'
import { distanceBase, distanceExtra, lengthBase, lengthExtra } from './tables'

const endOfBlock: i32 = 256
const mostStored: i32 = 65535

/** Writes the first `count` tokens, which stand for `size` bytes of the input from `start` on. */
export function writeBlock(count: i32, start: i32, size: i32): void {
  store<u32>(blockCounts + 4 * endOfBlock, 1)
  const extra = extraBits()
  makeCode(blockCounts, 286, 15, codeLengths, codes)
  makeCode(blockCounts + 4 * distances, 30, 15, codeLengths + distances, codes + 4 * distances)
  describeCodes()
  makeCode(metaCounts, 19, 7, metaLengths, metaCodes)
  const dynamic = dynamicBits() + extra
  const fixed = fixedBits() + extra
  if (storedBits(size) <= min(dynamic, fixed)) {
    writeStored(start, size)
    return
  }
  putBits(fixed <= dynamic ? 2 : 4, 3)
  if (fixed <= dynamic) useFixedCode()
  else writeDescription()
  writeTokens(count)
}

function extraBits(): i32 {
  let bits = 0
  for (let slot = 0; slot < 29; slot++) bits += load<u32>(blockCounts + 4 * (257 + slot)) * lengthExtra(slot)
  for (let slot = 0; slot < 30; slot++) bits += load<u32>(blockCounts + 4 * (distances + slot)) * distanceExtra(slot)
  return bits
}

/** Bits of a block with its own code, without extra bits. */
function dynamicBits(): i32 {
  let bits = 3 + 14 + 3 * metaCodeCount()
  for (let symbol = 0; symbol < 19; symbol++) {
    bits += load<u32>(metaCounts + 4 * symbol) * (load<u8>(metaLengths + symbol) + repeatBits(symbol))
  }
  for (let symbol = 0; symbol < distances + 30; symbol++)
    bits += load<u32>(blockCounts + 4 * symbol) * load<u8>(codeLengths + symbol)
  return bits
}

/** Bits of a block with the fixed code, without extra bits. */
function fixedBits(): i32 {
  let bits = 3
  for (let symbol = 0; symbol < 286; symbol++) bits += load<u32>(blockCounts + 4 * symbol) * fixedLength(symbol)
  for (let slot = 0; slot < 30; slot++) bits += 5 * load<u32>(blockCounts + 4 * (distances + slot))
  return bits
}

/** RFC 1951, 3.2.6. */
function fixedLength(symbol: i32): i32 {
  return symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8
}

function storedBits(size: i32): i32 {
  const parts = size === 0 ? 1 : (size + mostStored - 1) / mostStored
  const toByte = (8 - ((bitPosition() + 3) & 7)) & 7
  return 3 + toByte + 32 + 8 * size + 40 * (parts - 1)
}

/** Writes bytes as they are, in as many blocks as that takes. */
export function writeStored(start: i32, size: i32): void {
  let left = size
  let from = input + start
  do {
    const part = min(left, mostStored)
    left -= part
    putBits(0, 3)
    alignBits()
    putBits(<u64>part | ((<u64>(part ^ 0xffff)) << 16), 32)
    putBytes(from, part)
    from += part
  } while (left > 0)
}

function useFixedCode(): void {
  // The canonical code of these lengths; the two symbols that are never used take their part of it.
  for (let symbol = 0; symbol < 288; symbol++) store<u32>(blockCounts + 4 * symbol, 1 << (9 - fixedLength(symbol)))
  makeCode(blockCounts, 288, 9, codeLengths, codes)
  for (let slot = 0; slot < 32; slot++) store<u32>(blockCounts + 4 * (distances + slot), 1)
  makeCode(blockCounts + 4 * distances, 32, 5, codeLengths + distances, codes + 4 * distances)
}

let literalCodes: i32 = 0
let distanceCodes: i32 = 0
let metaSize: i32 = 0

/** Prepares the description of both codes (RFC 1951, 3.2.7). */
function describeCodes(): void {
  memory.fill(metaCounts, 0, 4 * 19)
  metaSize = 0
  literalCodes = 286
  while (load<u8>(codeLengths + literalCodes - 1) === 0) literalCodes--
  distanceCodes = 30
  while (load<u8>(codeLengths + distances + distanceCodes - 1) === 0) distanceCodes--
  // Repeats may run from one code into the other.
  memory.copy(describedLengths, codeLengths, literalCodes)
  memory.copy(describedLengths + literalCodes, codeLengths + distances, distanceCodes)
  const total = literalCodes + distanceCodes
  for (let index = 0; index < total; ) {
    const length = load<u8>(describedLengths + index)
    const run = runAt(index, total)
    if (length === 0) describeZeros(run)
    else describeRun(length, run)
    index += run
  }
}

function runAt(index: i32, total: i32): i32 {
  const length = load<u8>(describedLengths + index)
  let run = 1
  while (index + run < total && load<u8>(describedLengths + index + run) === length) run++
  return run
}

function describeZeros(run: i32): void {
  let left = run
  for (; left >= 11; left -= min(left, 138)) putMeta(18, min(left, 138) - 11)
  if (left >= 3) putMeta(17, left - 3)
  else for (; left > 0; left--) putMeta(0, 0)
}

function describeRun(length: i32, run: i32): void {
  putMeta(length, 0)
  let left = run - 1
  for (; left >= 3; left -= min(left, 6)) putMeta(16, min(left, 6) - 3)
  for (; left > 0; left--) putMeta(length, 0)
}

function putMeta(symbol: i32, extra: i32): void {
  store<u16>(metaSymbols + 2 * metaSize++, symbol | (extra << 8))
  store<u32>(metaCounts + 4 * symbol, load<u32>(metaCounts + 4 * symbol) + 1)
}

function repeatBits(symbol: i32): i32 {
  return symbol === 16 ? 2 : symbol === 17 ? 3 : symbol === 18 ? 7 : 0
}

/** The order in which the lengths of the code for codes come (RFC 1951, 3.2.7). */
const metaOrder = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15])

/** How many of those lengths are written. */
function metaCodeCount(): i32 {
  let count = 19
  while (count > 4 && metaLengthAt(count - 1) === 0) count--
  return count
}

function metaLengthAt(place: i32): i32 {
  return load<u8>(metaLengths + load<u8>(metaOrder + place))
}

function writeDescription(): void {
  const count = metaCodeCount()
  putBits(<u64>(literalCodes - 257) | ((<u64>(distanceCodes - 1)) << 5) | ((<u64>(count - 4)) << 10), 14)
  for (let place = 0; place < count; place++) putBits(metaLengthAt(place), 3)
  for (let index = 0; index < metaSize; index++) {
    const described = load<u16>(metaSymbols + 2 * index)
    const symbol = described & 0xff
    putWord(load<u32>(metaCodes + 4 * symbol))
    putBits(described >> 8, repeatBits(symbol))
  }
}

/** Writes a code that has its length above 24 bits. */
function putWord(word: u32): void {
  putBits(word & 0xffffff, word >> 24)
}

function writeTokens(count: i32): void {
  fillLengthWords()
  let bits = held
  let width = bitCount
  let place = next
  const end = tokens + 4 * count
  for (let token = tokens; token < end; token += 4) {
    const value = load<u32>(token)
    if (<i32>value >= 0) {
      const word = load<u32>(codes + 4 * value)
      bits |= (<u64>(word & 0xffffff)) << width
      width += word >> 24
    } else {
      const lengthWord = load<u32>(lengthWords + (((value >> 16) & 0x1ff) << 2))
      const less = value & 0xffff
      const slot = load<u8>(distanceSlots + (less < 256 ? less : 256 + (less >> 7)))
      const word = load<u32>(codes + 4 * distances + 4 * slot)
      bits |= (<u64>(lengthWord & 0xffffff)) << width
      width += lengthWord >> 24
      bits |= (<u64>(word & 0xffffff) | ((<u64>(less + 1 - distanceBase(slot))) << (word >> 24))) << width
      width += (word >> 24) + distanceExtra(slot)
    }
    store<u64>(place, bits)
    place += <i32>(width >> 3)
    bits >>= width & 0x38
    width &= 7
  }
  continueAt(bits, width, place)
  putWord(load<u32>(codes + 4 * endOfBlock))
}

/** Each length's code with its extra bits. */
function fillLengthWords(): void {
  for (let length = 3; length <= 258; length++) {
    const slot = load<u8>(lengthSlots + length)
    const word = load<u32>(codes + 4 * (257 + slot))
    const extra = (length - lengthBase(slot)) << (word >> 24)
    store<u32>(lengthWords + 4 * length, (word + (lengthExtra(slot) << 24)) | extra)
  }
}
