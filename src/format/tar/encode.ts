/**
 * A member's header → the blocks that stand before its content: an extended header where one is needed, then the header block.
 */
import { fail } from '../../base/error.ts'
import { showBytes } from '../../tree/path.ts'
import { type HeaderFields, idLimit, sizeLimit, writeHeader } from './header.ts'
import { blockSize, type MemberHeader, paddingOf } from './member.ts'
import { extendedRecords, isBelow } from './pax.ts'

/** The blocks before a member's content. @throws BuildError tar.unrepresentable - a number or attribute that no archive holds. */
export function headerBytes(header: MemberHeader): Uint8Array {
  const records = extendedRecords(header)
  if (records === undefined) {
    const block = Buffer.alloc(blockSize)
    writeHeader(block, 0, fieldsOf(header))
    return block
  }
  const last = blockSize + records.length + paddingOf(records.length)
  const blocks = Buffer.alloc(last + blockSize)
  writeHeader(blocks, 0, { ...extendedFields, size: records.length })
  blocks.set(records, blockSize)
  writeHeader(blocks, last, fieldsOf(header))
  return blocks
}

/** The length in bytes of `headerBytes`. */
export function headerSize(header: MemberHeader): number {
  const records = extendedRecords(header)
  return records === undefined ? blockSize : 2 * blockSize + records.length + paddingOf(records.length)
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
    ...(type === 'char' || type === 'block' ? { device: deviceOf(header) } : {}),
  }
}

// What does not fit stands in the extended header.
function octal(value: number, limit: number): number {
  return isBelow(value, limit) ? value : 0
}

function deviceOf({ name, major, minor }: MemberHeader): { readonly major: number; readonly minor: number } {
  if (isBelow(major, idLimit) && isBelow(minor, idLimit)) return { major, minor }
  fail('tar.unrepresentable', `The device "${showBytes(name)}" has the numbers ${major}:${minor}.`, {
    remedy: `Use numbers below ${idLimit}.`,
  })
}
