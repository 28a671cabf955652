/**
 * Writes a header block of 512 bytes (POSIX.1-2017, pax, "ustar Interchange Format").
 *
 * The bytes are those of Python 3.11's `tarfile`, which nixpkgs' layers are made with: magic "ustar", version "00", the prefix field
 * unused, device numbers NUL except for devices, "?" for each non-ASCII character, 0 for numbers that do not fit.
 */

/** Values of the fields of a header block. `type` is the character of the typeflag field. */
export interface HeaderFields {
  readonly name: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly mtime: number
  readonly type: string
  readonly link: string
  readonly uname: string
  readonly gname: string
  readonly device?: { readonly major: number; readonly minor: number } | undefined
}

/** Lengths in bytes of the text fields. */
export const nameLength = 100
export const ownerLength = 32

/** The smallest number that an octal field of this width cannot hold: the last byte is NUL. */
export const idLimit: number = 8 ** 7
export const sizeLimit: number = 8 ** 11

/** Writes one header block into zeroed `target`. */
export function writeHeader(target: Uint8Array, offset: number, fields: HeaderFields): void {
  const { block, sum: ownerSum } = ownerBlock(fields)
  target.set(block, offset)
  let sum = ownerSum + putName(target, offset, fields.name)
  sum += putOctal(target, offset + 124, fields.size, 12)
  sum += putText(target, offset + 156, fields.type, 1)
  if (fields.link !== '') sum += putText(target, offset + 157, fields.link, nameLength)
  if (fields.device !== undefined) {
    sum += putOctal(target, offset + 329, fields.device.major, 8)
    sum += putOctal(target, offset + 337, fields.device.minor, 8)
  }
  putChecksum(target, offset, sum)
}

/** A block with the fields that entries have in common, and the sum of its bytes. */
interface OwnerBlock {
  readonly fields: HeaderFields
  readonly block: Uint8Array
  readonly sum: number
}

// Thousands of entries differ only in name, size and mode: common fields are written once per mode, which halves the time of a header.
const ownerBlocks = new Map<number, OwnerBlock>()

function ownerBlock(fields: HeaderFields): OwnerBlock {
  const known = ownerBlocks.get(fields.mode)
  if (known !== undefined && hasSameOwner(known.fields, fields)) return known
  const block = new Uint8Array(512)
  let sum = constantSum
  sum += putOctal(block, 100, fields.mode, 8)
  sum += putOctal(block, 108, fields.uid, 8)
  sum += putOctal(block, 116, fields.gid, 8)
  sum += putOctal(block, 136, fields.mtime, 12)
  block.set(magic, 257)
  sum += putText(block, 265, fields.uname, ownerLength)
  sum += putText(block, 297, fields.gname, ownerLength)
  const made = { fields, block, sum }
  ownerBlocks.set(fields.mode, made)
  return made
}

function hasSameOwner(a: HeaderFields, b: HeaderFields): boolean {
  return a.uid === b.uid && a.gid === b.gid && a.mtime === b.mtime && a.uname === b.uname && a.gname === b.gname
}

const space = 32
const magic = Buffer.from('ustar\x0000', 'latin1')
// The checksum counts its own field as eight spaces.
const constantSum: number = 8 * space + magic.reduce((sum, byte) => sum + byte, 0)

/** Six digits, NUL, space: the one field that is not closed by its last byte. */
function putChecksum(target: Uint8Array, offset: number, sum: number): void {
  putOctal(target, offset + 148, sum, 7)
  target[offset + 155] = space
}

// Neighbours share their directory: its bytes are copied from the previous name, and summed once.
let folder = folderOf('')

function folderOf(name: string): { readonly name: string; readonly bytes: Uint8Array; readonly sum: number } {
  const bytes = Buffer.from(name, 'latin1')
  return { name, bytes, sum: bytes.reduce((sum, byte) => sum + byte, 0) }
}

function putName(target: Uint8Array, offset: number, name: string): number {
  if (!name.startsWith(folder.name) || name.length - folder.name.length > nearby) {
    const parent = name.slice(0, name.lastIndexOf('/', name.length - 2) + 1)
    if (parent.length <= nameLength && isAscii(parent)) folder = folderOf(parent)
  }
  const start = name.startsWith(folder.name) ? folder.name.length : 0
  if (start === 0) return putText(target, offset, name, nameLength)
  target.set(folder.bytes, offset)
  return folder.sum + putText(target, offset + start, name.slice(start), nameLength - start)
}

// A name much deeper than the remembered directory makes its own directory worth remembering.
const nearby = 40

// Each returns the sum of the bytes it wrote, so that no second pass is needed for the checksum.
function putText(target: Uint8Array, offset: number, text: string, length: number): number {
  const ascii = isAscii(text) ? text : asciiOf(text)
  const end = Math.min(ascii.length, length)
  let sum = 0
  for (let i = 0; i < end; i++) {
    const code = ascii.charCodeAt(i)
    target[offset + i] = code
    sum += code
  }
  return sum
}

function putOctal(target: Uint8Array, offset: number, value: number, length: number): number {
  let rest = value
  let sum = 0
  for (let i = length - 2; i >= 0; i--) {
    const digit = 48 + (rest % 8)
    rest = Math.floor(rest / 8)
    target[offset + i] = digit
    sum += digit
  }
  return sum
}

/** Tells whether a byte string is pure ASCII. */
export function isAscii(bytes: string): boolean {
  return !beyondAscii.test(bytes)
}

const beyondAscii = /[\x80-\xff]/

// One "?" for each UTF-8 sequence (Unicode 15, table 3-7) and for each byte outside of one.
function asciiOf(bytes: string): string {
  return bytes.replace(
    /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g,
    '?',
  )
}
