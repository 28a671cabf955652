/** Connections to hosts: directly or through a proxy, each with its TLS settings, kept open for those who share a `Network`. */
import type { Agent, Dispatcher } from 'undici'
import type { Network, TlsSettings } from './network.ts'

/** Silence on an open connection that counts as broken. */
const silenceMilliseconds = 60_000

const connections = new WeakMap<Network, Map<string, Promise<Dispatcher>>>()

/** The dispatcher for a host: one each for hosts with a proxy or TLS settings of their own, one for all others. */
export function connectionTo(url: URL, network: Network): Promise<Dispatcher> {
  const proxy = network.hostProxies?.get(url.hostname)
  const tls = url.protocol === 'https:' ? network.tls?.(url) : undefined
  const key = `${proxy ?? ''} ${tls === undefined ? '' : url.host}`
  const held = connections.get(network) ?? new Map<string, Promise<Dispatcher>>()
  connections.set(network, held)
  const known = held.get(key) ?? open(proxy, tls, network)
  held.set(key, known)
  return known
}

async function open(
  proxy: string | undefined,
  tls: TlsSettings | undefined,
  { httpProxy = '', httpsProxy = '', noProxy = '' }: Network,
): Promise<Dispatcher> {
  const { Agent, EnvHttpProxyAgent, ProxyAgent } = await import('undici')
  const connect = tls === undefined ? {} : tlsOptions(tls)
  const how: Agent.Options = {
    allowH2: false,
    headersTimeout: silenceMilliseconds,
    bodyTimeout: silenceMilliseconds,
    connect,
  }
  if (proxy === 'DIRECT') return new Agent(how)
  if (proxy !== undefined) return new ProxyAgent({ ...how, uri: proxy, requestTls: connect })
  // Empty strings, because the library reads the environment where a value is missing.
  return new EnvHttpProxyAgent({ ...how, requestTls: connect, httpProxy, httpsProxy, noProxy })
}

function tlsOptions({ authorities, certificate, key, verify = true }: TlsSettings): object {
  return {
    rejectUnauthorized: verify,
    ...(authorities === undefined ? {} : { ca: [...authorities] }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
  }
}
