/** An in-memory registry: it counts received data, and a test can make it send wrong data, stall or break at any request. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Digest, digestOf } from '../../src/base/digest.ts'
import { serve } from './http-server.ts'

/** A stored document or blob. */
export interface Stored {
  readonly mediaType: string
  readonly bytes: Buffer
}

/** A request, as hooks see it. */
export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** A running registry. */
export interface FakeRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string
  readonly blobs: Map<string, Buffer>
  /** By `repository@digest` and `repository:tag`. */
  readonly manifests: Map<string, Stored>
  /** Requests so far, as "GET /v2/…". */
  readonly asked: string[]
  /** Bytes of blobs and documents received. */
  received(): number
  /** Answers requests instead of the registry; returns true if it did. */
  hook: (asked: Asked) => boolean | Promise<boolean>
  /** The next uploads are cut after so many bytes, one each. */
  readonly cuts: number[]
  /** Whether it lists referrers, as distribution 1.1 does. */
  knowsReferrers: boolean
}

/** Starts a registry. */
export async function fakeRegistry(): Promise<FakeRegistry> {
  const uploads = new Map<string, Buffer[]>()
  let received = 0
  const url = await serve(async (request, response) => {
    const [method, path] = [request.method ?? '', request.url ?? '']
    registry.asked.push(`${method} ${path}`)
    try {
      if (await registry.hook({ method, path, request, response })) return
      await answer(registry, { method, path, request, response }, { uploads, count: (size) => (received += size) })
    } catch {
      response.destroy()
    }
  })
  const registry: FakeRegistry = {
    host: url.host,
    blobs: new Map(),
    manifests: new Map(),
    asked: [],
    received: () => received,
    hook: () => false,
    cuts: [],
    knowsReferrers: false,
  }
  return registry
}

/** Puts an image into a registry directly. */
export function stock(
  { blobs, manifests }: FakeRegistry,
  repository: string,
  { tag, mediaType, bytes, children = [] }: Stored & { readonly tag?: string; readonly children?: readonly Buffer[] },
): Digest {
  const digest = digestOf(bytes)
  for (const child of children) blobs.set(digestOf(child), child)
  manifests.set(`${repository}@${digest}`, { mediaType, bytes })
  if (tag !== undefined) manifests.set(`${repository}:${tag}`, { mediaType, bytes })
  return digest
}

interface Receiving {
  readonly uploads: Map<string, Buffer[]>
  count(size: number): void
}

async function answer(registry: FakeRegistry, asked: Asked, receiving: Receiving): Promise<void> {
  const { response, path } = asked
  const { pathname, searchParams } = new URL(path, 'http://registry')
  if (pathname === '/v2/') return void response.end('{}')
  const [, repository = '', kind = '', rest = ''] =
    /^\/v2\/(.+?)\/(manifests|blobs\/uploads|blobs|tags|referrers)\/(.*)$/.exec(pathname) ?? []
  if (kind === 'manifests') return manifest(registry, asked, { repository, reference: rest, ...receiving })
  if (kind === 'blobs') return blob(registry, asked, rest)
  if (kind === 'blobs/uploads')
    return upload(registry, asked, { repository, id: rest, query: searchParams, ...receiving })
  if (kind === 'tags') return tags(registry, asked, repository)
  if (kind === 'referrers' && registry.knowsReferrers) return referrers(registry, asked, { repository, digest: rest })
  response.writeHead(404).end('{"errors":[{"code":"NOT_FOUND","message":"no such thing"}]}')
}

async function manifest(
  { manifests }: FakeRegistry,
  { method, request, response }: Asked,
  { repository, reference, count }: Receiving & { readonly repository: string; readonly reference: string },
): Promise<void> {
  const key = reference.startsWith('sha256:') ? `${repository}@${reference}` : `${repository}:${reference}`
  if (method === 'PUT') {
    const bytes = await bodyOf(request, count)
    const stored = { mediaType: String(request.headers['content-type']), bytes }
    manifests.set(key, stored).set(`${repository}@${digestOf(bytes)}`, stored)
    return void response.writeHead(201, { 'docker-content-digest': digestOf(bytes) }).end()
  }
  const stored = manifests.get(key)
  if (stored === undefined) return void response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
  const { mediaType, bytes } = stored
  const headers = {
    'content-type': mediaType,
    'docker-content-digest': digestOf(bytes),
    'content-length': bytes.length,
  }
  response.writeHead(200, headers).end(method === 'HEAD' ? undefined : bytes)
}

function blob({ blobs }: FakeRegistry, { method, request, response }: Asked, digest: string): void {
  const bytes = blobs.get(digest)
  if (bytes === undefined) return void response.writeHead(404).end('{"errors":[{"code":"BLOB_UNKNOWN"}]}')
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  response.writeHead(start === 0 ? 200 : 206, {
    'content-length': bytes.length - start,
    ...(start === 0 ? {} : { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
  })
  response.end(method === 'HEAD' ? undefined : bytes.subarray(start))
}

async function upload(
  { blobs, cuts }: FakeRegistry,
  { method, request, response }: Asked,
  given: Receiving & { readonly repository: string; readonly id: string; readonly query: URLSearchParams },
): Promise<void> {
  const { uploads, count, repository, query } = given
  if (method === 'POST') {
    const mounted = query.get('mount')
    if (mounted !== null && blobs.has(mounted)) return void response.writeHead(201).end()
    const id = `u${uploads.size}`
    uploads.set(id, [])
    return void response.writeHead(202, { location: `/v2/${repository}/blobs/uploads/${id}?signed=secret` }).end()
  }
  const { id } = given
  const chunks = uploads.get(id)
  if (chunks === undefined) return void response.writeHead(404).end('{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}')
  if (method === 'DELETE') {
    uploads.delete(id)
    return void response.writeHead(204).end()
  }
  if (method !== 'GET') {
    let left = method === 'PATCH' ? (cuts.shift() ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY
    request.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      count(chunk.length)
      left -= chunk.length
      if (left < 0) request.destroy()
    })
    await new Promise<void>((resolve, reject) => request.on('end', resolve).on('close', () => reject(new Error('cut'))))
  }
  const bytes = Buffer.concat(chunks)
  if (method === 'PUT') {
    const digest = query.get('digest') ?? ''
    if (digestOf(bytes) !== digest) return void response.writeHead(400).end('{"errors":[{"code":"DIGEST_INVALID"}]}')
    blobs.set(digest, bytes)
    return void response.writeHead(201).end()
  }
  const headers = { location: `/v2/${repository}/blobs/uploads/${id}?signed=secret`, range: `0-${bytes.length - 1}` }
  response.writeHead(method === 'GET' ? 204 : 202, headers).end()
}

function tags({ manifests }: FakeRegistry, { response }: Asked, repository: string): void {
  const found = [...manifests.keys()].filter((key) => key.startsWith(`${repository}:`))
  response.end(JSON.stringify({ name: repository, tags: found.map((key) => key.slice(repository.length + 1)) }))
}

function referrers(
  { manifests }: FakeRegistry,
  { response }: Asked,
  { repository, digest }: { readonly repository: string; readonly digest: string },
): void {
  const found = [...manifests].flatMap(([key, { mediaType, bytes }]) => {
    if (!key.startsWith(`${repository}@`)) return []
    const { subject } = JSON.parse(bytes.toString())
    return subject?.digest === digest ? [{ mediaType, digest: digestOf(bytes), size: bytes.length }] : []
  })
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  response.writeHead(200, { 'content-type': mediaType })
  response.end(JSON.stringify({ schemaVersion: 2, mediaType, manifests: found }))
}

async function bodyOf(request: IncomingMessage, count: (size: number) => void): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) {
    chunks.push(chunk)
    count(chunk.length)
  }
  return Buffer.concat(chunks)
}
