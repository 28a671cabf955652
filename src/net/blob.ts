/**
 * Downloads blobs of known digest: bounded, resumed after a broken transfer, and verified at the end, whatever address they come from.
 *
 * `file:` addresses are read from disk. The HTTP client is loaded on the first request.
 */
import { createHash } from 'node:crypto'
import { algorithmOf, type FileHash } from '../base/digest.ts'
import { BuildError, fail } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import { received, refuseLength } from './document.ts'
import { type Answer, broken, exchange } from './exchange.ts'
import { readFileUrl } from './file.ts'
import type { Network } from './network.ts'
import { shownUrl } from './redact.ts'
import { admission, Passing, pauseBefore, succeeded } from './retry.ts'

const direct: Network = {}

/** Maximum number of attempts per blob, whatever each of them delivered. */
const mostAttempts = 100

/** Limit, in bytes, on a blob of unknown size: a server could send bytes without end, which no hash would notice. */
const mostUnknown = 8 * 1024 ** 3

/** Expected properties of a blob. `name` identifies it in messages and progress; `size` in bytes. */
export interface FetchingBlob extends Watch {
  readonly name: string
  /** Absent if only what the blob becomes has a known hash, which the caller checks. */
  readonly hash?: FileHash
  readonly size?: number
  /** Limit on the size, in bytes, where the size is unknown. Default: 8 GiB. */
  readonly most?: number
  readonly network?: Network
  /** The `authorization` header for an address (exchange.ts). */
  readonly authorization?: (url: URL) => string | undefined
  /** Tells why credentials for an address are not sent (network.ts). */
  readonly unauthorized?: (url: URL) => string | undefined
}

/** A source of a blob, with its own way to request it. */
export interface BlobSource {
  readonly url: URL
  /** Response head for the blob from an offset on: 206, or 200 with the whole blob. @throws Passing */
  ask(offset: number): Promise<Answer>
}

/**
 * Yields the bytes of a blob from the first source that has it, and verifies them at the end.
 *
 * A broken transfer resumes where it broke, at the same source, then at the next one.
 *
 * @throws BuildError network.digest-mismatch, network.too-large, network.incomplete, and those of `get`.
 */
export async function* fetchBlob(
  sources: readonly (URL | BlobSource)[],
  blob: FetchingBlob,
): AsyncGenerator<Uint8Array> {
  const check = checkOf(blob)
  const state: Transfer = { done: 0, attempts: 0 }
  const failures: BuildError[] = []
  for (const source of sources) {
    const { url, ask } = source instanceof URL ? plainSource(source, blob) : source
    try {
      for await (const chunk of persist({ url, ask }, state, blob)) {
        check.update(chunk)
        yield chunk
      }
      check.finish(url)
      return
    } catch (thrown) {
      if (!(thrown instanceof BuildError) || final.has(thrown.code)) throw thrown
      failures.push(thrown)
    }
  }
  throw worst(failures) ?? new Error(`unreachable: ${blob.name} has no address`)
}

/** Check of the whole blob. */
interface Checking {
  update(chunk: Uint8Array): void
  /** @throws BuildError network.digest-mismatch */
  finish(url: URL): void
}

function checkOf({ name, hash }: FetchingBlob): Checking {
  if (hash === undefined) return { update: () => {}, finish: () => {} }
  const hasher = createHash(algorithmOf(hash))
  return {
    update: (chunk) => void hasher.update(chunk),
    finish: (url) => {
      if (`${algorithmOf(hash)}:${hasher.digest('hex')}` !== hash) refuseDigest(url, { name, hash })
    },
  }
}

const final: ReadonlySet<string> = new Set(['network.digest-mismatch', 'network.too-large'])

/** Progress of a blob across all its addresses. */
interface Transfer {
  done: number
  attempts: number
}

function plainSource(url: URL, { signal, network = direct, authorization, unauthorized }: FetchingBlob): BlobSource {
  const who = { ...(authorization && { authorization }), ...(unauthorized && { unauthorized }) }
  const range = (offset: number) => (offset === 0 ? {} : { headers: { range: `bytes=${offset}-` } })
  return { url, ask: (offset) => exchange(url, { ...who, ...range(offset) }, { network, signal }) }
}

/** Yields the rest of a blob from one source, over several requests if need be. */
async function* persist(source: BlobSource, state: Transfer, blob: FetchingBlob): AsyncGenerator<Uint8Array> {
  const { signal, size, most = size ?? mostUnknown, network = direct } = blob
  const { url } = source
  const pacing = { url, network, signal }
  for (let attempt = 0; ; attempt++) {
    const before = state.done
    await admission(pacing)
    try {
      for await (const chunk of bytesFrom(source, state.done, signal)) {
        state.done += chunk.length
        if (state.done > most) refuseLength(url, most)
        blob.report({ at: 'fetch', subject: blob.name, done: state.done, total: size ?? state.done })
        yield chunk
      }
      if (size !== undefined && state.done !== size) throw incomplete(url, state.done, size)
      return succeeded(pacing)
    } catch (thrown) {
      if (!(thrown instanceof Passing)) throw thrown
      // All bytes arrived; only the end of the response is missing.
      if (state.done === size && size > 0) return
      // An attempt that delivered bytes does not count against the host, unless it fell silent: that could go on for hours.
      if (state.done > before && !thrown.isSilence) {
        attempt = 0
        succeeded(pacing)
      }
      if (++state.attempts >= mostAttempts) throw thrown.failure
      await pauseBefore(attempt, thrown, pacing)
    }
  }
}

/** Reads a file from an offset on, whether or not the server supports ranges. */
async function* bytesFrom({ url, ask }: BlobSource, offset: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  signal.throwIfAborted()
  if (url.protocol === 'file:') return yield* readFileUrl(url, offset)
  const answer = await ask(offset)
  let skip = offset - startOf(answer, offset)
  if (skip < 0) throw broken(url, new Error('the response lacks a part of the file'))
  try {
    for await (const bytes of received(url, answer.body, signal)) {
      if (skip < bytes.length) yield skip === 0 ? bytes : bytes.subarray(skip)
      skip = Math.max(0, skip - bytes.length)
    }
  } finally {
    answer.body.destroy()
  }
}

/** Offset of the response body in the file: a server may ignore `Range` and send everything (RFC 9110 14.2), or not say what it sends. */
function startOf({ status, header }: Answer, asked: number): number {
  if (status !== 206) return 0
  const [, start] = /^bytes (\d+)-/.exec(header('content-range') ?? '') ?? []
  return start === undefined ? asked : Number(start)
}

function refuseDigest(url: URL, blob: { readonly name: string; readonly hash: FileHash }): never {
  return fail('network.digest-mismatch', `${blob.name} from ${shownUrl(url)} does not have the digest ${blob.hash}.`, {
    remedy: 'Use another mirror, or correct the hash if the file was changed on purpose. Nothing was kept.',
    detail: { url: shownUrl(url), expected: blob.hash },
  })
}

function incomplete(url: URL, done: number, size: number): Passing {
  const detail = { url: shownUrl(url), done, size }
  const fact = `${shownUrl(url)} ended after ${done} of ${size} bytes.`
  return new Passing(new BuildError('network.incomplete', `${fact} Try again, or use another mirror.`, detail))
}

/** Picks the most informative of several failures: a missing file says less than an unreachable server. */
export function worst(failures: readonly BuildError[]): BuildError | undefined {
  return failures.find((failure) => failure.detail.status !== 404) ?? failures[0]
}
