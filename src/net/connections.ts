/** Connections to hosts: direct or through a proxy, each with its TLS settings, kept open for all users of a `Network`. */
import type { Agent, Dispatcher } from 'undici'
import { fail } from '../base/error.ts'
import type { Network, TlsSettings } from './network.ts'
import { shownUrl } from './redact.ts'

/** How long an open connection may be silent before it counts as broken, in milliseconds. */
const silenceMilliseconds = 60_000

interface Held {
  readonly open: Map<string, Promise<Dispatcher>>
  /** Hosts whose certificates Node's built-in authorities do not vouch for. */
  readonly doubted: Set<string>
}

const connections = new WeakMap<Network, Held>()

/**
 * Dispatcher for a host: one for each host with its own proxy or TLS settings, one for all others.
 *
 * @throws BuildError network.unreachable - the proxy is of a kind that cannot be used
 */
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
 * Verifies a host's certificate against the machine's authorities as well from now on. Loading them takes a quarter of a second, so this
 * waits until Node's own have failed.
 *
 * @returns false if this was done before, or if the certificate is not verified anyway.
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
  if (proxy !== undefined) return new ProxyAgent({ ...how, uri: usableProxy(proxy), requestTls: connect })
  // Empty strings, because the library falls back to the environment for missing values.
  const proxies = { httpProxy: usableProxy(httpProxy), httpsProxy: usableProxy(httpsProxy) }
  return new EnvHttpProxyAgent({ ...how, requestTls: connect, ...proxies, noProxy })
}

/** Names are resolved by a SOCKS 5 proxy in any case, which is what `socks5h` asks for. @throws BuildError network.unreachable */
function usableProxy(proxy: string): string {
  if (proxy === '' || /^(https?|socks5?):\/\//i.test(proxy)) return proxy
  if (/^socks5h:\/\//i.test(proxy)) return proxy.replace(/h:/i, ':')
  const shown = URL.canParse(proxy) ? shownUrl(new URL(proxy)) : 'a proxy'
  return fail('network.unreachable', `The proxy ${JSON.stringify(shown)} is of a kind that slipway does not support.`, {
    remedy: 'Set HTTP_PROXY and HTTPS_PROXY to an address that starts with http://, https:// or socks5://.',
    detail: { proxy: shown },
  })
}

async function tlsOptions(
  { authorities = [], certificate, key, verify = true }: TlsSettings,
  trust: 'own' | 'system',
): Promise<object> {
  const { createSecureContext, getCACertificates } = await import('node:tls')
  const system = trust === 'system' ? getCACertificates('system') : []
  const more = [...authorities, ...system]
  // Created once, since parsing hundreds of certificates takes longer than a connection.
  const secureContext = createSecureContext({
    ...(more.length === 0 ? {} : { ca: [...new Set([...getCACertificates('default'), ...more])] }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
  })
  return { rejectUnauthorized: verify, secureContext }
}
