/**
 * One exchange: a request of any method, through proxies and redirects, up to the head of its response.
 *
 * Follows at most five redirects (RFC 9110 15.4), never back to an address already requested and never away from HTTP. Credentials stay
 * with the origin they belong to. A failure that may be temporary is thrown as `Passing`; retry.ts tries again.
 */
import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Bytes } from '../base/bytes.ts'
import { BuildError, type Code, errorCode, fail, messageOf } from '../base/error.ts'
import { connectionTo, trustSystem } from './connections.ts'
import type { Network } from './network.ts'
import { shownUrl } from './redact.ts'
import { Passing, retryAfter, statusPasses } from './retry.ts'

/** A request. */
export interface Request {
  /** Default: GET. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Lower-case names. `authorization` is sent to the first origin only. */
  readonly headers?: Readonly<Record<string, string>>
  /** The `authorization` header for an address; asked for each address of the first origin, and for no other. */
  readonly authorization?: (url: URL) => string | undefined
  /** Tells why credentials for an address are not sent (network.ts). */
  readonly unauthorized?: (url: URL) => string | undefined
  readonly body?: RequestBody
  /** Tells whether a status counts as success. Default: 200 and 206. */
  readonly accepts?: (status: number) => boolean
  /** Reads a response whose status is not accepted, and returns the server's own words. Default: drops it. */
  readonly said?: (answer: Answer) => Promise<string>
  /** Where redirects may lead: anywhere (default), not from TLS to plain HTTP, or only within the requested origin. */
  readonly follows?: 'anywhere' | 'secure' | 'origin'
  /** Maximum wait for the response head, in milliseconds. Default: 60,000. */
  readonly patience?: number
}

/** Body to send; reopened if a redirect requests it again. Without `size` it is sent in chunks. */
export interface RequestBody {
  readonly size?: number
  open(): Bytes
}

/** Head of a response; the body must be read to its end or destroyed. */
export interface Answer {
  /** Final address, after all redirects. */
  readonly url: URL
  readonly status: number
  /** Returns the value of a header; the first of several with one name. */
  readonly header: (name: string) => string | undefined
  /** Returns all values of a header. */
  readonly headers: (name: string) => readonly string[]
  readonly body: Dispatcher.ResponseData['body']
}

/** The network to use, and how to cancel. */
export interface Asking {
  readonly network: Network
  readonly signal: AbortSignal
}

const mostRedirects = 5
/** Maximum number of bytes of an unwanted body that are read so that its connection can be reused. */
const mostDropped = 65_536

/** Sends a request. @throws BuildError network.status, network.redirect-loop, network.certificate; Passing */
export async function exchange(first: URL, request: Request, asking: Asking): Promise<Answer> {
  const asked = new Set<string>()
  let url = first
  for (let redirects = 0; ; redirects++) {
    if (asked.has(url.href)) refuseLoop(first, `leads back to ${shownUrl(url)}`)
    if (redirects > mostRedirects) refuseLoop(first, `was redirected more than ${mostRedirects} times`)
    asked.add(url.href)
    const answer = await ask(url, url.origin === first.origin ? request : withoutSecrets(request), asking)
    const next = isRedirect(answer, request) ? answer.header('location') : undefined
    if (next === undefined) return await checkStatus(answer, request)
    await drop(answer)
    url = redirected(url, next)
    checkFollowed(first, url, request)
  }
}

function checkFollowed(first: URL, next: URL, { follows }: Request): void {
  const isPlain = first.protocol === 'https:' && next.protocol === 'http:'
  if ((follows === 'origin' && next.origin !== first.origin) || (follows === 'secure' && isPlain))
    refuseLoop(first, `is redirected to another origin, ${shownUrl(next)}`)
}

/** Reads the rest of a body, or closes its connection if the rest is long. */
export async function drop(answer: Answer): Promise<void> {
  await answer.body.dump({ limit: mostDropped }).catch(() => {})
}

/** Maps a failed or broken connection to an error: a temporary failure, unless trying again cannot help. */
export function broken(url: URL, cause: unknown): Passing | BuildError {
  const reason = errorCode(cause) ?? messageOf(cause)
  const permanent = permanentFailure(url, reason, cause)
  if (permanent !== undefined) return permanent
  const isSilence = silences.has(reason)
  const remedy = isSilence
    ? 'Try again later, or use another address or proxy.'
    : 'Check the network, the address and the proxy settings.'
  const fact = isSilence
    ? `${shownUrl(url)} kept the connection open, and sent nothing for too long.`
    : `${shownUrl(url)} cannot be reached: ${saidBy(reason, cause)}.`
  const failure = new BuildError('network.unreachable', `${fact} ${remedy}`, { url: shownUrl(url), reason }, cause)
  return new Passing(failure, { isSilence })
}

function permanentFailure(url: URL, reason: string, cause: unknown): BuildError | undefined {
  const [place, said] = [shownUrl(url), saidBy(reason, cause)]
  const failed = (code: Code, fact: string, remedy: string): BuildError =>
    new BuildError(code, `${fact} ${remedy}`, { url: place, reason }, cause)
  if (/^ERR_SSL_/.test(reason)) {
    const remedy = 'Check the address; allow a registry without TLS with --tls-verify=false.'
    return failed('network.certificate', `${place} does not speak TLS: ${said}.`, remedy)
  }
  if (isCertificateError(reason)) {
    const remedy = 'Install the certificate of its authority on this machine, or check the address.'
    return failed('network.certificate', `The certificate of ${place} cannot be trusted: ${said}.`, remedy)
  }
  // Where no name server answers, it is EAI_AGAIN.
  if (reason === 'ENOTFOUND') {
    const remedy = 'Check the name of the host and the proxy settings.'
    return failed('network.unreachable', `${place} cannot be reached: ${said}.`, remedy)
  }
  const status = proxyStatus(messageOf(cause))
  return status === undefined || statusPasses(status) ? undefined : refusedByProxy(url, status, cause)
}

/** A code and its message, without what Node advises after a semicolon about options of its own. */
function saidBy(reason: string, cause: unknown): string {
  const message = messageOf(cause).split(';', 1)[0] ?? ''
  return reason === message ? reason : `${reason}, ${message}`
}

/** Status with which a proxy refused a connection, which undici has only in its messages. */
function proxyStatus(message: string): number | undefined {
  const [, status] = /^Proxy (?:response|Authentication Required) \((\d+)\)/.exec(message) ?? []
  return status === undefined ? undefined : Number(status)
}

function refusedByProxy(url: URL, status: number, cause: unknown): BuildError {
  const remedy = status === 407 ? statusRemedy(status) : `Allow it there, or name ${url.hostname} in NO_PROXY.`
  const fact = `The proxy refused to connect to ${shownUrl(url)}, with status ${status}.`
  return new BuildError('network.status', `${fact} ${remedy}`, { url: shownUrl(url), status }, cause)
}

/** What undici reports of a server that is connected, but sends neither the head of a response nor more of its body. */
const silences: ReadonlySet<string> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

async function ask(url: URL, request: Request, asking: Asking): Promise<Answer> {
  try {
    return await askOnce(url, request, asking)
  } catch (thrown) {
    const isDoubted = thrown instanceof BuildError && isUnverified(String(thrown.detail.reason))
    if (!isDoubted || !trustSystem(url, asking.network)) throw thrown
    return await askOnce(url, request, asking)
  }
}

async function askOnce(url: URL, request: Request, { network, signal }: Asking): Promise<Answer> {
  const undici = await import('undici')
  const { method = 'GET', patience } = request
  const body = request.body === undefined ? undefined : sending(request.body)
  try {
    const answer = await undici.request(`${url.origin}${url.pathname}${url.search}`, {
      method,
      dispatcher: await connectionTo(url, network),
      signal,
      headers: headersOf(url, request, network),
      body: body === undefined ? null : Readable.from(body.bytes, { objectMode: false }),
      ...(patience === undefined ? {} : { headersTimeout: patience }),
    })
    const headers = (name: string): readonly string[] => listOf(answer.headers[name])
    return { url, status: answer.statusCode, header: (name) => headers(name)[0], headers, body: answer.body }
  } catch (cause) {
    signal.throwIfAborted()
    throw body?.failure()?.error ?? (cause instanceof BuildError ? cause : broken(url, cause))
  }
}

/** Yields the bytes of a body; a failure of their producer is not the network's. */
function sending(body: RequestBody): {
  readonly bytes: AsyncIterable<Uint8Array>
  failure(): { readonly error: unknown } | undefined
} {
  let failure: { readonly error: unknown } | undefined
  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      yield* body.open()
    } catch (error) {
      failure = { error }
      throw error
    }
  }
  return { bytes: bytes(), failure: () => failure }
}

function headersOf(url: URL, request: Request, network: Network): Record<string, string> {
  const { headers, body } = request
  const authorization = request.authorization?.(url) ?? authorizationOf(url, network)
  return {
    'accept-encoding': 'identity',
    'user-agent': 'slipway',
    ...(authorization === undefined ? {} : { authorization }),
    ...(body?.size === undefined ? {} : { 'content-length': String(body.size) }),
    ...headers,
  }
}

function isRedirect({ status }: Answer, { method = 'GET' }: Request): boolean {
  if (status < 300 || status >= 400) return false
  // Only 307 and 308 preserve method and body (RFC 9110 15.4.8, 15.4.9).
  return method === 'GET' || method === 'HEAD' || status === 307 || status === 308
}

async function checkStatus(
  answer: Answer,
  { accepts = isSuccess, said = nothing, unauthorized }: Request,
): Promise<Answer> {
  const { url, status } = answer
  if (accepts(status)) return answer
  const words = await said(answer)
  const fact = `${shownUrl(url)} answered with status ${status}${words === '' ? '' : ` (${words})`}.`
  const why = refusals.has(status) ? (unauthorized?.(url) ?? '') : ''
  const message = `${fact} ${statusRemedy(status)} ${why}`.trim()
  const failure = new BuildError('network.status', message, { url: shownUrl(url), status })
  throw statusPasses(status)
    ? new Passing(failure, { afterMilliseconds: retryAfter(answer.header('retry-after'), answer.header('date')) })
    : failure
}

/** Answers to those who may not see a file; some servers say instead that it does not exist. */
const refusals: ReadonlySet<number> = new Set([401, 403, 404])

async function nothing(answer: Answer): Promise<string> {
  await drop(answer)
  return ''
}

function isSuccess(status: number): boolean {
  return status === 200 || status === 206
}

function statusRemedy(status: number): string {
  if (status === 401 || status === 403) return 'Check the credentials for this address.'
  if (status === 404 || status === 410) return 'Check the address: the file does not exist there.'
  if (status === 407) return 'Check the credentials of the proxy.'
  return 'Try again later, or use another address.'
}

function redirected(from: URL, location: string): URL {
  const to = URL.parse(location, from.href)
  if (to === null || (to.protocol !== 'http:' && to.protocol !== 'https:')) {
    const where = to === null ? 'an invalid address' : `the ${to.protocol} address ${shownUrl(to)}`
    return refuseLoop(from, `is redirected to ${where}`)
  }
  if (to.origin === from.origin && to.username === '') {
    to.username = from.username
    to.password = from.password
  }
  return to
}

function refuseLoop(url: URL, what: string): never {
  return fail('network.redirect-loop', `${shownUrl(url)} ${what}.`, {
    remedy: 'Use another address: the redirects of this server cannot be followed.',
    detail: { url: shownUrl(url) },
  })
}

function withoutSecrets({ headers = {}, ...request }: Request): Request {
  const { authorization: _secret, ...others } = headers
  const { authorization: _asked, ...rest } = request
  return { ...rest, headers: others }
}

function authorizationOf(url: URL, network: Network): string | undefined {
  const given =
    url.username === '' && url.password === ''
      ? network.credentials?.(url)
      : { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
  return given === undefined ? undefined : basicAuthorization(given)
}

/** `authorization` header for a user and a password (RFC 7617). */
export function basicAuthorization({ user, password }: { readonly user: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`
}

function isCertificateError(code: string): boolean {
  return isUnverified(code) || /^(CERT_|ERR_TLS_CERT)/.test(code)
}

/** Tells whether another authority might vouch for a certificate. */
function isUnverified(code: string): boolean {
  return /^(UNABLE_TO_(GET|VERIFY)|DEPTH_ZERO_SELF|SELF_SIGNED_CERT)/.test(code)
}

function listOf(value: string | string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value
}
