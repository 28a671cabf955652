/**
 * What slipway asks of the network: small documents, and blobs of known digest.
 *
 * Both are retried when a failure may pass, and bounded: no answer is longer than what was expected of it. `file:` addresses are read
 * from disk. The HTTP client is loaded when the first address is asked.
 */
import { createHash } from 'node:crypto'
import type { Digest } from '../base/digest.ts'
import { BuildError, fail } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import { readFileUrl } from './file.ts'
import { shownUrl } from './redact.ts'
import { broken, type Network, request } from './request.ts'
import { Passing, pauseBefore, pauses, retrying } from './retry.ts'

export type { Credentials, Network } from './request.ts'

const direct: Network = {}

/** Attempts on one blob in all, however much each of them brought. */
const mostAttempts = 100

/** How a document is read. `limit` in bytes. */
export interface Getting {
  readonly limit: number
  readonly signal: AbortSignal
  readonly network?: Network
}

/** What a blob must be. `name` says it in messages and progress; `size` in bytes. */
export interface FetchingBlob extends Watch {
  readonly name: string
  readonly sha256: Digest
  readonly size?: number
  readonly network?: Network
}

/** Reads a document whole. @throws BuildError network.status, network.too-large, network.unreachable, network.redirect-loop */
export async function get(url: URL, getting: Getting): Promise<Uint8Array> {
  const { limit, signal, network = direct } = getting
  const read = async () => {
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of bytesFrom(url, 0, { signal, network })) {
      size += chunk.length
      if (size > limit) refuseLength(url, limit)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }
  return retrying(read, { pauses: network.pauses ?? pauses, signal })
}

/**
 * The bytes of a blob, from the first of `urls` that has it; checked at the end.
 *
 * A broken transfer goes on where it broke, at the same address, then at the next one.
 *
 * @throws BuildError network.digest-mismatch, network.too-large, network.incomplete, and those of `get`.
 */
export async function* fetchBlob(urls: readonly URL[], blob: FetchingBlob): AsyncGenerator<Uint8Array> {
  const hasher = createHash('sha256')
  const state: Transfer = { done: 0, attempts: 0 }
  const failures: BuildError[] = []
  for (const url of urls) {
    try {
      for await (const chunk of persist(url, state, blob)) {
        hasher.update(chunk)
        yield chunk
      }
      if (`sha256:${hasher.digest('hex')}` !== blob.sha256) refuseDigest(url, blob)
      return
    } catch (thrown) {
      if (!(thrown instanceof BuildError) || final.has(thrown.code)) throw thrown
      failures.push(thrown)
    }
  }
  throw worst(failures) ?? new Error(`unreachable: ${blob.name} has no address`)
}

const final: ReadonlySet<string> = new Set(['network.digest-mismatch', 'network.too-large'])

/** How far a blob has come, whatever address it came from. */
interface Transfer {
  done: number
  attempts: number
}

/** The rest of a blob from one address, over several requests if need be. */
async function* persist(url: URL, state: Transfer, blob: FetchingBlob): AsyncGenerator<Uint8Array> {
  const { signal, size, network = direct } = blob
  for (let attempt = 0; ; attempt++) {
    const before = state.done
    try {
      for await (const chunk of bytesFrom(url, state.done, { signal, network })) {
        state.done += chunk.length
        if (size !== undefined && state.done > size) refuseLength(url, size)
        blob.report({ at: 'fetch', subject: blob.name, done: state.done, total: size ?? state.done })
        yield chunk
      }
      if (size === undefined || state.done === size) return
      throw incomplete(url, state.done, size)
    } catch (thrown) {
      if (!(thrown instanceof Passing)) throw thrown
      // What brought bytes was worth its attempt.
      if (state.done > before) attempt = 0
      if (++state.attempts >= mostAttempts) throw thrown.failure
      await pauseBefore(attempt, thrown, { pauses: network.pauses ?? pauses, signal })
    }
  }
}

/** A file's bytes from an offset on, whether or not the server can do that. */
async function* bytesFrom(
  url: URL,
  offset: number,
  how: { readonly signal: AbortSignal; readonly network: Network },
): AsyncGenerator<Uint8Array> {
  how.signal.throwIfAborted()
  if (url.protocol === 'file:') return yield* readFileUrl(url, offset)
  const answer = await request(url, offset === 0 ? how : { ...how, headers: { range: `bytes=${offset}-` } })
  let skip = offset - startOf(answer.status, answer.header('content-range'))
  if (skip < 0) throw broken(url, new Error('a part of the file is missing in its answer'))
  try {
    for await (const chunk of answer.body) {
      const bytes: Uint8Array = chunk
      if (skip < bytes.length) yield skip === 0 ? bytes : bytes.subarray(skip)
      skip = Math.max(0, skip - bytes.length)
    }
  } catch (cause) {
    how.signal.throwIfAborted()
    throw broken(url, cause)
  } finally {
    answer.body.destroy()
  }
}

/** Where an answer's body starts in the file: a server may ignore `Range` and send all of it (RFC 9110 14.2). */
function startOf(status: number, contentRange: string | undefined): number {
  return status === 206 ? Number(/^bytes (\d+)-/.exec(contentRange ?? '')?.[1] ?? Number.NaN) || 0 : 0
}

function refuseLength(url: URL, limit: number): never {
  return fail('network.too-large', `${shownUrl(url)} sends more than the ${limit} bytes it should have.`, {
    remedy: 'Use another mirror: what this one sends is not the file that was asked for.',
    detail: { url: shownUrl(url), limit },
  })
}

function refuseDigest(url: URL, blob: FetchingBlob): never {
  return fail('network.digest-mismatch', `${blob.name} from ${shownUrl(url)} has not the digest ${blob.sha256}.`, {
    remedy: 'Use another mirror, or correct the hash if the file was changed on purpose. Nothing was kept.',
    detail: { url: shownUrl(url), expected: blob.sha256 },
  })
}

function incomplete(url: URL, done: number, size: number): Passing {
  const detail = { url: shownUrl(url), done, size }
  const fact = `${shownUrl(url)} ended after ${done} of ${size} bytes.`
  return new Passing(new BuildError('network.incomplete', `${fact} Try again, or use another mirror.`, detail))
}

/** Of several failures the one that says most: a missing file says less than a server that cannot be reached. */
function worst(failures: readonly BuildError[]): BuildError | undefined {
  return failures.find((failure) => failure.detail.status !== 404) ?? failures[0]
}
