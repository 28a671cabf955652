/**
 * Reads the parts of an ELF file that concern linking (System V ABI, "ELF Header", "Program Header", "Dynamic Section"): its type and
 * machine, DT_SONAME, DT_NEEDED and PT_INTERP. Supports both classes and byte orders; a damaged file counts as not an ELF file.
 */

/** Reads `size` bytes from `offset` on; fewer at the end. */
export type ReadAt = (offset: number, size: number) => Uint8Array

/** A shared object. */
export interface SharedObject {
  readonly bits: 32 | 64
  readonly littleEndian: boolean
  /** e_machine. */
  readonly machine: number
  readonly soname: string | undefined
}

interface Layout {
  readonly view: (bytes: Uint8Array) => { u16(at: number): number; u32(at: number): number; word(at: number): number }
  readonly bits: 32 | 64
}

const sharedObject = 3
const segments = { load: 1, dynamic: 2, interpreter: 3 } as const
const tags = { end: 0, needed: 1, stringTable: 5, soname: 14 } as const

/** Location of the loader's name in an executable, in bytes of the file; the name ends with a NUL. */
export interface Interpreter {
  readonly offset: number
  readonly size: number
}

/** Parses the shared object in a file; undefined if it is not one. */
export function readSharedObject(read: ReadAt): SharedObject | undefined {
  const opened = openElf(read)
  if (opened?.type !== sharedObject) return undefined
  const { layout, littleEndian, machine, programs } = opened
  return { bits: layout.bits, littleEndian, machine, soname: sonameOf(layout, programs, read) }
}

/** Location of the loader's name in an executable (PT_INTERP); undefined for anything else, such as a static one. */
export function readInterpreter(read: ReadAt): Interpreter | undefined {
  const found = openElf(read)?.programs.find(({ type }) => type === segments.interpreter)
  return found === undefined ? undefined : { offset: found.offset, size: found.size }
}

/** Names of the shared libraries that a program or library is linked with (DT_NEEDED); undefined if it is not an ELF file. */
export function readNeeded(read: ReadAt): readonly string[] | undefined {
  const opened = openElf(read)
  if (opened === undefined) return undefined
  return dynamicStrings(opened.layout, opened.programs, read).get(tags.needed) ?? []
}

interface Elf {
  readonly layout: Layout
  readonly littleEndian: boolean
  readonly type: number
  readonly machine: number
  readonly programs: readonly Program[]
}

function openElf(read: ReadAt): Elf | undefined {
  const header = read(0, 64)
  const [a, b, c, d, fileClass, data] = header
  if (header.length < 52 || a !== 0x7f || b !== 0x45 || c !== 0x4c || d !== 0x46) return undefined
  if ((fileClass !== 1 && fileClass !== 2) || (data !== 1 && data !== 2)) return undefined
  const layout = layoutOf(fileClass === 2 ? 64 : 32, data === 1)
  const { u16, word } = layout.view(header)
  if (header.length < (layout.bits === 64 ? 64 : 52)) return undefined
  const wide = layout.bits === 64
  const table = { offset: word(wide ? 32 : 28), size: u16(wide ? 54 : 42), count: u16(wide ? 56 : 44) }
  const programs = programsOf(layout, read(table.offset, table.size * table.count), table)
  return { layout, littleEndian: data === 1, type: u16(16), machine: u16(18), programs }
}

function layoutOf(bits: 32 | 64, littleEndian: boolean): Layout {
  return {
    bits,
    view: (bytes) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
      const u32 = (at: number): number => view.getUint32(at, littleEndian)
      return {
        u16: (at) => view.getUint16(at, littleEndian),
        u32,
        word: (at) => (bits === 64 ? Number(view.getBigUint64(at, littleEndian)) : u32(at)),
      }
    },
  }
}

interface Program {
  readonly type: number
  readonly offset: number
  readonly address: number
  readonly size: number
}

function programsOf(
  { view, bits }: Layout,
  bytes: Uint8Array,
  { size, count }: { readonly size: number; readonly count: number },
): readonly Program[] {
  const { u32, word } = view(bytes)
  const [offset, address, length] = bits === 64 ? [8, 16, 32] : [4, 8, 16]
  const whole = Math.min(count, Math.floor(bytes.length / Math.max(size, bits === 64 ? 56 : 32)))
  return Array.from({ length: whole }, (_, index) => {
    const at = index * size
    return { type: u32(at), offset: word(at + offset), address: word(at + address), size: word(at + length) }
  })
}

function sonameOf(layout: Layout, programs: readonly Program[], read: ReadAt): string | undefined {
  return dynamicStrings(layout, programs, read).get(tags.soname)?.[0]
}

/** Strings in the dynamic section, by tag, in file order. */
function dynamicStrings(
  { view, bits }: Layout,
  programs: readonly Program[],
  read: ReadAt,
): ReadonlyMap<number, readonly string[]> {
  const dynamic = programs.find(({ type }) => type === segments.dynamic)
  if (dynamic === undefined) return new Map()
  const bytes = read(dynamic.offset, Math.min(dynamic.size, 65_536))
  const { word } = view(bytes)
  const step = bits / 8
  const entries: (readonly [tag: number, value: number])[] = []
  for (let at = 0; at + 2 * step <= bytes.length && word(at) !== tags.end; at += 2 * step)
    entries.push([word(at), word(at + step)])
  const strings = offsetOf(entries.find(([tag]) => tag === tags.stringTable)?.[1], programs)
  if (strings === undefined) return new Map()
  const named = entries.filter(([tag]) => tag === tags.needed || tag === tags.soname)
  const found = named.map(([tag, value]) => ({ tag, text: stringAt(strings + value, read) }))
  return new Map(
    [...Map.groupBy(found, ({ tag }) => tag)].map(([tag, all]) => [tag, all.flatMap(({ text }) => text ?? [])]),
  )
}

/** Offset in the file of an address in the running program. */
function offsetOf(address: number | undefined, programs: readonly Program[]): number | undefined {
  if (address === undefined) return undefined
  const load = programs.find(
    ({ type, address: start, size }) => type === segments.load && start <= address && address < start + size,
  )
  return load === undefined ? undefined : load.offset + address - load.address
}

function stringAt(offset: number, read: ReadAt): string | undefined {
  const text = Buffer.from(read(offset, 256)).toString('latin1')
  const end = text.indexOf('\0')
  return end <= 0 ? undefined : text.slice(0, end)
}
