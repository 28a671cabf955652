/** Lists the tags of a repository, page by page (OCI distribution specification, "Listing Tags"). */
import { isPlainObject } from '../base/document.ts'
import { parseJson } from '../format/oci.ts'
import { isTag } from '../format/reference.ts'
import { refusal } from './answer.ts'
import { pagesOf, refuseDocument } from './document.ts'
import { type Endpoint, fullName } from './endpoint.ts'

/** Lists all tags, in the registry's order. @throws BuildError registry.*, network.* */
export async function listTags(endpoint: Endpoint): Promise<readonly string[]> {
  const tags = new Set<string>()
  for await (const { answer, bytes } of pagesOf(endpoint, 'tags/list?n=1000')) {
    if (bytes === undefined) throw await refusal(answer, `The tags of ${fullName(endpoint)} cannot be listed`, endpoint)
    for (const tag of tagsIn(bytes, endpoint)) tags.add(tag)
  }
  return [...tags]
}

function tagsIn(bytes: Uint8Array, endpoint: Endpoint): readonly string[] {
  const value = parseJson(bytes, `${fullName(endpoint)}: the list of tags`)
  const list = isPlainObject(value) ? (value.tags ?? []) : undefined
  if (Array.isArray(list)) return list.filter((tag: unknown) => typeof tag === 'string' && isTag(tag))
  return refuseDocument(endpoint, 'sent an invalid list of tags')
}
