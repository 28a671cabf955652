/**
 * Ordered bytes, and content that can be opened any number of times.
 *
 * Local content is synchronous (files are read by generators, in chunks of at most 1 MiB); `for await` accepts both kinds.
 */

/** Bytes in order. A yielded chunk belongs to the consumer: the producer never touches it again. */
export type Bytes = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/** Content of known size, in bytes, that can be opened any number of times and yields the same bytes each time. */
export interface Content {
  readonly size: number
  open(): Bytes
}

/** Content on this machine: opening it does not wait. */
export interface LocalContent extends Content {
  open(): Iterable<Uint8Array>
  /** Location of the bytes on disk, if any: lets the stream engine read them directly into its own buffers. */
  readonly at?: { readonly file: string; readonly offset: number }
}

/** Content held in memory. */
export function contentOf(bytes: Uint8Array | string): LocalContent {
  const held = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes
  return { size: held.length, open: () => [held] }
}

/** Collects all bytes into one array. For small documents only: `limit` is the maximum size, in bytes. */
export function gather(bytes: Iterable<Uint8Array>): Uint8Array {
  const chunks = [...bytes]
  const [first] = chunks
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)
}

/** Asynchronous form of the above. */
export async function collect(bytes: Bytes): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}
