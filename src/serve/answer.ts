/**
 * Answers the requests of pulls (OCI distribution specification 1.1, "Pull"): manifests, blobs, tags. Read-only.
 */
import { isDigest } from '../base/digest.ts'
import { isDocumentType } from '../format/media-types.ts'
import type { Repository, Served } from './contents.ts'

/** Request of a client. */
export interface Question {
  readonly method: string
  /** Path, without the query. */
  readonly path: string
  /** Header `Range`. */
  readonly range?: string | undefined
}

/** Response to a request. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | number>>
  /** Body, if it is a document. */
  readonly text?: string
  /** Body, if it is a blob: its content from `start` on. */
  readonly served?: Served
  readonly start?: number
}

/** Finds the answer. @param repositories - by the path of their names after the host */
export function answer({ method, path, range }: Question, repositories: ReadonlyMap<string, Repository>): Reply {
  if (method !== 'GET' && method !== 'HEAD') return refused(405, 'UNSUPPORTED', 'images are only read here')
  if (path === '/v2' || path === '/v2/') return { status: 200, headers: json, text: '{}' }
  const [, name = '', kind, reference = ''] = /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^/]+)$/.exec(path) ?? []
  const repository = repositories.get(name)
  if (repository === undefined) return refused(404, 'NAME_UNKNOWN', 'no such repository is served')
  if (kind === 'tags') return tagsOf(name, repository)
  const served = kind === 'blobs' ? blobIn(repository, reference) : manifestIn(repository, reference)
  if (served !== undefined) return contentReply(served, kind === 'blobs' ? range : undefined)
  return refused(404, kind === 'blobs' ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN', 'it is not among what is served')
}

function manifestIn({ contents, tags }: Repository, reference: string): Served | undefined {
  const digest = isDigest(reference) ? reference : tags.get(reference)
  const served = digest === undefined ? undefined : contents.get(digest)
  return served !== undefined && isDocumentType(served.descriptor.mediaType) ? served : undefined
}

function blobIn({ contents }: Repository, reference: string): Served | undefined {
  return isDigest(reference) ? contents.get(reference) : undefined
}

function contentReply(served: Served, range: string | undefined): Reply {
  const { digest, size, mediaType } = served.descriptor
  const start = Number(/^bytes=(\d{1,15})-$/.exec(range ?? '')?.[1] ?? 0)
  if (start > 0 && start >= size) return { ...refused(416, 'SIZE_INVALID', 'the range begins after the end') }
  const headers = {
    'content-type': isDocumentType(mediaType) ? mediaType : 'application/octet-stream',
    'content-length': size - start,
    'docker-content-digest': digest,
    etag: `"${digest}"`,
    'accept-ranges': 'bytes',
  }
  if (start === 0) return { status: 200, headers, served }
  const part = { ...headers, 'content-range': `bytes ${start}-${size - 1}/${size}` }
  return { status: 206, headers: part, served, start }
}

function tagsOf(name: string, { tags }: Repository): Reply {
  return { status: 200, headers: json, text: JSON.stringify({ name, tags: [...tags.keys()].sort() }) }
}

/** Returns an error response in the form of the distribution specification. */
export function refused(status: number, code: string, message: string): Reply {
  return { status, headers: json, text: JSON.stringify({ errors: [{ code, message }] }) }
}

const json = { 'content-type': 'application/json' }
