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

/** A static program for this machine that prints a text: one segment of code, no library, no interpreter. */
export function staticProgram(text: string): Uint8Array {
  const bytes = Buffer.alloc(0x80 + 48)
  const isArm = process.arch === 'arm64'
  const base = 0x400000
  const size = bytes.length + Buffer.byteLength(text)
  bytes.write('\x7fELF\x02\x01\x01', 'latin1')
  bytes.writeUInt16LE(2, 16)
  bytes.writeUInt16LE(isArm ? 183 : 62, 18)
  bytes.writeUInt32LE(1, 20)
  bytes.writeBigUInt64LE(BigInt(base + 0x80), 24)
  bytes.writeBigUInt64LE(64n, 32)
  bytes.writeUInt16LE(64, 52)
  bytes.writeUInt16LE(56, 54)
  bytes.writeUInt16LE(1, 56)
  bytes.writeUInt32LE(1, 64)
  bytes.writeUInt32LE(5, 68)
  bytes.writeBigUInt64LE(BigInt(base), 80)
  bytes.writeBigUInt64LE(BigInt(base), 88)
  bytes.writeBigUInt64LE(BigInt(size), 96)
  bytes.writeBigUInt64LE(BigInt(size), 104)
  bytes.writeBigUInt64LE(0x10000n, 112)
  const length = Buffer.byteLength(text)
  const code = isArm
    ? [
        // mov x0, 1; adr x1, text; mov x2, length; mov x8, 64; svc 0; mov x0, 0; mov x8, 93; svc 0
        ...[0xd2800020, 0x10000161, 0xd2800002 | (length << 5), 0xd2800808, 0xd4000001],
        ...[0xd2800000, 0xd2800ba8, 0xd4000001],
      ].flatMap((word) => [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24])
    : [
        // mov edi, 1; lea rsi, [rip + text]; mov edx, length; mov eax, 1; syscall; xor edi, edi; mov eax, 60; syscall
        ...[0xbf, 1, 0, 0, 0, 0x48, 0x8d, 0x35, 48 - 12, 0, 0, 0, 0xba, length, 0, 0, 0, 0xb8, 1, 0, 0, 0, 0x0f, 5],
        ...[0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 5],
      ]
  bytes.set(code, 0x80)
  return Buffer.concat([bytes, Buffer.from(text)])
}
