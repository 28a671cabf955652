/**
 * Bytes in order, and content that can be opened again and again.
 *
 * Local content is synchronous (files are read in generators, in pieces of at most 1 MiB); `for await` accepts both kinds.
 */

/** Bytes in order. A yielded chunk belongs to the receiver: a producer never touches it again. */
export type Bytes = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/** Content of known size in bytes that can be opened any number of times and is the same bytes each time. */
export interface Content {
  readonly size: number
  open(): Bytes
}

/** Content on this machine: opened without waiting. */
export interface LocalContent extends Content {
  open(): Iterable<Uint8Array>
  /** Where the bytes lie on disk, when they do: lets the stream engine read them straight into its own buffers. */
  readonly at?: { readonly file: string; readonly offset: number }
}

/** Content that is held in memory. */
export function contentOf(bytes: Uint8Array | string): LocalContent {
  const held = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes
  return { size: held.length, open: () => [held] }
}

/** All bytes in one array. For small documents only: state the `limit` in bytes that the caller can stand. */
export function gather(bytes: Iterable<Uint8Array>): Uint8Array {
  const chunks = [...bytes]
  const [first] = chunks
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)
}

/** The same for bytes that come with waiting. */
export async function collect(bytes: Bytes): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}
