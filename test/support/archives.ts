/** Helpers for archives: split them, collect them, and compare entries with their contents. */
import { gather } from '../../src/base/bytes.ts'
import { entryOf } from '../../src/format/tar/entry.ts'
import { indexTar } from '../../src/format/tar/read.ts'
import type { Entry } from '../../src/tree/entry.ts'

/** The bytes in chunks of a size, each with its own memory. */
export function* cutUp(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield Uint8Array.from(bytes.subarray(start, start + size))
}

/** All bytes of a stream. */
export async function all(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(bytes, (chunk) => Buffer.from(chunk)))
}

/** Entries of an archive in memory. */
export function entriesOf(archive: Uint8Array, chunkSize: number = archive.length): Entry[] {
  return [...indexTar(cutUp(archive, chunkSize))].flatMap((member) => {
    const content = archive.subarray(member.contentOffset, member.contentOffset + member.size)
    return entryOf(member, () => ({ size: member.size, open: () => [content] })) ?? []
  })
}

/** An entry as plain data, so that entries can be compared by value. */
export function plainEntry(entry: Entry): object {
  const metadata = 'metadata' in entry ? { ...entry.metadata, xattrs: attributes(entry.metadata.xattrs) } : undefined
  return entry.kind === 'file'
    ? { ...entry, metadata, content: hex(gather(entry.content.open())) }
    : { ...entry, metadata }
}

function attributes(xattrs: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries([...xattrs].map(([name, value]) => [name, hex(value)]))
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
