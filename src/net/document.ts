/** Small documents, read whole and bounded by the caller's limit. */
import { fail } from '../base/error.ts'
import { type Answer, type Asking, broken, exchange } from './exchange.ts'
import { readFileUrl } from './file.ts'
import type { Network } from './network.ts'
import { shownUrl } from './redact.ts'
import { retrying } from './retry.ts'

/** How a document is read. `limit` in bytes. */
export interface Getting {
  readonly limit: number
  readonly signal: AbortSignal
  readonly network?: Network
  /** The `authorization` header for an address (exchange.ts). */
  readonly authorization?: (url: URL) => string | undefined
  /** Tells why credentials for an address are not sent (network.ts). */
  readonly unauthorized?: (url: URL) => string | undefined
}

const direct: Network = {}

/** Reads a whole document. @throws BuildError network.status, network.too-large, network.unreachable, network.redirect-loop */
export async function get(url: URL, { limit, signal, network = direct, ...who }: Getting): Promise<Uint8Array> {
  if (url.protocol === 'file:') return await bounded(readFileUrl(url, 0), url, limit)
  const asking = { network, signal }
  return retrying(async () => readBody(await exchange(url, who, asking), limit, asking), { url, ...asking })
}

/** Reads a response body. @throws BuildError network.too-large; Passing if the connection breaks */
export async function readBody({ url, body }: Answer, limit: number, { signal }: Asking): Promise<Uint8Array> {
  try {
    return await bounded(received(url, body, signal), url, limit)
  } finally {
    body.destroy()
  }
}

/** Yields the chunks of a body. @throws Passing if the connection breaks */
export async function* received(
  url: URL,
  body: Answer['body'],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of body) {
      const bytes: Uint8Array = chunk
      yield bytes
    }
  } catch (cause) {
    signal.throwIfAborted()
    throw broken(url, cause)
  }
}

/** Fails: a response is longer than expected. */
export function refuseLength(url: URL, limit: number): never {
  return fail('network.too-large', `${shownUrl(url)} sends more than the expected ${limit} bytes.`, {
    remedy: 'Use another mirror: this one does not send the requested file.',
    detail: { url: shownUrl(url), limit },
  })
}

async function bounded(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  url: URL,
  limit: number,
): Promise<Uint8Array> {
  const read: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > limit) refuseLength(url, limit)
    read.push(chunk)
  }
  return Buffer.concat(read)
}
