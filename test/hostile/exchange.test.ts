/**
 * Exchanges of any method: statuses as responses, bodies, redirects with bodies and secrets, hosts that ask all clients to wait,
 * certificates.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { collect, contentOf } from '../../src/base/bytes.ts'
import { digestOf } from '../../src/base/digest.ts'
import { unwatched } from '../../src/base/event.ts'
import { fetchBlob } from '../../src/net/blob.ts'
import { get, readBody } from '../../src/net/document.ts'
import { broken, exchange, type Request } from '../../src/net/exchange.ts'
import type { Network } from '../../src/net/network.ts'
import { Passing, retryAfter, retrying } from '../../src/net/retry.ts'
import { serve } from '../support/http-server.ts'
import { refused } from '../support/refused.ts'
import { withTlsServer } from '../support/tls-server.ts'

const network: Network = { pauses: [0, 0, 0] }
const { signal } = new AbortController()

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function sent(url: URL, request: Request): Promise<{ status: number; text: string; location?: string }> {
  const answer = await exchange(url, request, { network, signal })
  const location = answer.header('location')
  const text = Buffer.from(await readBody(answer, 1000, { network, signal })).toString()
  return { status: answer.status, text, ...(location === undefined ? {} : { location }) }
}

test('exchange: any method, body and status: a challenge, a location and a missing file are responses if accepted', async () => {
  const url = await serve(async (request, response) => {
    const body = await bodyOf(request)
    if (request.method === 'PUT') response.writeHead(201, { location: '/made' }).end(body)
    else if (request.method === 'HEAD') response.writeHead(404).end()
    else response.writeHead(401, { 'www-authenticate': 'Bearer realm="x"' }).end(`${request.headers['content-type']}`)
  })
  const any = { accepts: () => true }
  const put = await sent(url, { ...any, method: 'PUT', body: contentOf('bytes') })
  assert.deepEqual(put, { status: 201, text: 'bytes', location: '/made' })
  const chunked = await sent(url, { ...any, method: 'PUT', body: { open: () => [Buffer.from('a'), Buffer.from('b')] } })
  assert.equal(chunked.text, 'ab')
  assert.deepEqual(await sent(url, { ...any, method: 'HEAD' }), { status: 404, text: '' })
  const post = await exchange(url, { ...any, method: 'POST', headers: { 'content-type': 'x/y' } }, { network, signal })
  assert.deepEqual([post.status, post.header('www-authenticate')], [401, 'Bearer realm="x"'])
  assert.equal(Buffer.from(await readBody(post, 100, { network, signal })).toString(), 'x/y')
  assert.equal((await refused('network.status', exchange(url, {}, { network, signal }))).detail.status, 401)
})

test('exchange: 307 sends the body again, without the authorization to another host; 302 sends none', async () => {
  const seen: (string | undefined)[] = []
  const other = await serve(async (request, response) => {
    seen.push(request.headers.authorization)
    response.end(await bodyOf(request))
  })
  const first = await serve((request, response) => {
    request.resume()
    response.writeHead(request.method === 'PUT' ? 307 : 302, { location: other.href }).end()
  })
  const headers = { authorization: 'Bearer secret' }
  assert.equal((await sent(first, { method: 'PUT', headers, body: contentOf('again') })).text, 'again')
  assert.deepEqual(seen, [undefined])
  const post = exchange(first, { method: 'POST', headers, body: contentOf('x') }, { network, signal })
  assert.equal((await refused('network.status', post)).detail.status, 302)
  assert.equal(seen.length, 1)
})

test('exchange: a failure of the body’s producer is passed on, and the request is not repeated', async () => {
  let asked = 0
  const url = await serve((request, response) => {
    asked++
    request.resume().on('end', () => response.end())
  })
  const body = {
    async *open() {
      yield Buffer.from('start')
      throw new Error('no more')
    },
  }
  const failing = retrying(async () => exchange(url, { method: 'PUT', body }, { network, signal }), {
    url,
    network,
    signal,
  })
  await assert.rejects(failing, /no more/)
  assert.ok(asked <= 1)
})

test('exchange: Retry-After is a number of seconds, or a date that counts from the date of the answer', () => {
  const date = 'Sun, 06 Nov 1994 08:49:37 GMT'
  assert.equal(retryAfter(' 120 '), 120_000)
  assert.equal(retryAfter('Sun, 06 Nov 1994 08:49:50 GMT', date), 13_000)
  assert.equal(retryAfter('Sunday, 06-Nov-94 08:49:50 GMT', date), 13_000)
  assert.equal(retryAfter('Sun, 06 Nov 1994 08:00:00 GMT', date), 0)
  assert.ok(retryAfter('99999999999') > 60_000 && retryAfter('9'.repeat(400)) > 60_000)
  for (const odd of ['', 'soon', '-5', '1e9', '1.5']) assert.equal(retryAfter(odd, date), 0)
  assert.equal(retryAfter('Sun, 06 Nov 1994 08:49:50 GMT'), 0)
})

test('exchange: a host that asks to wait delays all requests to it, and no others', async () => {
  const order: string[] = []
  let refusals = 1
  const busy = await serve((request, response) => {
    if (refusals-- > 0) response.writeHead(429, { 'retry-after': '1' }).end()
    else {
      order.push(request.url ?? '')
      response.end()
    }
  })
  const free = await serve((_request, response) => {
    order.push('free')
    response.end()
  })
  const shared: Network = { pauses: [0, 0] }
  const ask = (url: URL) => get(url, { limit: 10, network: shared, signal })
  const first = ask(busy)
  while (refusals > 0) await new Promise(setImmediate)
  // The refusal is on its way back by now; a round trip to another host lets it arrive.
  await ask(free)
  await Promise.all([first, ask(new URL('/second', busy)), ask(free)])
  assert.deepEqual(order.slice(0, 2), ['free', 'free'])
  assert.deepEqual(order.slice(2).sort(), ['/file', '/second'])
})

test('exchange: a download that begins while a host asks to wait, waits too', async () => {
  let asked = 0
  const url = await serve((_request, response) => {
    if (asked++ > 0) response.end()
    else response.writeHead(429, { 'retry-after': '60' }).end()
  })
  const shared: Network = { pauses: [0] }
  const stopping = new AbortController()
  const download = async () => {
    const blob = { ...unwatched, signal: stopping.signal, name: 'file', hash: digestOf(''), network: shared }
    return collect(fetchBlob([url], blob))
  }
  const first = download()
  while (asked === 0) await new Promise(setImmediate)
  const free = await serve((_request, response) => response.end())
  await get(free, { limit: 10, network: shared, signal })
  const second = download()
  await get(free, { limit: 10, network: shared, signal })
  stopping.abort()
  assert.ok((await Promise.allSettled([first, second])).every(({ status }) => status === 'rejected'))
  assert.equal(asked, 1)
})

test('exchange: a pause that a host asks for does not outlive the work that it delays', async () => {
  const url = await serve((_request, response) => response.writeHead(429, { 'retry-after': '60' }).end())
  const script = `
    import { get } from ${JSON.stringify(import.meta.resolve('../../src/net/document.ts'))}
    const signal = AbortSignal.timeout(500)
    await get(new URL(${JSON.stringify(url.href)}), { limit: 10, signal }).catch(() => console.log('stopped'))`
  const arguments_ = ['--input-type=module', '--eval', script]
  const ended = await promisify(execFile)(process.execPath, arguments_, { timeout: 30_000 })
  assert.match(ended.stdout, /stopped/)
})

test('exchange: a host that does not exist is an error at once; a name server that does not answer may answer later', () => {
  const failed = (code: string) => Object.assign(new Error(`getaddrinfo ${code} x.example`), { code })
  const url = new URL('https://x.example/')
  assert.match(String(broken(url, failed('ENOTFOUND'))), /ENOTFOUND.*Check the name of the host/)
  assert.ok(!(broken(url, failed('ENOTFOUND')) instanceof Passing))
  assert.ok(broken(url, failed('EAI_AGAIN')) instanceof Passing)
})

test('exchange: failures of one host are counted across all requests', async () => {
  let asked = 0
  const url = await serve((_request, response) => {
    asked++
    response.writeHead(503).end()
  })
  const shared: Network = { pauses: Array.from({ length: 20 }, () => 0) }
  const all = Array.from({ length: 20 }, () => get(url, { limit: 10, network: shared, signal }))
  const settled = await Promise.allSettled(all)
  assert.ok(settled.every(({ status }) => status === 'rejected'))
  assert.ok(asked <= 20 + 64, `asked ${asked} times`)
})

test('exchange: an untrusted certificate is refused at once; its authority, or no verification, makes it acceptable', async () => {
  await withTlsServer('hello', async ({ url: text, authority }) => {
    const url = new URL(text)
    const ask = async (more: Network): Promise<string> =>
      Buffer.from(await get(url, { limit: 10, network: { ...network, ...more }, signal })).toString()
    await refused('network.certificate', ask({}))
    assert.equal(await ask({ tls: () => ({ authorities: [authority] }) }), 'hello')
    assert.equal(await ask({ tls: () => ({ verify: false }) }), 'hello')
  })
  const plain = await serve((_request, response) => response.end())
  plain.protocol = 'https:'
  await refused('network.certificate', get(plain, { limit: 10, network, signal }))
})
