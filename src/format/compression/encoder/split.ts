/**
 * Where a block ends: the tokens come in units, and a unit whose statistics are too different from those before it starts a new block.
 *
 * Two codes for two parts beat one code for both when the entropy that they save pays for another description of a code.
 */
import { blockCounts, distances, symbolCount, unitCounts } from './memory'
import { weight } from './tables'

/** Tokens of one unit. */
export const unitSize: i32 = 2048

/** Bits that another block costs, about: its header and its codes. */
const price: u64 = 800

/** Whether the unit had better start a new block. */
export function isDifferent(): bool {
  let first: u64 = 0
  let second: u64 = 0
  let both: u64 = 0
  let totals: u64 = 0
  for (let index = 0; index < symbolCount; ) {
    const end = index < distances ? distances : symbolCount
    let firstTotal: u32 = 0
    let secondTotal: u32 = 0
    for (; index < end; index++) {
      const one = load<u32>(blockCounts + 4 * index)
      const other = load<u32>(unitCounts + 4 * index)
      if (other === 0) {
        const alone = weight(one)
        first += alone
        both += alone
      } else {
        first += weight(one)
        second += weight(other)
        both += weight(one + other)
      }
      firstTotal += one
      secondTotal += other
    }
    totals += weight(firstTotal + secondTotal) - weight(firstTotal) - weight(secondTotal)
  }
  // Entropy of both together, less that of each: totals - both + first + second.
  return totals + first + second > both + (price << 8)
}

/** Adds the unit to the block. */
export function joinUnit(): void {
  for (let offset = 0; offset < 4 * symbolCount; offset += 4)
    store<u32>(blockCounts + offset, load<u32>(blockCounts + offset) + load<u32>(unitCounts + offset))
  memory.fill(unitCounts, 0, 4 * symbolCount)
}
