/**
 * Makes a member of a header block and the extended headers before it, checking every field.
 *
 * A pax record wins over GNU tar's long name, and that over the block's field (POSIX.1-2017, pax, "pax Extended Header"). Of the records that
 * others add, extended attributes are kept; ACLs, flags and the like are dropped, since images do not use them.
 */
import { BuildError, fail } from '../../base/error.ts'
import type { Metadata } from '../../tree/entry.ts'
import { cleaned, type EntryPath, entryPathOf, longestPath, showBytes } from '../../tree/path.ts'
import type { HeaderFields } from './header.ts'
import { invalid, type MemberType, type TarMember } from './member.ts'
import { attributePrefix, type Records } from './pax.ts'

/** Extended headers that apply to the next member. */
export interface Extended {
  readonly records: Records
  readonly longName?: string
  readonly longLink?: string
}

/** Offsets in bytes from the start of the archive. */
interface MemberPlace {
  readonly headerOffset: number
  readonly contentOffset: number
}

/** How names are read. */
export interface ParseOptions {
  /** Names with ".." parts: "clean" takes them back inside the root as container runtimes do; default "refuse", as dpkg and GNU tar do. */
  readonly outside?: 'clean' | 'refuse' | undefined
}

const types: Readonly<Record<string, MemberType>> = {
  ...{ '0': 'file', '\0': 'file', '7': 'file', '1': 'hardlink', '2': 'symlink' },
  ...{ '3': 'char', '4': 'block', '5': 'directory', '6': 'fifo' },
}

/** Makes the member. `extended.records`: the global records, overridden by the member's own. */
export function readMember(
  fields: HeaderFields,
  extended: Extended,
  { outside, ...at }: MemberPlace & ParseOptions,
): TarMember {
  const { records } = extended
  const offset = at.headerOffset
  refuseSparse(records, fields.name, offset)
  const name = textOf(records, 'path') ?? extended.longName ?? fields.name
  const link = textOf(records, 'linkpath') ?? extended.longLink ?? fields.link
  // Version 7 had no type for directories.
  const type = fields.type === '\0' && name.endsWith('/') ? 'directory' : types[fields.type]
  if (type === undefined) return refuseType(fields.type, name, offset)
  const pathOf = (text: string): EntryPath => readPath(text, offset, outside === 'clean' ? cleaned : entryPathOf)
  const path = pathOf(name)
  if (path === '' && type !== 'directory') invalid(offset, `a ${type} has the name "${showBytes(name)}"`)
  const size = numberOf(records, 'size', { offset, field: fields.size, most: Number.MAX_SAFE_INTEGER - contentLimit })
  return {
    type,
    name,
    path,
    link: linkOf(type, link, { name, offset, pathOf }),
    // Old archives state a size for hard links although no content follows.
    size: type === 'file' ? size : 0,
    metadata: metadataOf(fields, records, offset),
    major: fields.device?.major ?? 0,
    minor: fields.device?.minor ?? 0,
    ...at,
  }
}

// Keeps the sum of any offset and size exact.
const contentLimit = 2 ** 52
// The largest id but one: the last means "no change" to chown(2).
const idMost = 2 ** 32 - 2

function linkOf(
  type: MemberType,
  link: string,
  { name, offset, pathOf }: { readonly name: string; readonly offset: number; pathOf(text: string): EntryPath },
): string {
  if (type !== 'symlink' && type !== 'hardlink') return ''
  if (link === '' || link.includes('\0')) invalid(offset, `the link "${showBytes(name)}" has no target`)
  if (link.length > longestPath)
    invalid(offset, `the target of "${showBytes(name)}" has more than ${longestPath} bytes`)
  if (type === 'symlink') return link
  const target = pathOf(link)
  if (target === '') invalid(offset, `the hard link "${showBytes(name)}" points at the root`)
  return target
}

function metadataOf(fields: HeaderFields, records: Records, offset: number): Metadata {
  return {
    mode: fields.mode & 0o7777,
    uid: numberOf(records, 'uid', { offset, field: fields.uid, most: idMost }),
    gid: numberOf(records, 'gid', { offset, field: fields.gid, most: idMost }),
    uname: textOf(records, 'uname') ?? fields.uname,
    gname: textOf(records, 'gname') ?? fields.gname,
    mtime: timeOf(records, fields.mtime, offset),
    xattrs: attributesOf(records),
  }
}

// An empty value cancels an earlier one.
function textOf(records: Records, key: string): string | undefined {
  const value = records.get(key)
  return value === '' ? undefined : value
}

function numberOf(
  records: Records,
  key: string,
  { offset, field, most }: { readonly offset: number; readonly field: number; readonly most: number },
): number {
  const text = textOf(records, key)
  const value = text === undefined ? field : /^[0-9]{1,16}$/.test(text) ? Number(text) : -1
  if (value < 0 || value > most) invalid(offset, `the ${key} is ${JSON.stringify(showBytes(text ?? String(field)))}`)
  return value
}

// Truncated to whole seconds: slipway never writes a fraction.
function timeOf(records: Records, field: number, offset: number): number {
  const text = textOf(records, 'mtime')
  if (text === undefined) return field
  const value = /^-?[0-9]{1,15}(\.[0-9]*)?$/.test(text) ? Math.floor(Number(text)) : undefined
  return value ?? invalid(offset, `the mtime is ${JSON.stringify(showBytes(text))}`)
}

const noAttributes: ReadonlyMap<string, Uint8Array> = new Map()

function attributesOf(records: Records): ReadonlyMap<string, Uint8Array> {
  if (records.size === 0) return noAttributes
  const found = [...records].filter(([key]) => key.startsWith(attributePrefix) && key !== attributePrefix)
  found.sort(([a], [b]) => (a < b ? -1 : 1))
  return new Map(found.map(([key, value]) => [key.slice(attributePrefix.length), Buffer.from(value, 'latin1')]))
}

function refuseSparse(records: Records, name: string, offset: number): void {
  for (const key of records.keys())
    if (key.startsWith('GNU.sparse.') || key === 'SCHILY.realsize') refuseType('S', name, offset)
}

function readPath(name: string, offset: number, read: (bytes: string) => EntryPath): EntryPath {
  try {
    return read(name)
  } catch (error) {
    if (!(error instanceof BuildError)) throw error
    const why = error.code === 'path.too-long' ? `has more than ${longestPath} bytes` : "leaves the archive's root"
    return invalid(offset, `the name ${JSON.stringify(showBytes(name.slice(0, shownLength)))} ${why}`, error)
  }
}

/** Characters of a name in a message: enough to find it by. */
const shownLength = 200

function refuseType(type: string, name: string, offset: number): never {
  const known: Readonly<Record<string, string>> = {
    S: 'a sparse file',
    M: 'part of a file from another volume',
    V: 'a volume label',
    D: 'a directory dump',
    N: 'a name from an old GNU tar',
  }
  const what = known[type] ?? `of the unknown type ${JSON.stringify(type)}`
  fail('tar.unsupported', `"${showBytes(name)}", at byte ${offset} of the archive, is ${what}.`, {
    remedy: 'Create the archive again in pax format, without options for sparse files or volumes.',
    detail: { offset },
  })
}
