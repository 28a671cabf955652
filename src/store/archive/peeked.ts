/** Looks at the first bytes of a stream without using them up. */
import type { Bytes } from '../../base/bytes.ts'

/** Returns at least `count` first bytes, fewer only if there are no more, and all bytes, to be read once. */
export async function peeked(
  bytes: Bytes,
  count: number,
): Promise<{ readonly first: Uint8Array; readonly all: AsyncGenerator<Uint8Array> }> {
  const source = Symbol.asyncIterator in bytes ? bytes[Symbol.asyncIterator]() : bytes[Symbol.iterator]()
  const chunks: Uint8Array[] = []
  let size = 0
  let next = await source.next()
  for (; next.done !== true && size < count; next = await source.next()) {
    chunks.push(next.value)
    size += next.value.length
  }
  const last = next
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks
      for (let step = last; step.done !== true; step = await source.next()) yield step.value
    } finally {
      await source.return?.()
    }
  }
  return { first: Buffer.concat(chunks), all: all() }
}
