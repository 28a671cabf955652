/**
 * Nix's base-32: digits without e, o, u and t, least significant bits last (Nix manual, "Store path specification", printed hashes).
 *
 * A string is read from its end: the i-th character from the end holds bits 5i … 5i+4 of the bytes taken as a little-endian number.
 */

/** The 32 digits in order of value. */
export const nix32Alphabet = '0123456789abcdfghijklmnpqrsvwxyz'

/** Encodes bytes as base-32. Inverse of `parseNix32`. 20 bytes give 32 characters, 32 bytes give 52. */
export function formatNix32(bytes: Uint8Array): string {
  const length = Math.ceil((bytes.length * 8) / 5)
  let text = ''
  for (let position = length - 1; position >= 0; position--) {
    const bit = position * 5
    const byte = bit >> 3
    const pair = (bytes[byte] ?? 0) | ((bytes[byte + 1] ?? 0) << 8)
    text += nix32Alphabet[(pair >> (bit & 7)) & 31]
  }
  return text
}

/** Decodes base-32. Inverse of `formatNix32`; undefined for any other character or for bits beyond the last byte. */
export function parseNix32(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8))
  for (let position = 0; position < text.length; position++) {
    const digit = nix32Alphabet.indexOf(text.charAt(text.length - 1 - position))
    if (digit < 0) return undefined
    const bit = position * 5
    const spread = digit << (bit & 7)
    const byte = bit >> 3
    if (byte < bytes.length) bytes[byte] = (bytes[byte] ?? 0) | (spread & 255)
    else if ((spread & 255) !== 0) return undefined
    if (byte + 1 < bytes.length) bytes[byte + 1] = (bytes[byte + 1] ?? 0) | (spread >> 8)
    else if (spread >> 8 !== 0) return undefined
  }
  return bytes
}
