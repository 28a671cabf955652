/**
 * Reads `ar` archives, the outer form of a `.deb`, in one pass without holding a member.
 *
 * Follows deb(5): the common (BSD and GNU) header of 60 bytes, members padded to even offsets; names of at most 16 characters, a
 * trailing "/" dropped. GNU's and BSD's long names do not occur in a `.deb` and are refused.
 */
import type { Bytes } from '../base/bytes.ts'
import { fail } from '../base/error.ts'

/** One member. `bytes` may be read until the next member is requested; whatever is left unread is skipped. */
export interface ArMember {
  readonly name: string
  /** Byte offset of the content in the archive, and its length in bytes. */
  readonly offset: number
  readonly size: number
  readonly bytes: AsyncIterable<Uint8Array>
}

const magic = '!<arch>\n'
const headerSize = 60

/**
 * The members in the order of the archive.
 *
 * @throws BuildError archive.invalid - not an `ar` archive, a damaged header, or a truncated file.
 */
export async function* readAr(bytes: Bytes): AsyncGenerator<ArMember, void, undefined> {
  await using source = pull(bytes)
  if ((await source.text(magic.length)) !== magic) invalid('it does not begin with "!<arch>"')
  for (let offset = magic.length + headerSize; ; ) {
    const header = await source.text(headerSize)
    if (header === '') return
    const { name, size } = parseHeader(header)
    let left = size
    const body = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      while (left > 0) {
        const chunk = await source.some(left)
        if (chunk === undefined) invalid(`member ${name} is truncated: ${left} bytes are missing`)
        left -= chunk.length
        yield chunk
      }
    }
    yield { name, offset, size, bytes: body() }
    for await (const _skipped of body());
    // The last member's padding byte is often left out.
    if (size % 2 === 1) await source.some(1)
    offset += size + (size % 2) + headerSize
  }
}

function parseHeader(header: string): { readonly name: string; readonly size: number } {
  if (header.length < headerSize) invalid('the file ends inside a member header')
  const size = header.slice(48, 58).trimEnd()
  if (header.slice(58) !== '`\n' || !/^\d+$/.test(size)) invalid('a member header is damaged')
  return { name: header.slice(0, 16).trimEnd().replace(/\/$/, ''), size: Number(size) }
}

interface Pull extends AsyncDisposable {
  /** The next 1 to `most` bytes; undefined at the end. */
  some(most: number): Promise<Uint8Array | undefined>
  /** The next `length` bytes as latin1, fewer only at the end. */
  text(length: number): Promise<string>
}

function pull(bytes: Bytes): Pull {
  const iterator = Symbol.asyncIterator in bytes ? bytes[Symbol.asyncIterator]() : bytes[Symbol.iterator]()
  let rest: Uint8Array = new Uint8Array()
  const some = async (most: number): Promise<Uint8Array | undefined> => {
    while (rest.length === 0) {
      const next = await iterator.next()
      if (next.done === true) return undefined
      rest = next.value
    }
    const chunk = rest.subarray(0, most)
    rest = rest.subarray(chunk.length)
    return chunk
  }
  const text = async (length: number): Promise<string> => {
    let found = ''
    while (found.length < length) {
      const chunk = await some(length - found.length)
      if (chunk === undefined) break
      found += Buffer.from(chunk).toString('latin1')
    }
    return found
  }
  return { some, text, [Symbol.asyncDispose]: async () => void (await iterator.return?.()) }
}

function invalid(why: string): never {
  fail('archive.invalid', `This is not an ar archive: ${why}.`, {
    remedy: 'Fetch the file again; it may be damaged or cut short.',
  })
}
