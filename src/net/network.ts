/** Settings of the network: how a host is reached, who asks, and whom to trust. */

/** A user and a password for one address. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

/** TLS settings for one host. Certificates and keys are PEM. */
export interface TlsSettings {
  /** Certificate authorities besides Node's own. */
  readonly authorities?: readonly string[]
  /** A client certificate and its key. */
  readonly certificate?: string
  readonly key?: string
  /** Whether the server's certificate is verified. Default: true. */
  readonly verify?: boolean
}

/** The machine's network settings. Keep one object: connections and retry budgets are shared by all who pass the same one. */
export interface Network {
  readonly httpProxy?: string
  readonly httpsProxy?: string
  /** Hosts that are asked directly, separated by commas, as in `NO_PROXY`. */
  readonly noProxy?: string
  /** Proxies for single hosts, "DIRECT" for none; they win over the others. */
  readonly hostProxies?: ReadonlyMap<string, string>
  /** The proxy for an address, in place of the four above; undefined: none. */
  readonly proxy?: (url: URL) => string | undefined
  readonly credentials?: (url: URL) => Credentials | undefined
  /** TLS settings for a host; undefined: Node's own. */
  readonly tls?: (url: URL) => TlsSettings | undefined
  /** Silence on an open connection that counts as broken, in milliseconds. Default: 60,000. */
  readonly silence?: number
  /** Pauses between attempts in milliseconds. */
  readonly pauses?: readonly number[]
}
