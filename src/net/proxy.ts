/**
 * Chooses the proxy for an address from the environment, as Go programs such as docker and skopeo do.
 *
 * `NO_PROXY` holds hosts ("a.example" also matches everything below it, ".a.example" only what is below it), addresses, networks
 * ("10.0.0.0/8"), each with an optional port, or "*". This machine is always reached directly.
 */
import { isInNetwork } from './in-network.ts'

/** Proxies by the scheme that they serve, and the hosts that are reached directly. */
export interface Proxies {
  readonly http: string
  readonly https: string
  /** Separated by commas. */
  readonly except: string
}

/** Returns the proxy for an address; undefined: the address is reached directly. */
export function proxyFor(url: URL, { http, https, except }: Proxies): string | undefined {
  const proxy = url.protocol === 'https:' ? https : http
  if (proxy === '') return undefined
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  if (isLocal(host) || except.split(/[\s,]+/).some((rule) => matches(rule.toLowerCase(), host, port))) return undefined
  return proxy.includes('://') ? proxy : `http://${proxy}`
}

function isLocal(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}

function matches(rule: string, host: string, port: string): boolean {
  if (rule === '*') return true
  if (rule === '') return false
  const [network, bits] = rule.split('/')
  if (bits !== undefined) return isInNetwork(host, { network: network ?? '', bits })
  const [, name = '', only] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(rule) ?? []
  if (only !== undefined && only !== port) return false
  const plain = name.replace(/^\[|\]$/g, '').replace(/^\*(?=\.)/, '')
  return plain.startsWith('.') ? host.endsWith(plain) : host === plain || host.endsWith(`.${plain}`)
}
