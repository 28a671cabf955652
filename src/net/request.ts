/**
 * One request: proxies, credentials and redirects, up to the answer's head.
 *
 * At most five redirects are followed (RFC 9110 15.4), never back to an address already asked and never away from HTTP. Credentials
 * stay with the origin they were given for. What may pass is thrown as `Passing`.
 */
import type { Dispatcher } from 'undici'
import { BuildError, errorCode, fail, messageOf } from '../base/error.ts'
import { shownUrl } from './redact.ts'
import { Passing, retryAfter, statusPasses } from './retry.ts'

/** A user and a password for one address. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

/** What the machine's settings say of the network. Keep one object: connections are shared by all who give the same. */
export interface Network {
  readonly httpProxy?: string
  readonly httpsProxy?: string
  /** Hosts that are asked directly, separated by commas, as in `NO_PROXY`. */
  readonly noProxy?: string
  /** Proxies for single hosts, "DIRECT" for none; they win over the others. */
  readonly hostProxies?: ReadonlyMap<string, string>
  readonly credentials?: (url: URL) => Credentials | undefined
  /** Pauses between attempts in milliseconds. */
  readonly pauses?: readonly number[]
}

/** The head of an answer; the body must be read to its end or destroyed. */
export interface Answer {
  readonly status: number
  readonly header: (name: string) => string | undefined
  readonly body: Dispatcher.ResponseData['body']
}

/** How one request is made. */
export interface Asking {
  readonly network: Network
  readonly signal: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
}

const mostRedirects = 5
/** Silence on an open connection that counts as broken. */
const silenceMilliseconds = 60_000

/** Asks for an address. @throws BuildError network.status, network.redirect-loop; Passing */
export async function request(first: URL, asking: Asking): Promise<Answer> {
  const asked = new Set<string>()
  let url = first
  for (let redirects = 0; ; redirects++) {
    if (asked.has(url.href)) refuseLoop(first, `leads back to ${shownUrl(url)}`)
    if (redirects > mostRedirects) refuseLoop(first, `was redirected more than ${mostRedirects} times`)
    asked.add(url.href)
    const answer = await ask(url, asking)
    const next = answer.status >= 300 && answer.status < 400 ? answer.header('location') : undefined
    if (next === undefined) return await checkStatus(url, answer)
    await answer.body.dump({ limit: 65_536 })
    url = redirected(url, next)
  }
}

async function ask(url: URL, { network, signal, headers }: Asking): Promise<Answer> {
  const undici = await import('undici')
  const authorization = authorizationOf(url, network)
  try {
    const answer = await undici.request(`${url.origin}${url.pathname}${url.search}`, {
      dispatcher: await dispatcherFor(url, network),
      signal,
      headers: {
        'accept-encoding': 'identity',
        'user-agent': 'slipway',
        ...headers,
        ...(authorization === undefined ? {} : { authorization }),
      },
    })
    return { status: answer.statusCode, header: (name) => single(answer.headers[name]), body: answer.body }
  } catch (cause) {
    signal.throwIfAborted()
    throw broken(url, cause)
  }
}

/** What to throw when a connection failed or broke. */
export function broken(url: URL, cause: unknown): Passing {
  const reason = errorCode(cause) ?? messageOf(cause)
  const detail = { url: shownUrl(url), reason }
  const fact = `${shownUrl(url)} cannot be reached: ${reason === messageOf(cause) ? reason : `${reason}, ${messageOf(cause)}`}.`
  const remedy = 'Check the network, the address and the proxy settings.'
  return new Passing(new BuildError('network.unreachable', `${fact} ${remedy}`, detail, cause))
}

async function checkStatus(url: URL, answer: Answer): Promise<Answer> {
  const { status } = answer
  if (status === 200 || status === 206) return answer
  await answer.body.dump({ limit: 65_536 })
  const message = `${shownUrl(url)} answered with status ${status}. ${statusRemedy(status)}`
  const failure = new BuildError('network.status', message, { url: shownUrl(url), status })
  throw statusPasses(status) ? new Passing(failure, retryAfter(answer.header('retry-after'))) : failure
}

function statusRemedy(status: number): string {
  if (status === 401 || status === 403) return 'Check the credentials for this address.'
  if (status === 404 || status === 410) return 'Check the address: it has no such file.'
  if (status === 407) return 'Check the credentials of the proxy.'
  return 'Try again later, or use another address.'
}

function redirected(from: URL, location: string): URL {
  const to = URL.parse(location, from.href)
  if (to === null || (to.protocol !== 'http:' && to.protocol !== 'https:')) {
    return refuseLoop(
      from,
      `is redirected to ${to === null ? 'no address' : `the ${to.protocol} address ${shownUrl(to)}`}`,
    )
  }
  if (to.origin === from.origin && to.username === '') {
    to.username = from.username
    to.password = from.password
  }
  return to
}

function refuseLoop(url: URL, what: string): never {
  return fail('network.redirect-loop', `${shownUrl(url)} ${what}.`, {
    remedy: 'Use another address: this server misleads its clients.',
    detail: { url: shownUrl(url) },
  })
}

function authorizationOf(url: URL, network: Network): string | undefined {
  const given =
    url.username === '' && url.password === ''
      ? network.credentials?.(url)
      : { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
  if (given === undefined) return undefined
  return `Basic ${Buffer.from(`${given.user}:${given.password}`, 'utf8').toString('base64')}`
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}

const dispatchers = new WeakMap<Network, Map<string, Dispatcher>>()

/** The dispatcher for a host: one for the hosts with a proxy of their own, one for all others. */
async function dispatcherFor(url: URL, network: Network): Promise<Dispatcher> {
  const own = network.hostProxies?.get(url.hostname)
  const held = dispatchers.get(network) ?? new Map<string, Dispatcher>()
  dispatchers.set(network, held)
  const known = held.get(own ?? '')
  if (known !== undefined) return known
  const made = await openDispatcher(own, network)
  const raced = held.get(own ?? '')
  if (raced !== undefined) return raced
  held.set(own ?? '', made)
  return made
}

async function openDispatcher(own: string | undefined, network: Network): Promise<Dispatcher> {
  const { Agent, EnvHttpProxyAgent, ProxyAgent } = await import('undici')
  const how = { allowH2: false, headersTimeout: silenceMilliseconds, bodyTimeout: silenceMilliseconds }
  if (own === 'DIRECT') return new Agent(how)
  if (own !== undefined) return new ProxyAgent({ ...how, uri: own })
  // Empty texts, because the library reads the environment where a value is missing.
  const { httpProxy = '', httpsProxy = '', noProxy = '' } = network
  return new EnvHttpProxyAgent({ ...how, httpProxy, httpsProxy, noProxy })
}
