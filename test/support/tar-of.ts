/** Archives made by hand, in any order and with any names, even those that a tree cannot represent. */
import { headerBytes } from '../../src/format/tar/encode.ts'
import { type MemberHeader, paddingOf } from '../../src/format/tar/member.ts'
import { type Metadata, plain } from '../../src/tree/entry.ts'

/** A member: bytes, or a link. Names and targets are strings. */
export type MemberSpec = readonly [
  name: string,
  content: Uint8Array | string | { readonly symlink: string } | { readonly hardlink: string },
  metadata?: Metadata,
]

/** A tar archive of these members, in this order. */
export function tarOf(members: readonly MemberSpec[]): Uint8Array {
  return Buffer.concat([...members.flatMap((member) => [...blocksOf(member)]), new Uint8Array(1024)])
}

function* blocksOf([name, content, metadata = plain(0o644)]: MemberSpec): Iterable<Uint8Array> {
  const rest = { name: byteString(name), metadata, major: 0, minor: 0, size: 0, link: '' }
  if (typeof content === 'string' || content instanceof Uint8Array) {
    const bytes = Buffer.from(content)
    const header: MemberHeader = { ...rest, type: name.endsWith('/') ? 'directory' : 'file', size: bytes.length }
    yield headerBytes(header)
    yield bytes
    yield new Uint8Array(paddingOf(bytes.length))
  } else if ('symlink' in content) yield headerBytes({ ...rest, type: 'symlink', link: byteString(content.symlink) })
  else yield headerBytes({ ...rest, type: 'hardlink', link: byteString(content.hardlink) })
}

function byteString(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
