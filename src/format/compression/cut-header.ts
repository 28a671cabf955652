/**
 * Reads as much of a tar header block as cutting needs.
 *
 * Apart from the reader of archives (format/tar), because cuts may never change under an encoder's name, whatever that reader learns.
 */

/** Size of a block in bytes. */
export const blockSize = 512

/** A member as its header block describes it. */
export interface BlockHeader {
  /** Whether it only extends the header of the member that follows: pax records, or a long name of GNU tar. */
  readonly isExtension: boolean
  readonly isFile: boolean
  /** Content in bytes. */
  readonly size: number
}

/** Reads the header block at `at`; undefined when there is none. */
export function headerAt(bytes: Uint8Array, at: number): BlockHeader | undefined {
  for (const [index, letter] of magic.entries()) if (bytes[at + 257 + index] !== letter) return undefined
  const size = numberAt(bytes, at + 124)
  if (!Number.isSafeInteger(size)) return undefined
  const type = String.fromCharCode(bytes[at + 156] ?? 0)
  const isExtension = 'xgLK'.includes(type)
  const isFile = '0\x007'.includes(type)
  return { isExtension, isFile, size: isFile || isExtension ? size : 0 }
}

/** FNV-1a, 32 bits, of the name in a header block and its prefix, mixed once more so that its low bits depend on all of it. */
export function nameHash(bytes: Uint8Array, at: number): number {
  let hash = 0x811c9dc5
  for (const [start, length] of nameFields)
    for (let i = at + start; i < at + start + length && bytes[i] !== 0; i++)
      hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) >>> 0
}

/** Whether the name in a header block ends in ".tar". */
export function isArchiveName(bytes: Uint8Array, at: number): boolean {
  const end = bytes.subarray(at, at + 100).indexOf(0)
  const length = end < 0 ? 100 : end
  return length >= 4 && Buffer.from(bytes.subarray(at + length - 4, at + length)).equals(tarSuffix)
}

const magic = Buffer.from('ustar')
const tarSuffix = Buffer.from('.tar')
const nameFields = [
  [0, 100],
  [345, 155],
] as const

/** Octal digits, or binary behind a first byte of 128. */
function numberAt(bytes: Uint8Array, at: number): number {
  const isBinary = bytes[at] === 128
  let value = 0
  for (let i = at + (isBinary ? 1 : 0); i < at + 12; i++) {
    const byte = bytes[i] ?? 0
    if (isBinary) value = value * 256 + byte
    else if (byte >= 48 && byte < 56) value = value * 8 + byte - 48
    else if (byte !== 32 || value > 0) break
  }
  return value
}
