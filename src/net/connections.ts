/** Connections to hosts: directly or through a proxy, each with its TLS settings, kept open for those who share a `Network`. */
import type { Agent, Dispatcher } from 'undici'
import type { Network, TlsSettings } from './network.ts'

/** Silence on an open connection that counts as broken. */
const silenceMilliseconds = 60_000

interface Held {
  readonly open: Map<string, Promise<Dispatcher>>
  /** Hosts whose certificates Node's own authorities do not vouch for. */
  readonly doubted: Set<string>
}

const connections = new WeakMap<Network, Held>()

/** The dispatcher for a host: one each for hosts with a proxy or TLS settings of their own, one for all others. */
export function connectionTo(url: URL, network: Network): Promise<Dispatcher> {
  const proxy = network.proxy === undefined ? network.hostProxies?.get(url.hostname) : (network.proxy(url) ?? 'DIRECT')
  const tls = url.protocol === 'https:' ? network.tls?.(url) : undefined
  const held = heldBy(network)
  const trust = held.doubted.has(url.host) ? 'system' : 'own'
  const key = `${proxy ?? ''} ${tls === undefined && trust === 'own' ? '' : url.host} ${trust}`
  const known = held.open.get(key) ?? open(proxy, { tls, trust }, network)
  held.open.set(key, known)
  return known
}

/**
 * From now on a host's certificate is held against the machine's authorities, too: loading them takes a quarter of a second, so it is done
 * when Node's own have failed.
 *
 * @returns false where that was done before, or the certificate is not verified anyway.
 */
export function trustSystem(url: URL, network: Network): boolean {
  const { doubted } = heldBy(network)
  if (doubted.has(url.host) || network.tls?.(url)?.verify === false) return false
  doubted.add(url.host)
  return true
}

function heldBy(network: Network): Held {
  const held = connections.get(network) ?? { open: new Map<string, Promise<Dispatcher>>(), doubted: new Set<string>() }
  connections.set(network, held)
  return held
}

async function open(
  proxy: string | undefined,
  { tls, trust }: { readonly tls: TlsSettings | undefined; readonly trust: 'own' | 'system' },
  { httpProxy = '', httpsProxy = '', noProxy = '', silence = silenceMilliseconds }: Network,
): Promise<Dispatcher> {
  const { Agent, EnvHttpProxyAgent, ProxyAgent } = await import('undici')
  const connect = tls === undefined && trust === 'own' ? {} : await tlsOptions(tls ?? {}, trust)
  const how: Agent.Options = {
    allowH2: false,
    headersTimeout: silence,
    bodyTimeout: silence,
    connect,
  }
  if (proxy === 'DIRECT') return new Agent(how)
  if (proxy !== undefined) return new ProxyAgent({ ...how, uri: proxy, requestTls: connect })
  // Empty strings, because the library reads the environment where a value is missing.
  return new EnvHttpProxyAgent({ ...how, requestTls: connect, httpProxy, httpsProxy, noProxy })
}

async function tlsOptions(
  { authorities = [], certificate, key, verify = true }: TlsSettings,
  trust: 'own' | 'system',
): Promise<object> {
  const { createSecureContext, getCACertificates } = await import('node:tls')
  const system = trust === 'system' ? getCACertificates('system') : []
  const more = [...authorities, ...system]
  // Made once, since reading hundreds of certificates takes longer than a connection.
  const secureContext = createSecureContext({
    ...(more.length === 0 ? {} : { ca: [...new Set([...getCACertificates('default'), ...more])] }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
  })
  return { rejectUnauthorized: verify, secureContext }
}
