/** The HTTP client with servers that break, mislead, never end or send wrong data. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer } from 'node:net'
import { describe, test } from 'node:test'
import { collect } from '../../src/base/bytes.ts'
import { type Digest, digestOf } from '../../src/base/digest.ts'
import { type BuildEvent, unwatched } from '../../src/base/event.ts'
import { fetchBlob } from '../../src/net/blob.ts'
import { get } from '../../src/net/document.ts'
import type { Network } from '../../src/net/network.ts'
import { listening, serve } from '../support/http-server.ts'
import { refused } from '../support/refused.ts'

const network: Network = { pauses: [0, 0, 0] }
const body = Buffer.from('0123456789'.repeat(10_000))

function blob(
  urls: readonly URL[],
  more: { readonly sha256?: Digest; readonly size?: number; readonly events?: BuildEvent[] } = {},
): Promise<Uint8Array> {
  const { sha256 = digestOf(body), size = body.length, events = [] } = more
  return collect(
    fetchBlob(urls, { ...unwatched, report: (event) => events.push(event), name: 'file', hash: sha256, size, network }),
  )
}

const document = (url: URL, limit: number = 1000) => get(url, { limit, network, signal: unwatched.signal })

describe('http: blobs', () => {
  test('a broken transfer resumes where it broke, more often than there are pauses, and progress never decreases', async () => {
    const asked: (string | undefined)[] = []
    const url = await serve((request, response) => {
      asked.push(request.headers.range)
      const start = Number(/(\d+)/.exec(request.headers.range ?? '')?.[1] ?? 0)
      response.writeHead(start === 0 ? 200 : 206, {
        'content-length': body.length - start,
        ...(start === 0 ? {} : { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` }),
      })
      if (asked.length < 5) response.write(body.subarray(start, start + 20_000), () => response.destroy())
      else response.end(body.subarray(start))
    })
    const events: BuildEvent[] = []
    assert.deepEqual(await blob([url], { events }), body)
    assert.deepEqual(asked, [undefined, 'bytes=20000-', 'bytes=40000-', 'bytes=60000-', 'bytes=80000-'])
    assert.ok(events.every((event, index) => event.done > (events[index - 1]?.done ?? 0)))
  })

  test('a server that ignores Range sends everything again, and the bytes are right', async () => {
    let asked = 0
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': body.length })
      if (asked++ === 0) response.write(body.subarray(0, 30_000), () => response.destroy())
      else response.end(body)
    })
    assert.deepEqual(await blob([url]), body)
    assert.equal(asked, 2)
  })

  test('a server that does not say which range it sends is taken to send the requested one', async () => {
    const url = await serve((request, response) => {
      const start = Number(/(\d+)/.exec(request.headers.range ?? '')?.[1] ?? 0)
      response.writeHead(start === 0 ? 200 : 206, { 'content-length': body.length - start })
      if (start === 0) response.write(body.subarray(0, 30_000), () => response.destroy())
      else response.end(body.subarray(start))
    })
    assert.deepEqual(await blob([url]), body)
  })

  test('a blob without a known hash resumes too, and has a limit', async () => {
    let asked = 0
    const url = await serve((request, response) => {
      const start = Number(/(\d+)/.exec(request.headers.range ?? '')?.[1] ?? 0)
      const range = start === 0 ? {} : { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` }
      response.writeHead(start === 0 ? 200 : 206, { 'content-length': body.length - start, ...range })
      if (asked++ === 0) response.write(body.subarray(0, 30_000), () => response.destroy())
      else response.end(body.subarray(start))
    })
    const fetching = (most: number) => collect(fetchBlob([url], { ...unwatched, name: 'file', most, network }))
    assert.deepEqual(await fetching(body.length), body)
    assert.equal(asked, 2)
    const { message } = await refused('network.too-large', fetching(body.length - 1))
    assert.match(message, /sends more than the expected 99999 bytes/)
  })

  test('wrong, additional and missing bytes are reported', async () => {
    const wrong = await serve((_request, response) => response.end(Buffer.alloc(body.length)))
    assert.match((await refused('network.digest-mismatch', blob([wrong]))).message, /Nothing was kept/)
    const endless = await serve((_request, response) => {
      // After a failed write there must be no other: the reader has gone.
      const more = (failure?: Error | null) => {
        if (!failure && !response.destroyed) response.write(body, more)
      }
      more()
    })
    await refused('network.too-large', blob([endless]))
    await refused('network.too-large', document(endless))
    const short = await serve((_request, response) => response.end(body.subarray(0, 500)))
    assert.match((await refused('network.incomplete', blob([short]))).message, /500 of 100000 bytes/)
  })

  test('the next address is used if one lacks the file, and resumes if one fails midway', async () => {
    const missing = await serve((_request, response) => response.writeHead(404).end())
    const dying = await serve((request, response) => {
      if (request.headers.range !== undefined) return response.destroy()
      response.writeHead(200, { 'content-length': body.length })
      return response.write(body.subarray(0, 30_000), () => response.destroy())
    })
    const good = await serve((request, response) => {
      const start = Number(/(\d+)/.exec(request.headers.range ?? '')?.[1] ?? 0)
      response
        .writeHead(206, { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` })
        .end(body.subarray(start))
    })
    assert.deepEqual(await blob([missing, dying, good]), body)
  })

  test('a server that stops sending is asked for the rest twice, whatever it sent each time, and then the next one is', async () => {
    const asked: (string | undefined)[] = []
    const stalling = await serve((request, response) => {
      asked.push(request.headers.range)
      const start = Number(/(\d+)/.exec(request.headers.range ?? '')?.[1] ?? 0)
      const range = start === 0 ? {} : { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` }
      response.writeHead(start === 0 ? 200 : 206, { 'content-length': body.length - start, ...range })
      response.write(body.subarray(start, start + 100))
    })
    const impatient: Network = { pauses: [0, 0, 0, 0], silence: 200 }
    const fetching = (urls: readonly URL[]) =>
      collect(fetchBlob(urls, { ...unwatched, name: 'file', hash: digestOf(body), network: impatient }))
    const { message } = await refused('network.unreachable', fetching([stalling]))
    assert.match(message, /^http:\S+\/file kept the connection open, and sent nothing for too long\. Try again later/)
    assert.deepEqual(asked, [undefined, 'bytes=100-', 'bytes=200-'])
    const good = await serve((_request, response) => response.end(body))
    assert.deepEqual(await fetching([stalling, good]), body)
  })

  test('of a missing file and a dead server, the dead server is reported', async () => {
    const missing = await serve((_request, response) => response.writeHead(404).end())
    await refused('network.unreachable', blob([missing, new URL('http://127.0.0.1:9/nobody')]))
    assert.equal((await refused('network.status', blob([missing]))).detail.status, 404)
  })

  test('stopping ends a transfer at once', async () => {
    const controller = new AbortController()
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': body.length })
      response.write(body.subarray(0, 10), () => controller.abort(new Error('stopped')))
    })
    const fetching = collect(
      fetchBlob([url], { ...unwatched, signal: controller.signal, name: 'file', hash: digestOf(body), network }),
    )
    await assert.rejects(fetching, /stopped/)
  })
})

describe('http: documents', () => {
  test('a server that does not answer is asked three times', async () => {
    let asked = 0
    const silent = await serve(() => void asked++)
    const impatient: Network = { pauses: [0, 0, 0, 0], silence: 200 }
    const asking = get(silent, { limit: 10, network: impatient, signal: unwatched.signal })
    assert.match((await refused('network.unreachable', asking)).message, /sent nothing for too long/)
    assert.equal(asked, 3)
  })

  test('a server that recovers is tried again; one that does not is an error after some attempts', async () => {
    let asked = 0
    const recovering = await serve((_request, response) =>
      asked++ < 2 ? response.writeHead(503, { 'retry-after': '0' }).end() : response.end('well'),
    )
    assert.equal(Buffer.from(await document(recovering)).toString(), 'well')
    let failing = 0
    const broken = await serve((_request, response) => {
      failing++
      response.writeHead(500).end()
    })
    assert.equal((await refused('network.status', document(broken))).detail.status, 500)
    assert.equal(failing, 4)
  })

  test('redirects are followed; loops, too many redirects, and other protocols are refused', async () => {
    const target = await serve((_request, response) => response.end('here'))
    const first = await serve((_request, response) => response.writeHead(302, { location: target.href }).end())
    assert.equal(Buffer.from(await document(first)).toString(), 'here')
    const circle = await serve((request, response) =>
      response.writeHead(302, { location: request.url === '/file' ? '/other' : '/file' }).end(),
    )
    assert.match((await refused('network.redirect-loop', document(circle))).message, /leads back/)
    let count = 0
    const endless = await serve((_request, response) => response.writeHead(302, { location: `/next${count++}` }).end())
    assert.match((await refused('network.redirect-loop', document(endless))).message, /more than 5 times/)
    const local = await serve((_request, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end())
    await refused('network.redirect-loop', document(local))
  })

  test('credentials go only to their origin, and never into a message', async () => {
    const seen: (string | undefined)[] = []
    const other = await serve((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(404).end()
    })
    const first = await serve((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(302, { location: request.url === '/file' ? '/same' : other.href }).end()
    })
    first.username = 'jane'
    first.password = 'secret'
    const failure = await refused('network.status', document(first))
    const basic = `Basic ${Buffer.from('jane:secret').toString('base64')}`
    assert.deepEqual(seen, [basic, basic, undefined])
    assert.doesNotMatch(failure.message + JSON.stringify(failure.detail), /secret/)
  })

  test('a proxy is used for its scheme, except for excluded hosts', async () => {
    const asked: string[] = []
    const proxy = await serve((request, response) => {
      asked.push(request.url ?? '')
      response.end('by proxy')
    })
    const direct = await serve((_request, response) => response.end('direct'))
    const through = async (more: Network) =>
      Buffer.from(
        await get(direct, { limit: 100, signal: unwatched.signal, network: { ...network, ...more } }),
      ).toString()
    assert.equal(await through({ hostProxies: new Map([['127.0.0.1', 'DIRECT']]), httpProxy: proxy.origin }), 'direct')
    assert.equal(await through({ httpProxy: proxy.origin, noProxy: '127.0.0.1' }), 'direct')
    assert.deepEqual(asked, [])
    assert.equal(await through({ httpProxy: proxy.origin }), 'by proxy')
    assert.equal(await through({ hostProxies: new Map([['127.0.0.1', proxy.origin]]) }), 'by proxy')
    assert.deepEqual(asked, [direct.href, direct.href])
  })

  test('a proxy that refuses is named with its status, and asked once, unless it may connect later', async () => {
    for (const [scheme, status, times] of [
      ['http', 407, 1],
      ['https', 407, 1],
      ['https', 403, 1],
      ['https', 503, 4],
    ] as const) {
      let asked = 0
      const proxy = createHttpServer((_request, response) => {
        asked++
        response.writeHead(status, { 'proxy-authenticate': 'Basic' }).end()
      })
      proxy.on('connect', (_request, socket) => {
        asked++
        socket.end(`HTTP/1.1 ${status} No\r\nProxy-Authenticate: Basic\r\n\r\n`)
      })
      const through = `http://user:secret@127.0.0.1:${await listening(proxy)}`
      const settings = { ...network, proxy: () => through }
      const url = new URL(`${scheme}://files.example/file`)
      const failure = await get(url, { limit: 10, signal: unwatched.signal, network: settings }).catch(
        (e: unknown) => e,
      )
      assert.match(String(failure), times === 1 ? new RegExp(`proxy refused .* with status ${status}`) : /503/)
      assert.doesNotMatch(String(failure), /secret/)
      assert.equal(asked, times, `${scheme} ${status}`)
    }
  })

  test('a SOCKS 5 proxy is used, which resolves names; one of another kind is an error that names it', async () => {
    const direct = await serve((_request, response) => response.end('direct'))
    const asked: string[] = []
    const proxy = await socksProxy(asked, direct)
    const through = (httpProxy: string) =>
      get(new URL('http://name.invalid/x'), {
        limit: 100,
        signal: unwatched.signal,
        network: { ...network, httpProxy },
      })
    for (const scheme of ['socks5', 'socks5h'])
      assert.equal(Buffer.from(await through(`${scheme}://${proxy}`)).toString(), 'direct')
    assert.deepEqual(asked, ['name.invalid:80', 'name.invalid:80'])
    const failure = await refused('network.unreachable', through('socks4://me:secret@127.0.0.1:1'))
    assert.match(failure.message, /"socks4:\/\/127\.0\.0\.1:1.*socks5:\/\//)
    assert.doesNotMatch(failure.message + JSON.stringify(failure.detail), /secret/)
  })
})

/** A SOCKS 5 proxy without authentication (RFC 1928), which connects every name to one server. Returns its address. */
async function socksProxy(asked: string[], { hostname, port }: URL): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => {
      socket.write(Uint8Array.of(5, 0))
      socket.once('data', (request) => {
        const length = request[4] ?? 0
        asked.push(`${request.subarray(5, 5 + length)}:${request.readUInt16BE(5 + length)}`)
        socket.write(Uint8Array.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0))
        const other = connect(Number(port), hostname)
        other.on('error', () => {})
        socket.pipe(other).pipe(socket)
      })
    })
  })
  server.listen(0, '127.0.0.1').unref()
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('unreachable: it listens on a port')
  return `127.0.0.1:${address.port}`
}
