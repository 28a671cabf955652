/** Endpoints of a repository: its registry, or a mirror of it. */
import { isDigest } from '../base/digest.ts'
import type { Answer, Asking, Request } from '../net/exchange.ts'
import { registryAt } from './name.ts'
import type { Session } from './session.ts'

/** A repository at one host. */
export interface Endpoint extends Asking {
  readonly session: Session
  /** Name of the repository at this host. */
  readonly path: string
}

/** What to do with a repository. */
type Action = 'pull' | 'push'

/** Sends a request for a path below a repository, such as "manifests/latest". Returns any response except temporary failures. */
export async function ask(
  endpoint: Endpoint,
  resource: string,
  { action = 'pull', ...request }: Request & { readonly action?: Action } = {},
): Promise<Answer> {
  const url = await addressOf(endpoint, resource)
  // A tag cannot be verified, so its response must come over TLS if the registry's does.
  return endpoint.session.send(url, { follows: 'secure', ...request }, scopeOf(endpoint.path, action))
}

/** Address of a path below a repository. */
export function addressOf({ session, path }: Endpoint, resource: string): Promise<URL> {
  return session.address(`/v2/${path}/${resource}`)
}

/** Full name of a repository, or of an image in it, for messages. */
export function fullName({ session, path }: Endpoint, reference?: string): string {
  const name = `${registryAt(session.host)}/${path}`
  if (reference === undefined) return name
  return `${name}${isDigest(reference) ? '@' : ':'}${reference}`
}

/** Scope that a token must grant. */
export function scopeOf(path: string, action: Action): string {
  return `repository:${path}:${action === 'push' ? 'pull,push' : 'pull'}`
}
