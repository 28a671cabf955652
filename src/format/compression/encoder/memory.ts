/** Where everything is in the module's linear memory. Addresses and sizes are in bytes; nothing is ever allocated. */

/** The largest input of one call. */
export const maxInput: i32 = 4 << 20

/** Farthest that a match may reach back (RFC 1951, 3.2.5). */
export const windowSize: i32 = 32768

/** Position at which a hash of four bytes was last seen: i32 each. */
export const heads: i32 = 0x10000
export const headBits: i32 = 16
/** The same for hashes of three bytes. */
export const heads3: i32 = heads + (4 << headBits)
export const headBits3: i32 = 14
/** How far back from a position the previous one with its hash is: u16 for each position of the window. */
export const links: i32 = heads3 + (4 << headBits3)

/** Tokens of the block that is being gathered: u32 each (tokens.ts). */
export const tokens: i32 = links + 2 * windowSize
export const maxTokens: i32 = 65536

/** Frequencies of literals and lengths (288), then of distances (32): u32 each. */
export const symbolCount: i32 = 320
/** Index of the first distance among them. */
export const distances: i32 = 288
export const blockCounts: i32 = tokens + 4 * maxTokens
export const unitCounts: i32 = blockCounts + 4 * symbolCount

/** Length of each symbol's code in bits: u8, in the order of the frequencies. */
export const codeLengths: i32 = unitCounts + 4 * symbolCount
/** Each symbol's code, its first bit lowest, below 24 bits; its length above: u32. */
export const codes: i32 = codeLengths + 512

/** The same three for the code that describes codes: 19 symbols. */
export const metaCounts: i32 = codes + 4 * symbolCount
export const metaLengths: i32 = metaCounts + 4 * 32
export const metaCodes: i32 = metaLengths + 32
/** Symbols of that code in order, each with its extra bits: u16. */
export const metaSymbols: i32 = metaCodes + 4 * 32

/** The lengths of both codes as they are described, side by side: u8. */
export const describedLengths: i32 = metaSymbols + 2 * 512

/** Working space of huffman.ts. */
export const scratch: i32 = describedLengths + 512

/** For each length 0 to 258: its code with its extra bits below 24 bits, how many bits these are above: u32. */
export const lengthWords: i32 = scratch + 8 * 1024

/** For each length 0 to 258: its symbol less 257 (u8). */
export const lengthSlots: i32 = lengthWords + 4 * 260
/** Symbols of the distances 1 to 256, then of multiples of 128 (u8). */
export const distanceSlots: i32 = lengthSlots + 260
/** 256 times the logarithm to base two of 0 to 4095 (u16). */
export const logarithms: i32 = distanceSlots + 512 + 4

export const output: i32 = 0x120000
/**
 * The output overwrites input that is done with: it ends at least a window before the input of the next block. Each block, of 2048 bytes or
 * more, adds at most six bytes, 13 KB in all. The memory ends behind the input (scripts/build-encoder.ts).
 */
export const input: i32 = output + windowSize + 0x8000
