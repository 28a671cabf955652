/** Network settings: how hosts are reached, with which credentials, and whom to trust. */

/** A user and a password for one address. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

/** TLS settings for one host. Certificates and keys are PEM. */
export interface TlsSettings {
  /** Certificate authorities in addition to Node's own. */
  readonly authorities?: readonly string[]
  /** A client certificate and its key. */
  readonly certificate?: string
  readonly key?: string
  /** Whether to verify the server's certificate. Default: true. */
  readonly verify?: boolean
}

/** Route to some servers, and credentials for them, if different from the machine's. */
export interface Access {
  readonly network: Network
  /** `authorization` header for an address; called again after a redirect within the same origin, and never for another origin. */
  readonly authorization?: (url: URL) => string | undefined
  /** Tells, in a sentence for an error, why credentials that there are for an address are not sent; undefined if they are. */
  readonly unauthorized?: (url: URL) => string | undefined
}

/** Network settings of the machine. Keep one object: all users of the same one share connections and retry budgets. */
export interface Network {
  readonly httpProxy?: string
  readonly httpsProxy?: string
  /** Hosts that are reached directly, separated by commas, as in `NO_PROXY`. */
  readonly noProxy?: string
  /** Proxies for individual hosts, "DIRECT" for none; these take precedence over the others. */
  readonly hostProxies?: ReadonlyMap<string, string>
  /** Returns the proxy for an address, instead of the four fields above; undefined: none. */
  readonly proxy?: (url: URL) => string | undefined
  readonly credentials?: (url: URL) => Credentials | undefined
  /** TLS settings for a host; undefined: Node's own. */
  readonly tls?: (url: URL) => TlsSettings | undefined
  /** How long an open connection may be silent before it counts as broken, in milliseconds. Default: 60,000. */
  readonly silence?: number
  /** Pauses between attempts, in milliseconds. */
  readonly pauses?: readonly number[]
}
