/** Input → literals and matches, and where one block ends and the next begins. */
import { bitPosition, startBits } from './bits'
import { writeBlock, writeStored } from './block'
import { depth, enough, patience } from './levels'
import { clearMatches, enter, longest, lookahead, matchDistance } from './matches'
import { input } from './memory'
import { isDifferent, joinUnit, unitSize } from './split'
import { clearTokens, dropTokens, isFull, putLiteral, putMatch, tokenCount } from './tokens'

const longestMatch: i32 = 258
/** A match of three bytes from farther away costs more than three literals. */
const farForThree: i32 = 8192

/** Where the block begins in the input, and its tokens; where the unit begins. */
let blockStart: i32 = 0
let blockTokens: i32 = 0
let unitStart: i32 = 0

/** Compresses so many bytes of the input. The output ends at a byte, and is not marked as the last. */
export function compress(size: i32): void {
  startBits()
  clearMatches()
  clearTokens()
  blockStart = 0
  blockTokens = 0
  unitStart = 0
  for (let position = 0; position < size; ) {
    position = step(position, size)
    if (tokenCount - blockTokens >= unitSize) endUnit(position)
  }
  endUnit(size)
  endBlock()
  if (bitPosition() > 0) writeStored(0, 0)
}

/** Gathers the next token or tokens; gives the position behind them. */
function step(from: i32, size: i32): i32 {
  let position = from
  let length = search(position, 2, size, depth)
  if (length < 3 || (length === 3 && matchDistance > farForThree)) {
    putLiteral(load<u8>(input + position))
    return position + 1
  }
  let distance = matchDistance
  let entered = position
  while (length < enough && entered < position + patience) {
    entered++
    const ahead = entered - position
    const later = search(entered, length - 1, size, depth >> ahead)
    if (!isBetter(later - length, distance, ahead)) continue
    while (position < entered) putLiteral(load<u8>(input + position++))
    length = later
    distance = matchDistance
  }
  putMatch(length, distance)
  const end = position + length
  const last = min(end, size - lookahead + 1)
  while (++entered < last) enter(entered)
  return end
}

function search(position: i32, least: i32, size: i32, candidates: i32): i32 {
  if (position > size - lookahead) return least
  return longest(position, least, min(longestMatch, size - position), candidates, enough)
}

/** Whether a match that starts later is worth the literals before it: bytes that it is longer, against bits that it costs more. */
function isBetter(longer: i32, distance: i32, ahead: i32): bool {
  return longer >= 0 && 4 * longer + clz(matchDistance) - clz(distance) > (ahead === 1 ? 2 : 6)
}

function endUnit(position: i32): void {
  if (blockTokens > 0 && (isFull() || isDifferent())) endBlock()
  joinUnit()
  blockTokens = tokenCount
  unitStart = position
}

function endBlock(): void {
  if (blockTokens === 0) return
  writeBlock(blockTokens, blockStart, unitStart - blockStart)
  dropTokens(blockTokens)
  blockTokens = 0
  blockStart = unitStart
}
