/**
 * Encodes a member's header: an extended header where one is needed, then the header block.
 */
import { fail } from '../../base/error.ts'
import { showBytes } from '../../tree/path.ts'
import { type HeaderFields, idLimit, sizeLimit, writeHeader } from './header.ts'
import { blockSize, type MemberHeader, paddingOf } from './member.ts'
import { extendedRecords, isBelow } from './pax.ts'

/** A header ready to be written: `size` bytes, including the extended header. */
export interface Heading {
  readonly header: MemberHeader
  readonly records: Uint8Array | undefined
  readonly size: number
}

/** Prepares a header. @throws BuildError tar.unrepresentable - an attribute that an archive cannot hold. */
export function headingOf(header: MemberHeader): Heading {
  const records = extendedRecords(header)
  const size = records === undefined ? blockSize : 2 * blockSize + records.length + paddingOf(records.length)
  return { header, records, size }
}

/** Writes a header into zeroed `target`. @throws BuildError tar.unrepresentable - a device number that an archive cannot hold. */
export function writeHeading(target: Uint8Array, offset: number, { header, records, size }: Heading): void {
  if (records !== undefined) {
    writeHeader(target, offset, { ...extendedFields, size: records.length })
    target.set(records, offset + blockSize)
  }
  writeHeader(target, offset + size - blockSize, fieldsOf(header))
}

/** Encodes the blocks before a member's content. @throws BuildError tar.unrepresentable */
export function headerBytes(header: MemberHeader): Uint8Array {
  const heading = headingOf(header)
  const blocks = Buffer.alloc(heading.size)
  writeHeading(blocks, 0, heading)
  return blocks
}

/** The length in bytes of `headerBytes`. */
export function headerSize(header: MemberHeader): number {
  return headingOf(header).size
}

// Python's fixed name for every extended header, after star's.
const extendedFields = {
  ...{ name: '././@PaxHeader', type: 'x', link: '', uname: '', gname: '' },
  ...{ mode: 0, uid: 0, gid: 0, mtime: 0 },
}

const typeflags = { file: '0', hardlink: '1', symlink: '2', char: '3', block: '4', directory: '5', fifo: '6' } as const

function fieldsOf(header: MemberHeader): HeaderFields {
  const { type, name, link, metadata } = header
  return {
    name,
    mode: metadata.mode,
    uid: octal(metadata.uid, idLimit),
    gid: octal(metadata.gid, idLimit),
    size: octal(header.size, sizeLimit),
    mtime: octal(metadata.mtime, sizeLimit),
    type: typeflags[type],
    link,
    uname: metadata.uname,
    gname: metadata.gname,
    device: type === 'char' || type === 'block' ? deviceOf(header) : undefined,
  }
}

// Values that do not fit go into the extended header.
function octal(value: number, limit: number): number {
  return isBelow(value, limit) ? value : 0
}

function deviceOf({ name, major, minor }: MemberHeader): { readonly major: number; readonly minor: number } {
  if (isBelow(major, idLimit) && isBelow(minor, idLimit)) return { major, minor }
  fail('tar.unrepresentable', `The device "${showBytes(name)}" has the numbers ${major}:${minor}.`, {
    remedy: `Use numbers below ${idLimit}.`,
  })
}
