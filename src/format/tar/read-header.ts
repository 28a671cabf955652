/**
 * Parses a header block of 512 bytes: POSIX ustar and pax, GNU tar, star, and Unix version 7.
 */
import { type HeaderFields, nameLength, ownerLength } from './header.ts'
import { blockSize, invalid } from './member.ts'

/** Parses the header block at byte `offset` of the archive. Inverse of `writeHeader`. */
export function readHeader(bytes: Uint8Array, offset: number): HeaderFields {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, blockSize)
  const number = (start: number, length: number): number => readNumber(block, { start, length, offset })
  if (!hasChecksum(block, number(148, 8))) invalid(offset, 'the checksum of the header does not match')
  const magic = block.toString('latin1', 257, 263)
  const isPosix = magic === 'ustar\0'
  const isKnown = isPosix || magic === 'ustar '
  const prefix = isPosix && block[345] !== 0 ? readText(block, 345, prefixLength(block)) : ''
  const name = readText(block, 0, nameLength)
  const type = String.fromCharCode(block[156] ?? 0)
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: number(100, 8),
    uid: number(108, 8),
    gid: number(116, 8),
    size: number(124, 12),
    mtime: number(136, 12),
    type,
    link: readText(block, 157, nameLength),
    // Version 7 has no fields after the link; those bytes are undefined.
    uname: isKnown ? readText(block, 265, ownerLength) : '',
    gname: isKnown ? readText(block, 297, ownerLength) : '',
    ...(type === '3' || type === '4' ? { device: { major: number(329, 8), minor: number(337, 8) } } : {}),
  }
}

// star stores two times at the end of the prefix field, and marks that in the block's last bytes.
function prefixLength(block: Buffer): number {
  return block.toString('latin1', 508) === 'tar\0' ? 131 : 155
}

// Sun's tar summed signed bytes. The field itself counts as eight spaces.
function hasChecksum(block: Buffer, stated: number): boolean {
  let sum = 8 * 32
  let high = 0
  for (let i = 0; i < blockSize; i++) {
    if (i === 148) i = 156
    const byte = block[i] ?? 0
    sum += byte
    high += byte >> 7
  }
  return stated === sum || stated === sum - 256 * high
}

function readText(block: Buffer, start: number, length: number): string {
  if (block[start] === 0) return ''
  const end = block.indexOf(0, start)
  return block.toString('latin1', start, end < 0 || end > start + length ? start + length : end)
}

interface Field {
  readonly start: number
  readonly length: number
  readonly offset: number
}

function readNumber(block: Buffer, { start, length, offset }: Field): number {
  const first = block[start] ?? 0
  if (first >= 128) return readBinary(block, { start, length, offset })
  let value = 0
  let i = start
  const end = start + length
  while (i < end && isBlank(block[i])) i++
  for (let digit = block[i] ?? 0; i < end && digit >= 48 && digit < 56; digit = block[++i] ?? 0)
    value = value * 8 + digit - 48
  // A NUL ends the field whatever follows; a space must be followed by nothing.
  while (i < end && block[i] === 32) i++
  if (i < end && block[i] !== 0)
    invalid(offset + start, 'a number in the header contains a character other than an octal digit')
  return value
}

function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 0
}

// GNU tar: the first bit set, then big-endian two's complement; the second bit is the sign.
function readBinary(block: Buffer, { start, length, offset }: Field): number {
  const first = block[start] ?? 0
  let value = (first & 0x7f) - 2 * (first & 0x40)
  for (let i = start + 1; i < start + length; i++) value = value * 256 + (block[i] ?? 0)
  if (!Number.isSafeInteger(value)) invalid(offset + start, 'a number in the header is too large')
  return value
}
