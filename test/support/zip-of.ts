/** Zip archives made by hand, with any names and any lies (APPNOTE.TXT 4.3). */
import { crc32, deflateRawSync } from 'node:zlib'

/** A member. */
export interface ZipSpec {
  readonly name: string
  readonly content?: Uint8Array | string
  /** Unix mode with the kind of file. Default: 0o100644, 0o040755 for names that end in "/". */
  readonly mode?: number
  /** Upper byte of "version made by". Default: 3, Unix. */
  readonly host?: number
  /** Compression method. Default: 8, deflate. */
  readonly method?: number
  /** General purpose flags. Default: 0x800, UTF-8. */
  readonly flags?: number
  /** Other values than the right ones. */
  readonly crc?: number
  readonly size?: number
}

/** A zip archive of these members, in this order. */
export function zipOf(members: readonly ZipSpec[]): Uint8Array {
  let offset = 0
  const made = members.map((member) => {
    const parts = partsOf(member, offset)
    offset += parts.local.length
    return parts
  })
  const central = Buffer.concat(made.map((each) => each.central))
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(members.length, 8)
  end.writeUInt16LE(members.length, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...made.map((each) => each.local), central, end])
}

function partsOf(member: ZipSpec, offset: number): { readonly local: Buffer; readonly central: Buffer } {
  const { name, content = '', host = 3, method = 8, flags = 0x800 } = member
  const { mode = name.endsWith('/') ? 0o040755 : 0o100644 } = member
  const bytes = Buffer.from(content)
  const packed = method === 8 ? deflateRawSync(bytes) : bytes
  const named = Buffer.from(name, 'utf8')
  const common = Buffer.alloc(26)
  common.writeUInt16LE(20, 0)
  common.writeUInt16LE(flags, 2)
  common.writeUInt16LE(method, 4)
  common.writeUInt32LE(member.crc ?? crc32(bytes), 10)
  common.writeUInt32LE(packed.length, 14)
  common.writeUInt32LE(member.size ?? bytes.length, 18)
  common.writeUInt16LE(named.length, 22)
  const start = Buffer.alloc(6)
  start.writeUInt32LE(0x02014b50, 0)
  start.writeUInt16LE((host << 8) | 20, 4)
  const rest = Buffer.alloc(14)
  rest.writeUInt32LE(mode * 65_536, 6)
  rest.writeUInt32LE(offset, 10)
  const signature = Buffer.from('504b0304', 'hex')
  return {
    local: Buffer.concat([signature, common, named, packed]),
    central: Buffer.concat([start, common, rest, named]),
  }
}
