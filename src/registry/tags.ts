/** Lists the tags of a repository, page by page (OCI distribution specification, "Listing Tags"). */
import { isPlainObject } from '../base/document.ts'
import { fail } from '../base/error.ts'
import { documentLimit, parseJson } from '../format/oci.ts'
import { isTag } from '../format/reference.ts'
import { readBody } from '../net/document.ts'
import type { Answer } from '../net/exchange.ts'
import { refusal } from './answer.ts'
import { addressOf, type Endpoint, fullName, scopeOf } from './endpoint.ts'

/** Maximum number of pages. */
const mostPages = 10_000

/** Lists all tags, in the registry's order. @throws BuildError registry.*, network.* */
export async function listTags(endpoint: Endpoint): Promise<readonly string[]> {
  const tags = new Set<string>()
  const asked = new Set<string>()
  let url: URL | undefined = await addressOf(endpoint, 'tags/list?n=1000')
  while (url !== undefined) {
    if (asked.has(url.href) || asked.size >= mostPages) refuse(endpoint, 'repeats a page of its list of tags')
    asked.add(url.href)
    const answer = await endpoint.session.send(url, {}, scopeOf(endpoint.path, 'pull'))
    if (answer.status !== 200)
      throw await refusal(answer, `The tags of ${fullName(endpoint)} cannot be listed`, endpoint)
    const next = nextPage(answer, url)
    for (const tag of tagsIn(await readBody(answer, documentLimit, endpoint), endpoint)) tags.add(tag)
    url = next
  }
  return [...tags]
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

function tagsIn(bytes: Uint8Array, endpoint: Endpoint): readonly string[] {
  const value = parseJson(bytes, `${fullName(endpoint)}: the list of tags`)
  const list = isPlainObject(value) ? (value.tags ?? []) : undefined
  if (!Array.isArray(list)) return refuse(endpoint, 'sent an invalid list of tags')
  return list.filter((tag: unknown) => typeof tag === 'string' && isTag(tag))
}

function refuse(endpoint: Endpoint, what: string): never {
  return fail('registry.invalid', `${fullName(endpoint)} ${what}.`, {
    remedy: 'Ask the operator of the registry, or use another.',
    detail: { host: endpoint.session.host },
  })
}
