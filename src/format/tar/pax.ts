/**
 * PAX extended headers: values that do not fit a header block, as records `LENGTH KEY=VALUE\n` (POSIX.1-2017, pax, "pax Extended Header").
 *
 * Only the records that are needed are written, in the order of Python 3.11's `tarfile`: extended attributes (`SCHILY.xattr.NAME`, as GNU
 * tar and Docker read them), path, linkpath, uname, gname, uid, gid, size, mtime. Names that are not UTF-8 are announced by
 * `hdrcharset=BINARY`. Attribute values are bytes in any case and not announced, because GNU tar warns about that record.
 *
 * All records are read, their values as raw bytes (`hdrcharset` only says how to display them).
 */
import { isUtf8 } from 'node:buffer'
import { fail } from '../../base/error.ts'
import { showBytes } from '../../tree/path.ts'
import { idLimit, isAscii, nameLength, ownerLength, sizeLimit } from './header.ts'
import { invalid, type MemberHeader } from './member.ts'

/** Makes the records that a member needs besides its header block; undefined where none are needed, which is nearly always. */
export function extendedRecords(header: MemberHeader): Uint8Array | undefined {
  // Called for every entry: the common case allocates nothing.
  if (fitsBlock(header)) return undefined
  const texts = longTexts(header)
  const numbers = longNumbers(header)
  const { xattrs } = header.metadata
  const binary = texts.some(([, value]) => !isUtf8(Buffer.from(value, 'latin1')))
  const records = [
    ...(binary ? [paxRecord('hdrcharset', 'BINARY')] : []),
    ...[...xattrs].map(([name, value]) => attributeRecord(header, name, value)),
    ...texts.map(([key, value]) => paxRecord(key, value)),
    ...numbers.map(([key, value]) => paxRecord(key, String(value))),
  ]
  return Buffer.from(records.join(''), 'latin1')
}

/** Tells whether the header block is sufficient. */
function fitsBlock({ name, link, size, metadata }: MemberHeader): boolean {
  const { uid, gid, uname, gname, mtime, xattrs } = metadata
  return (
    fits(name, nameLength) &&
    (link === '' || fits(link, nameLength)) &&
    isBelow(size, sizeLimit) &&
    isBelow(mtime, sizeLimit) &&
    isBelow(uid, idLimit) &&
    isBelow(gid, idLimit) &&
    fits(uname, ownerLength) &&
    fits(gname, ownerLength) &&
    xattrs.size === 0
  )
}

function longTexts({ name, link, metadata }: MemberHeader): [string, string][] {
  const found: [string, string][] = []
  if (!fits(name, nameLength)) found.push(['path', name])
  if (!fits(link, nameLength)) found.push(['linkpath', link])
  if (!fits(metadata.uname, ownerLength)) found.push(['uname', metadata.uname])
  if (!fits(metadata.gname, ownerLength)) found.push(['gname', metadata.gname])
  return found
}

function longNumbers({ size, metadata }: MemberHeader): [string, number][] {
  const found: [string, number][] = []
  if (!isBelow(metadata.uid, idLimit)) found.push(['uid', metadata.uid])
  if (!isBelow(metadata.gid, idLimit)) found.push(['gid', metadata.gid])
  if (!isBelow(size, sizeLimit)) found.push(['size', size])
  if (!isBelow(metadata.mtime, sizeLimit)) found.push(['mtime', metadata.mtime])
  return found
}

function fits(text: string, length: number): boolean {
  return text.length <= length && isAscii(text)
}

/** Tells whether a number fits an octal field with this limit. */
export function isBelow(value: number, limit: number): boolean {
  return value >= 0 && value < limit
}

function attributeRecord(header: MemberHeader, name: string, value: Uint8Array): string {
  if (name === '' || name.includes('=')) {
    fail('tar.unrepresentable', `"${showBytes(header.name)}" has the extended attribute "${showBytes(name)}".`, {
      remedy: 'Remove it: the name of an attribute in a tar archive must not be empty or contain "=".',
    })
  }
  return paxRecord(
    `${attributePrefix}${name}`,
    Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1'),
  )
}

/** Formats a record, as byte strings. The length counts its own digits: "30 " + "mtime=…\n" is 30 bytes long. */
export function paxRecord(key: string, value: string): string {
  const rest = key.length + value.length + 3
  let length = rest + 1
  while (length !== rest + String(length).length) length = rest + String(length).length
  return `${length} ${key}=${value}\n`
}

/** Prefix of an extended attribute's key. */
export const attributePrefix = 'SCHILY.xattr.'

/** Key → value, both as byte strings. */
export type Records = ReadonlyMap<string, string>

/** Parses the body of the extended header at byte `offset` of the archive. Inverse of `extendedRecords`. */
export function parseRecords(body: Uint8Array, offset: number): Records {
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1')
  const records = new Map<string, string>()
  for (let start = 0; start < text.length; ) {
    const digits = /^[1-9][0-9]{0,6} /.exec(text.slice(start, start + 8))?.[0]
    const end = start + Number(digits ?? 0)
    const equals = text.indexOf('=', start)
    if (digits === undefined || text[end - 1] !== '\n' || equals < 0 || equals >= end)
      return invalid(offset + start, 'a record of an extended header has a wrong length')
    const key = text.slice(start + digits.length, equals)
    if (key === '') invalid(offset + start, 'a record of an extended header has no key')
    records.set(key, text.slice(equals + 1, end - 1))
    start = end
  }
  return records
}
