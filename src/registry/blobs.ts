/** Blobs of a repository: checks, reads, mounts and uploads (OCI distribution specification, "Pulling blobs", "Push"). */
import { BuildError } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import type { Descriptor } from '../format/oci.ts'
import { type BlobSource, fetchBlob } from '../net/blob.ts'
import { drop } from '../net/exchange.ts'
import { refusal } from './answer.ts'
import { addressOf, ask, type Endpoint, fullName, scopeOf } from './endpoint.ts'

/** Tells whether a repository has a blob. @throws BuildError registry.*, network.* */
export async function hasBlob(endpoint: Endpoint, { digest, size }: Descriptor): Promise<boolean> {
  const answer = await ask(endpoint, `blobs/${digest}`, { action: 'push', method: 'HEAD' })
  await drop(answer)
  const { status, url } = answer
  if (status === 404) return false
  const own = await endpoint.session.address('/')
  // A redirect to storage whose signed links allow only GET: the blob exists.
  if (status === 403 && url.origin !== own.origin) return true
  if (status !== 200) throw await refusal(answer, `${fullName(endpoint)} cannot be asked for ${digest}`, endpoint)
  const length = answer.header('content-length')
  return length === undefined || Number(length) === size
}

/** How to read a blob, and which hosts to avoid from now on. */
export interface ReadingBlob extends Watch {
  readonly shunned: Set<string>
}

/**
 * Yields the bytes of a blob from the first endpoint that has it, resumed after a broken transfer, verified at the end.
 *
 * @throws BuildError registry.*, network.*; its detail has a `mirror` if that sent wrong content and another endpoint may not.
 */
export async function* readBlob(
  endpoints: readonly Endpoint[],
  { digest, size }: Descriptor,
  { shunned, ...watch }: ReadingBlob,
): AsyncGenerator<Uint8Array> {
  const sources: BlobSource[] = []
  for (const endpoint of endpoints) sources.push(await sourceOf(endpoint, digest))
  const network = endpoints[0]?.network
  const blob = { ...watch, name: `blob ${digest}`, hash: digest, size }
  try {
    yield* fetchBlob(sources, { ...blob, ...(network === undefined ? {} : { network }) })
  } catch (thrown) {
    throw explained(thrown, endpoints, shunned)
  }
}

/** Yielded bytes cannot be taken back, so another endpoint must wait for the next attempt. */
function explained(thrown: unknown, endpoints: readonly Endpoint[], shunned: Set<string>): unknown {
  if (!(thrown instanceof BuildError) || !/digest-mismatch|too-large/.test(thrown.code)) return thrown
  const { host: wrongHost } = URL.parse(String(thrown.detail.url)) ?? {}
  const mirror = endpoints.slice(0, -1).find(({ session }) => session.host === wrongHost)?.session.host
  if (mirror === undefined) return thrown
  shunned.add(mirror)
  return new BuildError(thrown.code, thrown.message, { ...thrown.detail, mirror }, thrown)
}

async function sourceOf(endpoint: Endpoint, digest: Descriptor['digest']): Promise<BlobSource> {
  const url = await addressOf(endpoint, `blobs/${digest}`)
  const ask = async (offset: number): ReturnType<BlobSource['ask']> => {
    const headers: Record<string, string> = offset === 0 ? {} : { range: `bytes=${offset}-` }
    const answer = await endpoint.session.sendOnce(url, { headers }, scopeOf(endpoint.path, 'pull'))
    if (answer.status === 200 || answer.status === 206) return answer
    throw await refusal(answer, `${fullName(endpoint)} cannot send ${digest}`, endpoint)
  }
  return { url, ask }
}
