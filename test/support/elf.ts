/** ELF files made by hand. */

interface Making {
  readonly bits?: 32 | 64
  readonly littleEndian?: boolean
  readonly machine?: number
  readonly type?: number
  /** Names of libraries that it is linked with. */
  readonly needed?: readonly string[]
}

/** A shared object of two program headers (all of the file, loaded 0x1000 higher; its dynamic section) and a table of strings. */
export function elf(
  soname: string | undefined,
  { bits = 64, littleEndian = true, machine = 62, type = 3, needed = [] }: Making = {},
): Uint8Array {
  const bytes = Buffer.alloc(512)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const u16 = (at: number, value: number): void => view.setUint16(at, value, littleEndian)
  const u32 = (at: number, value: number): void => view.setUint32(at, value, littleEndian)
  const word = (at: number, value: number): void =>
    bits === 64 ? view.setBigUint64(at, BigInt(value), littleEndian) : u32(at, value)
  bytes.write('\x7fELF', 'latin1')
  bytes[4] = bits / 32
  bytes[5] = littleEndian ? 1 : 2
  u16(16, type)
  u16(18, machine)
  const size = bits === 64 ? 56 : 32
  word(bits === 64 ? 32 : 28, 64)
  u16(bits === 64 ? 54 : 42, size)
  u16(bits === 64 ? 56 : 44, 2)
  const program = (at: number, kind: number, [offset, address, length]: readonly [number, number, number]): void => {
    u32(at, kind)
    const [o, a, l] = bits === 64 ? [8, 16, 32] : [4, 8, 16]
    word(at + o, offset)
    word(at + a, address)
    word(at + l, length)
  }
  program(64, 1, [0, 0x1000, 512])
  program(64 + size, 2, [256, 0x1100, 144])
  const step = bits / 8
  const entries = [
    ...(soname === undefined ? [] : [[14, 3]]),
    ...needed.map((_, index) => [1, 20 + index * 16]),
    ...[
      [5, 0x1000 + 400],
      [0, 0],
    ],
  ]
  entries.forEach(([tag = 0, value = 0], index) => {
    word(256 + index * 2 * step, tag)
    word(256 + index * 2 * step + step, value)
  })
  bytes.write(soname ?? '', 403, 'latin1')
  needed.forEach((name, index) => {
    bytes.write(name, 420 + index * 16, 15, 'latin1')
  })
  return bytes
}
