/**
 * Uploads a blob: mounts it from another repository if the registry has it there, otherwise sends its content and names it by its digest.
 *
 * A broken upload resumes at the offset that the registry reports; without one it starts once more. Upload addresses may be signed, so they
 * are used, but never kept or shown.
 */
import type { Content } from '../base/bytes.ts'
import { BuildError, fail } from '../base/error.ts'
import type { Watch } from '../base/event.ts'
import type { Descriptor } from '../format/oci.ts'
import { type Answer, drop, type Request } from '../net/exchange.ts'
import { admission, Passing, pauseBefore, succeeded } from '../net/retry.ts'
import { otherDigest, refusal } from './answer.ts'
import { hasBlob } from './blobs.ts'
import { addressOf, type Endpoint, fullName, scopeOf } from './endpoint.ts'

/** The blob to upload, and where it may be mounted from. */
export interface Upload {
  readonly descriptor: Descriptor
  /** May be opened several times. */
  readonly content: Content
  /** Repositories of the same registry that may have it. */
  readonly mountFrom?: readonly string[]
}

/** How a blob was uploaded. `sent` counts bytes of content, including repeated ones. */
export interface Uploaded {
  readonly how: 'mounted' | 'sent'
  readonly sent: number
}

/** Size, in bytes, below which a blob is sent in one request. */
const small = 1_048_576
/** How long to wait for a response, in milliseconds: a registry may move a large blob first. */
const patience = 300_000
/** Maximum number of attempts per blob, however much of it the registry has kept. */
const mostAttempts = 100

/** Uploads a blob into a repository. @throws BuildError registry.*, network.* */
export async function putBlob(endpoint: Endpoint, upload: Upload, watch: Watch): Promise<Uploaded> {
  for (const from of upload.mountFrom ?? []) {
    if (await mount(endpoint, upload.descriptor, from)) return { how: 'mounted', sent: 0 }
  }
  const state: Sending = { location: undefined, kept: 0, sent: 0 }
  const { network, signal } = endpoint
  for (let attempt = 0, all = 0; ; attempt++, all++) {
    const before = state.sent
    const { kept } = state
    const pacing = { url: await addressOf(endpoint, 'blobs/uploads/'), network, signal }
    await admission(pacing)
    try {
      await sendFrom(endpoint, upload, { state, watch })
      succeeded(pacing)
      return { how: 'sent', sent: state.sent }
    } catch (thrown) {
      if (!(thrown instanceof Passing)) throw thrown
      // The end of a transfer may have arrived although its response did not.
      if (state.sent > before && (await hasBlob(endpoint, upload.descriptor))) return { how: 'sent', sent: state.sent }
      // An attempt before which the registry had kept more does not count against it.
      if (state.kept > kept && all < mostAttempts) {
        attempt = 0
        succeeded(pacing)
      }
      await pauseBefore(attempt, thrown, pacing)
    }
  }
}

/** Mounts a blob of another repository; false if the registry does not, for whatever reason: then the blob is sent. */
async function mount(endpoint: Endpoint, descriptor: Descriptor, from: string): Promise<boolean> {
  try {
    return await askToMount(endpoint, descriptor, from)
  } catch (thrown) {
    if (thrown instanceof BuildError && /^(registry\.|network\.status$)/.test(thrown.code)) return false
    throw thrown
  }
}

async function askToMount(endpoint: Endpoint, { digest }: Descriptor, from: string): Promise<boolean> {
  const scope = `${scopeOf(endpoint.path, 'push')} ${scopeOf(from, 'pull')}`
  const query = new URLSearchParams({ mount: digest, from })
  const url = await addressOf(endpoint, `blobs/uploads/?${query}`)
  const answer = await endpoint.session.send(url, { method: 'POST' }, scope)
  await drop(answer)
  if (answer.status === 202) await cancel(endpoint, locationOf(answer, endpoint))
  return answer.status === 201 && otherDigest(answer, digest) === undefined
}

/** Abandons an upload. */
async function cancel(endpoint: Endpoint, url: URL): Promise<void> {
  const request: Request = { method: 'DELETE', accepts: () => true }
  const answer = await endpoint.session.sendOnce(url, request, scopeOf(endpoint.path, 'push')).catch(() => undefined)
  if (answer !== undefined) await drop(answer)
}

/** An upload in progress. */
interface Sending {
  /** Where to continue; undefined: start. */
  location: URL | undefined
  /** How much of it the registry is known to have. */
  kept: number
  sent: number
}

interface SendOptions {
  readonly state: Sending
  readonly watch: Watch
}

async function sendFrom(endpoint: Endpoint, upload: Upload, { state, watch }: SendOptions): Promise<void> {
  const { descriptor, content } = upload
  const resumed = state.location === undefined ? undefined : await offsetAt(endpoint, state.location, descriptor)
  const offset = resumed?.offset ?? 0
  const location = resumed?.location ?? (await begin(endpoint))
  state.location = location
  state.kept = offset
  const counted = (from: number): Content => sending(content, { from, descriptor, state, watch })
  if (descriptor.size <= small && offset === 0) return await finish(endpoint, location, descriptor, counted(0))
  try {
    if (offset < descriptor.size) state.location = await patch(endpoint, location, { offset, body: counted(offset) })
    await finish(endpoint, state.location, descriptor)
  } catch (thrown) {
    if (offset === 0 || !(thrown instanceof BuildError) || thrown.detail.status !== 400) throw thrown
    // The registry did not have what it reported.
    state.location = undefined
    throw new Passing(thrown)
  }
}

async function begin(endpoint: Endpoint): Promise<URL> {
  const url = await addressOf(endpoint, 'blobs/uploads/')
  const answer = await endpoint.session.sendOnce(url, { method: 'POST' }, scopeOf(endpoint.path, 'push'))
  if (answer.status !== 202) throw await refusal(answer, `${fullName(endpoint)} does not accept uploads`, endpoint)
  await drop(answer)
  return locationOf(answer, endpoint)
}

/** How much of an upload the registry has, if it can tell. */
async function offsetAt(
  endpoint: Endpoint,
  url: URL,
  { size }: Descriptor,
): Promise<{ readonly offset: number; readonly location: URL } | undefined> {
  const answer = await endpoint.session.sendOnce(url, {}, scopeOf(endpoint.path, 'push'))
  await drop(answer)
  if (answer.status !== 204 && answer.status !== 202) return undefined
  const [, end] = /^(?:bytes=)?0-(\d+)$/.exec(answer.header('range') ?? '') ?? []
  // "0-0" means one byte or none; there is no way to tell.
  if (end === undefined || end === '0' || Number(end) >= size || answer.header('location') === undefined)
    return undefined
  return { offset: Number(end) + 1, location: locationOf(answer, endpoint) }
}

async function patch(
  endpoint: Endpoint,
  url: URL,
  { offset, body }: { readonly offset: number; readonly body: Content },
): Promise<URL> {
  const headers = {
    'content-type': 'application/octet-stream',
    // Only a resumed upload has to state its offset.
    ...(offset === 0 ? {} : { 'content-range': `${offset}-${offset + body.size - 1}` }),
  }
  const request: Request = { method: 'PATCH', headers, body, patience, follows: 'origin' }
  const answer = await endpoint.session.sendOnce(url, request, scopeOf(endpoint.path, 'push'))
  if (answer.status !== 202 && answer.status !== 204) throw await lost(answer, endpoint)
  await drop(answer)
  return locationOf(answer, endpoint)
}

async function finish(endpoint: Endpoint, url: URL, { digest }: Descriptor, body?: Content): Promise<void> {
  const named = new URL(url)
  named.searchParams.set('digest', digest)
  const headers = body === undefined ? { 'content-length': '0' } : { 'content-type': 'application/octet-stream' }
  const request: Request = {
    method: 'PUT',
    headers,
    patience,
    follows: 'origin',
    ...(body === undefined ? {} : { body }),
  }
  const answer = await endpoint.session.sendOnce(named, request, scopeOf(endpoint.path, 'push'))
  if (answer.status !== 201 && answer.status !== 204) throw await lost(answer, endpoint)
  await drop(answer)
  const other = otherDigest(answer, digest)
  if (other === undefined) return
  fail('registry.invalid', `${fullName(endpoint)} stored ${other} when ${digest} was sent.`, {
    remedy: 'Ask the operator of the registry.',
    detail: { expected: digest, found: other },
  })
}

/** An upload that the registry has lost can be restarted; any other refusal is an error. */
async function lost(answer: Answer, endpoint: Endpoint): Promise<BuildError | Passing> {
  const failure = await refusal(answer, `${fullName(endpoint)} did not accept a blob`, endpoint)
  return answer.status === 404 || answer.status === 416 ? new Passing(failure) : failure
}

function locationOf(answer: Answer, { session }: Endpoint): URL {
  const location = answer.header('location')
  const url = location === undefined ? null : URL.parse(location, answer.url.href)
  if (url !== null && (url.protocol === 'https:' || url.protocol === answer.url.protocol)) return url
  const isPlain = url?.protocol === 'http:'
  const fact = isPlain ? 'sent an address without TLS for the upload' : 'did not send the address of the upload'
  return fail('registry.invalid', `${session.host} ${fact}.`, {
    remedy: isPlain
      ? 'Ask the operator of the registry: a proxy in front of it has to state X-Forwarded-Proto.'
      : 'Ask the operator of the registry.',
    detail: { host: session.host },
  })
}

interface Counting extends SendOptions {
  readonly from: number
  readonly descriptor: Descriptor
}

/** Yields a content from an offset on, counting the bytes sent. */
function sending(content: Content, { from, descriptor, state, watch }: Counting): Content {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    let skip = from
    let done = from
    for await (const chunk of content.open()) {
      watch.signal.throwIfAborted()
      const part = chunk.subarray(Math.min(skip, chunk.length))
      skip -= chunk.length - part.length
      if (part.length === 0) continue
      yield part
      done += part.length
      state.sent += part.length
      watch.report({ at: 'write', subject: `blob ${descriptor.digest}`, done, total: descriptor.size })
    }
  }
  return { size: descriptor.size - from, open: bytes }
}
