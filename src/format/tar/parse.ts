/**
 * Parses a tar archive's bytes into members, synchronously: the caller supplies chunks on request.
 *
 * Accepts POSIX ustar and pax, GNU tar's long names and binary numbers, star's format and that of Unix version 7. Refuses sparse files,
 * parts of multi-volume archives and unknown types. The archive ends at two zero blocks, or where its bytes end between two members (as
 * Go's reader, and so Docker, accepts); anything after the zero blocks is skipped.
 */
import { blockSize, invalid, paddingOf } from './member.ts'
import { parseRecords } from './pax.ts'
import { readHeader } from './read-header.ts'
import { type Extended, type ParseOptions, readMember } from './read-member.ts'
import { createSource, endedEarly, type Parsing, type Source } from './source.ts'

/** Parses an archive. A member is followed by its content in chunks, `size` bytes in all. */
export function* parseTar({ outside }: ParseOptions = {}): Parsing<void> {
  const source = createSource()
  const global: Map<string, string> = new Map()
  let extended = nothing
  let start = 0
  for (;;) {
    const offset = source.offset()
    if (extended === nothing) start = offset
    const block = yield* source.take(blockSize)
    if (block === undefined || isZeros(block)) {
      if (extended !== nothing) invalid(offset, 'an extended header has no member')
      if (block !== undefined) yield* endOfArchive(source)
      return
    }
    const fields = readHeader(block, offset)
    if ('xgLK'.includes(fields.type)) {
      const body = yield* extension(source, fields.size)
      extended = extend(extended, global, { type: fields.type, offset: offset + blockSize, body })
      continue
    }
    const said = global.size === 0 ? extended : { ...extended, records: new Map([...global, ...extended.records]) }
    const member = readMember(fields, said, { headerOffset: start, contentOffset: source.offset(), outside })
    extended = nothing
    yield member
    yield* source.pass(member.size)
    const padding = paddingOf(member.size)
    if (padding > 0 && (yield* source.take(padding)) === undefined) endedEarly(source.offset())
  }
}

const nothing: Extended = { records: new Map() }

// Far more than any file system's names and attributes need (Linux: 4 KiB a path, 64 KiB of attributes); protects memory.
const extensionLimit = 1_048_576
// They are laid under the records of every member; git writes one, pax a handful.
const globalLimit = 100

function* extension(source: Source, size: number): Parsing<Uint8Array> {
  const offset = source.offset()
  if (size < 0 || size > extensionLimit) invalid(offset, `an extended header has ${size} bytes; the most is 1 MiB`)
  if (size === 0) return new Uint8Array()
  const body = (yield* source.take(size + paddingOf(size))) ?? endedEarly(offset)
  return body.subarray(0, size)
}

interface Extension {
  readonly type: string
  readonly offset: number
  readonly body: Uint8Array
}

function extend(extended: Extended, global: Map<string, string>, { type, offset, body }: Extension): Extended {
  if (type === 'x') return { ...extended, records: parseRecords(body, offset) }
  if (type === 'g') {
    for (const [key, value] of parseRecords(body, offset)) global.set(key, value)
    const size = global.entries().reduce((sum, [key, value]) => sum + key.length + value.length, 0)
    if (size > extensionLimit || global.size > globalLimit)
      invalid(offset, `the global extended headers hold more than ${globalLimit} records or 1 MiB together`)
    return extended
  }
  const text = Buffer.from(body).toString('latin1')
  const end = text.indexOf('\0')
  const name = end < 0 ? text : text.slice(0, end)
  return type === 'L' ? { ...extended, longName: name } : { ...extended, longLink: name }
}

function* endOfArchive(source: Source): Parsing<void> {
  const offset = source.offset()
  const block = yield* source.take(blockSize)
  if (block !== undefined && !isZeros(block)) invalid(offset, 'there is a single zero block between members')
  yield* source.drain()
}

function isZeros(block: Uint8Array): boolean {
  return block[0] === 0 && block.every((byte) => byte === 0)
}
