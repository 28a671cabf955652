/**
 * DEFLATE (RFC 1951) as a module of WebAssembly: bytes at `inputAt` → raw blocks at `outputAt`.
 *
 * The output depends on the input and the level alone. It ends at a byte and no block of it is the last, so that outputs may follow one
 * another in one stream, which an empty last block ends.
 */
import { byteCount } from './bits'
import { setLevel } from './levels'
import { input, maxInput, output } from './memory'
import { compress } from './parse'
import { fillTables } from './tables'

export const inputAt: i32 = input
export const outputAt: i32 = output
/** The largest input, in bytes. */
export const inputLimit: i32 = maxInput

fillTables()

/** Compresses `size` bytes at a level of 1 to 9; gives the size of the output. */
export function deflate(size: i32, level: i32): i32 {
  setLevel(level)
  compress(size)
  return byteCount()
}
