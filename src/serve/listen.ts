/** The registry as a server: HTTP on loopback addresses, HTTPS with a password on all others. */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Bytes } from '../base/bytes.ts'
import { errorCode, fail, messageOf } from '../base/error.ts'
import { isLoopback } from '../registry/name.ts'
import { type Credentials, refusal } from './access.ts'
import { answer, type Reply, refused } from './answer.ts'
import type { Repository } from './contents.ts'

/** Options of a registry's server. */
export interface ListenOptions {
  /** Host and port; port 0 means any free port. */
  readonly address: string
  /** Certificate and key, in PEM. Required on all addresses except loopback. */
  readonly tls?: { readonly cert: Uint8Array; readonly key: Uint8Array }
  /** Login of clients. Required on the same addresses. */
  readonly credentials?: Credentials
  /** Returns the repositories, by the path of their names; called for each request. */
  readonly repositories: () => ReadonlyMap<string, Repository>
  /** Called with the error when a response fails. */
  readonly failed: (thrown: unknown) => void
}

/** A listening registry. */
export interface Listening extends AsyncDisposable {
  /** Host and port, the first part of the images' names. */
  readonly host: string
}

/** Starts listening. @throws BuildError argument.invalid, serve.address */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { host, port } = parseAddress(options.address)
  checkProtected(host, options)
  const handle = (request: IncomingMessage, response: ServerResponse): void => void respond(request, response, options)
  const server = options.tls === undefined ? createServer(handle) : createSecureServer(secure(options.tls), handle)
  server.listen(port, host.replace(/^\[(.*)\]$/, '$1'))
  try {
    await once(server, 'listening')
  } catch (cause) {
    const taken = errorCode(cause) === 'EADDRINUSE'
    fail('serve.address', `${options.address} cannot be listened on: ${taken ? 'it is in use' : messageOf(cause)}.`, {
      remedy: 'Give another address to --listen; port 0 is any free one.',
      cause,
    })
  }
  const address = server.address()
  const actual = typeof address === 'object' && address !== null ? address.port : port
  return {
    host: `${host}:${actual}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function secure({ cert, key }: NonNullable<ListenOptions['tls']>): { readonly cert: Buffer; readonly key: Buffer } {
  return { cert: Buffer.from(cert), key: Buffer.from(key) }
}

/** Parses `HOST:PORT`. @throws BuildError argument.invalid */
function parseAddress(text: string): { readonly host: string; readonly port: number } {
  const [, host, digits = ''] = /^(\[[0-9a-fA-F:]+\]|[^:/\s]+):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (host !== undefined && port < 65_536) return { host, port }
  return fail('argument.invalid', `${JSON.stringify(text)} is not a valid address to listen on.`, {
    remedy: 'Write HOST:PORT, such as 127.0.0.1:5000.',
  })
}

function checkProtected(host: string, { tls, credentials }: ListenOptions): void {
  if (isLoopback(`${host}:1`) || (tls !== undefined && credentials !== undefined)) return
  fail('argument.invalid', `${host} can be reached from other machines, and images would be served to anyone there.`, {
    remedy: 'Give a certificate, its key and a password, or listen on 127.0.0.1.',
  })
}

async function respond(request: IncomingMessage, response: ServerResponse, options: ListenOptions): Promise<void> {
  try {
    await send(request, response, replyTo(request, options))
  } catch (thrown) {
    // A client that closes the connection early is not a failure.
    if (!request.socket.destroyed) options.failed(thrown)
    response.destroy()
  }
}

function replyTo({ method = '', url = '', headers }: IncomingMessage, options: ListenOptions): Reply {
  const status = refusal(headers, options.credentials)
  const [path = ''] = url.split('?')
  if (status === undefined) return answer({ method, path, range: headers.range }, options.repositories())
  const reply = refused(status, status === 401 ? 'UNAUTHORIZED' : 'DENIED', 'a login is needed')
  return status === 403
    ? reply
    : { ...reply, headers: { ...reply.headers, 'www-authenticate': 'Basic realm="slipway"' } }
}

async function send(request: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> {
  response.writeHead(reply.status, { 'docker-distribution-api-version': 'registry/2.0', ...reply.headers })
  if (request.method === 'HEAD' || reply.served === undefined) {
    response.end(request.method === 'HEAD' ? undefined : reply.text)
    return
  }
  await pipeline(Readable.from(from(reply.served.content.open(), reply.start ?? 0)), response)
}

/** Skips the first bytes of a stream. */
async function* from(bytes: Bytes, start: number): AsyncGenerator<Uint8Array> {
  let left = start
  for await (const chunk of bytes) {
    if (left < chunk.length) yield left === 0 ? chunk : chunk.subarray(left)
    left = Math.max(0, left - chunk.length)
  }
}
