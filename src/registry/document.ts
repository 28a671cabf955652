/** Documents of a repository, whole or page by page: read again if the connection breaks, and limited in size. */
import { fail } from '../base/error.ts'
import { documentLimit } from '../format/oci.ts'
import { readBody } from '../net/document.ts'
import type { Answer } from '../net/exchange.ts'
import { retrying } from '../net/retry.ts'
import { addressOf, type Endpoint, fullName, scopeOf } from './endpoint.ts'

/** A response; without bytes unless its status is 200: then its body must be read or dropped. */
export interface Received {
  readonly answer: Answer
  readonly bytes?: Uint8Array
}

/** Maximum number of pages of a list. */
const mostPages = 10_000
/** Maximum size of a list, in bytes: a million names. */
const mostListed = 64 * 1024 * 1024

/** Asks for the document at a path below a repository. @throws BuildError registry.*, network.* */
export async function askDocument(endpoint: Endpoint, resource: string, accept?: string): Promise<Received> {
  return askAt(endpoint, await addressOf(endpoint, resource), accept)
}

/** Yields the pages of a list. @throws BuildError registry.*, network.* */
export async function* pagesOf(endpoint: Endpoint, resource: string, accept?: string): AsyncGenerator<Received> {
  const asked = new Set<string>()
  let size = 0
  let url: URL | undefined = await addressOf(endpoint, resource)
  while (url !== undefined) {
    if (asked.has(url.href) || asked.size >= mostPages) refuseDocument(endpoint, `repeats a page of ${resource}`)
    asked.add(url.href)
    const page = await askAt(endpoint, url, accept)
    size += page.bytes?.length ?? 0
    if (size > mostListed) refuseDocument(endpoint, `sends more than ${mostListed} bytes of ${resource}`)
    yield page
    url = nextPage(page.answer, url)
  }
}

function askAt(endpoint: Endpoint, url: URL, accept: string | undefined): Promise<Received> {
  const { session, path } = endpoint
  const headers: Record<string, string> = accept === undefined ? {} : { accept }
  const work = async (): Promise<Received> => {
    // A tag cannot be verified, so its response must come over TLS if the registry's does.
    const answer = await session.sendOnce(url, { follows: 'secure', headers }, scopeOf(path, 'pull'))
    return answer.status === 200 ? { answer, bytes: await readBody(answer, documentLimit, endpoint) } : { answer }
  }
  return retrying(work, { url, network: endpoint.network, signal: endpoint.signal })
}

/** `Link: </v2/…?last=x>; rel="next"` (RFC 8288). Its host is not read: behind a proxy, a registry may not know its own. */
function nextPage(answer: Answer, page: URL): URL | undefined {
  for (const [, target = '', parameters = ''] of (answer.header('link') ?? '').matchAll(linkRule)) {
    const next = URL.parse(target, page.href)
    if (next !== null && isNext.test(parameters)) return new URL(`${next.pathname}${next.search}`, page)
  }
  return undefined
}

/** A target and its parameters. */
const linkRule = /<([^<>]*)>([^<]*)/g
const isNext = /[;\s]rel="?(?:[^",;]*\s)?next(?![^\s",;])/i

/** @throws BuildError registry.invalid, always */
export function refuseDocument(endpoint: Endpoint, what: string): never {
  return fail('registry.invalid', `${fullName(endpoint)} ${what}.`, {
    remedy: 'Ask the operator of the registry, or use another.',
    detail: { host: endpoint.session.host },
  })
}
