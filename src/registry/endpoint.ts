/** Where a repository is asked for: at its registry, or at a mirror of it. */
import type { Answer, Asking, Request } from '../net/exchange.ts'
import type { Session } from './session.ts'

/** A repository at one host. */
export interface Endpoint extends Asking {
  readonly session: Session
  /** The repository's name at this host. */
  readonly path: string
}

/** What somebody wants to do with a repository. */
type Action = 'pull' | 'push'

/** Asks for something below a repository, as "manifests/latest". Any answer comes back, but those that may pass. */
export async function ask(
  endpoint: Endpoint,
  resource: string,
  { action = 'pull', ...request }: Request & { readonly action?: Action } = {},
): Promise<Answer> {
  const url = await addressOf(endpoint, resource)
  // A tag is believed as it is told, so nobody on the way may tell it.
  return endpoint.session.send(url, { follows: 'secure', ...request }, scopeOf(endpoint.path, action))
}

/** The address of something below a repository. */
export function addressOf({ session, path }: Endpoint, resource: string): Promise<URL> {
  return session.address(`/v2/${path}/${resource}`)
}

/** What a token must allow. */
export function scopeOf(path: string, action: Action): string {
  return `repository:${path}:${action === 'push' ? 'pull,push' : 'pull'}`
}
