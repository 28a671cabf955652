/** The registry client with registries and token servers that send wrong data, break, stall, mislead and never end. */
import assert from 'node:assert/strict'
import { randomFillSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { collect, contentOf } from '../../src/base/bytes.ts'
import { digestOf } from '../../src/base/digest.ts'
import { unwatched } from '../../src/base/event.ts'
import { mediaTypes } from '../../src/format/media-types.ts'
import { openRegistries, type Registries } from '../../src/registry/client.ts'
import type { Login } from '../../src/registry/login.ts'
import { mirrorsBy } from '../../src/registry/mirrors.ts'
import { parseRegistryName, type RegistryName } from '../../src/registry/name.ts'
import { copyPlace } from '../../src/transport/copy-place.ts'
import { parseDestination, parsePlace } from '../../src/transport/place.ts'
import { type FakeRegistry, fakeRegistry, stock } from '../support/fake-registry.ts'
import { serve } from '../support/http-server.ts'
import { refused } from '../support/refused.ts'
import { withStore } from '../support/sample-image.ts'

const { signal } = unwatched

/** @param login - undefined: anonymous */
function registriesAs(login?: Login): Registries {
  return openRegistries({
    network: { pauses: [0, 0, 0] },
    logins: { find: async () => login },
    insecure: () => false,
    mirrors: mirrorsBy([]),
    signal,
  })
}

const nameIn = ({ host }: FakeRegistry, tag = '1'): RegistryName => parseRegistryName(`${host}/x:${tag}`)

const layer = randomFillSync(Buffer.alloc(40_000))
const config = Buffer.from(
  JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digestOf(layer)] } }),
)

function descriptor(mediaType: string, bytes: Buffer): object {
  return { mediaType, digest: digestOf(bytes), size: bytes.length }
}

function stockImage(registry: FakeRegistry, tag = '1'): Buffer {
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: descriptor(mediaTypes.config, config),
      layers: [descriptor(mediaTypes.layer, layer)],
    }),
  )
  stock(registry, 'x', { tag, mediaType: mediaTypes.manifest, bytes: manifest, children: [config, layer] })
  return manifest
}

/** Copies the image into a new directory and returns the failure; no leftovers may remain. */
async function pulled(registry: FakeRegistry): Promise<unknown> {
  let failure: unknown
  await withStore(async (store, folder) => {
    mkdirSync(join(folder, 'out'))
    const to = parseDestination(`oci:${join(folder, 'out/layout')}`)
    const options = { store, watch: unwatched, registries: async () => registriesAs() }
    failure = await copyPlace(parsePlace(`docker://${registry.host}/x:1`), to, options).catch(
      (thrown: unknown) => thrown,
    )
    if (failure instanceof Error) assert.deepEqual(readdirSync(join(folder, 'out')), [])
  })
  return failure
}

const failed = async (registry: FakeRegistry): Promise<string> => {
  const failure = await pulled(registry)
  assert.ok(failure instanceof Error && 'code' in failure, String(failure))
  return String(failure.code)
}

describe('registry: pulling', () => {
  test('an image of a correct registry is pulled, even if the connection breaks after every kilobyte', async () => {
    const registry = await fakeRegistry()
    stockImage(registry)
    assert.ok(!((await pulled(registry)) instanceof Error))
    assert.equal(registry.asked.filter((line) => /^GET .*\/manifests\//.test(line)).length, 1)
    registry.hook = ({ method, path, request, response }) => {
      if (method !== 'GET' || !path.endsWith(digestOf(layer))) return false
      const start = Number(/(\d+)/.exec(request.headers.range ?? '')?.[1] ?? 0)
      response.writeHead(start === 0 ? 200 : 206, {
        'content-length': layer.length - start,
        ...(start === 0 ? {} : { 'content-range': `bytes ${start}-${layer.length - 1}/${layer.length}` }),
      })
      response.write(layer.subarray(start, start + 1024), () => response.destroy())
      return true
    }
    assert.ok(!((await pulled(registry)) instanceof Error))
  })

  test('a document is asked for again if the connection breaks; if that goes on, it is an error', async () => {
    const registry = await fakeRegistry()
    const manifest = stockImage(registry)
    const read = () => registriesAs().manifest(nameIn(registry))
    const list = () => registriesAs().tags(nameIn(registry))
    const breaking = (times: number): void => {
      registry.hook = ({ response }) => {
        if (times-- <= 0) return false
        response.writeHead(200, { 'content-type': mediaTypes.manifest, 'content-length': manifest.length })
        response.write(manifest.subarray(0, 50), () => response.destroy())
        return true
      }
    }
    breaking(1)
    assert.deepEqual(Buffer.from((await read()).bytes), manifest)
    breaking(1)
    assert.deepEqual(await list(), ['1'])
    breaking(100)
    await refused('network.unreachable', read())
    await refused('network.unreachable', list())
  })

  test('a list of referrers is read to its last page, and a list without end is refused', async () => {
    const registry = await fakeRegistry()
    const subject = digestOf(stockImage(registry))
    const entry = (text: string) => ({ mediaType: mediaTypes.manifest, digest: digestOf(text), size: 1 })
    registry.hook = ({ path, response }) => {
      const isLast = path.endsWith('?last')
      response.writeHead(200, isLast ? {} : { link: `<${path}?last>; rel="next"` })
      response.end(JSON.stringify({ schemaVersion: 2, manifests: [entry(isLast ? 'b' : 'a')] }))
      return true
    }
    const found = await registriesAs().referrers(nameIn(registry), subject)
    assert.deepEqual(
      found.map(({ digest }) => digest),
      [digestOf('a'), digestOf('b')],
    )
    const page = `{"tags":[${' '.repeat(15_000_000)}]}`
    registry.hook = ({ response }) => {
      response.writeHead(200, { link: `</v2/x/tags/list?n=${registry.asked.length}>; rel="next"` }).end(page)
      return true
    }
    await refused('registry.invalid', registriesAs().tags(nameIn(registry)))
    assert.ok(registry.asked.length < 15)
  })

  test('transfers that each break often do not use up the retries of their host', async () => {
    const registry = await fakeRegistry()
    const blobs = [1, 2, 3].map(() => randomFillSync(Buffer.alloc(40_000)))
    for (const blob of blobs) registry.blobs.set(digestOf(blob), blob)
    registry.hook = ({ path, request, response }) => {
      const blob = blobs.find((each) => path.endsWith(digestOf(each)))
      if (blob === undefined) return false
      const start = Number(/(\d+)/.exec(request.headers.range ?? '')?.[1] ?? 0)
      response.writeHead(start === 0 ? 200 : 206, { 'content-length': blob.length - start })
      response.write(blob.subarray(start, start + 1024), () => response.destroy())
      return true
    }
    const registries = registriesAs()
    const read = (blob: Buffer) =>
      collect(
        registries.blob(nameIn(registry), { mediaType: mediaTypes.layer, digest: digestOf(blob), size: blob.length }),
      )
    assert.deepEqual((await Promise.all(blobs.map(read))).map(Buffer.from), blobs)
  })

  const bodies: readonly (readonly [what: string, code: string, body: (asked: string) => Buffer | 'endless'])[] = [
    ['other bytes', 'network.digest-mismatch', () => Buffer.alloc(layer.length)],
    ['too few bytes', 'network.incomplete', () => layer.subarray(0, 100)],
    ['too many bytes', 'network.too-large', () => Buffer.concat([layer, layer])],
    ['endless bytes', 'network.too-large', () => 'endless'],
  ]
  for (const [what, code, body] of bodies)
    test(`a layer of ${what} is refused, without leftovers`, async () => {
      const registry = await fakeRegistry()
      stockImage(registry)
      registry.hook = ({ method, path, response }) => {
        if (method !== 'GET' || !path.endsWith(digestOf(layer))) return false
        const bytes = body(path)
        const more = (failure?: Error | null): void => {
          if (!failure && !response.destroyed) response.write(layer, more)
        }
        if (bytes === 'endless') more()
        else response.end(bytes)
        return true
      }
      assert.equal(await failed(registry), code)
    })

  test('a manifest that is wrong, ambiguous, of schema 1 or endless is refused', async () => {
    const registry = await fakeRegistry()
    const manifest = stockImage(registry)
    const answers = async (code: string, bytes: Buffer, mediaType: string = mediaTypes.manifest): Promise<void> => {
      const head = { 'content-type': mediaType, 'docker-content-digest': digestOf(manifest) }
      registry.hook = ({ path, method, response }) => {
        if (!path.includes('/manifests/')) return false
        response.writeHead(200, { ...head, 'content-length': method === 'HEAD' ? manifest.length : bytes.length })
        response.end(method === 'HEAD' ? undefined : bytes)
        return true
      }
      assert.equal(await failed(registry), code)
    }
    await answers('registry.invalid', Buffer.from(`${manifest} `))
    const name = nameIn(registry)
    const direct = async (bytes: Buffer, mediaType?: string) => {
      await answers('registry.invalid', bytes, mediaType)
      await refused('registry.invalid', registriesAs().manifest(name))
    }
    await direct(manifest, mediaTypes.index)
    await direct(Buffer.from(JSON.stringify({ schemaVersion: 1 })), 'application/json')
    await direct(Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [], layers: [] })))
    await direct(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: 'x/y' })), 'text/html')
    await answers('network.too-large', Buffer.alloc(17 * 1024 * 1024, ' '))
  })

  test('cyclic or deep indexes are not followed endlessly', async () => {
    const registry = await fakeRegistry()
    let inner = descriptor(mediaTypes.manifest, stockImage(registry))
    for (let depth = 0; depth < 100; depth++) {
      const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [inner] }))
      stock(registry, 'x', { tag: '1', mediaType: mediaTypes.index, bytes })
      inner = descriptor(mediaTypes.index, bytes)
    }
    assert.equal(await failed(registry), 'image.not-found')
    assert.ok(registry.asked.length < 20)
    const self = digestOf('self')
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.index,
        manifests: [{ mediaType: mediaTypes.index, digest: self, size: 10 }],
      }),
    )
    stock(registry, 'x', { tag: '1', mediaType: mediaTypes.index, bytes })
    registry.manifests.set(`x@${self}`, { mediaType: mediaTypes.index, bytes })
    assert.equal(await failed(registry), 'registry.invalid')
  })

  test('a missing name and a registry’s own errors are reported, safely for terminals', async () => {
    const registry = await fakeRegistry()
    const none = await refused('registry.not-found', registriesAs().resolve(nameIn(registry)))
    assert.match(none.message, /does not exist/)
    registry.hook = ({ response, method }) => {
      const said = JSON.stringify({
        errors: [{ code: 'TEAPOT', message: `short\u001b[2J and stout${'!'.repeat(500)}` }],
      })
      response.writeHead(418).end(method === 'HEAD' ? undefined : said)
      return true
    }
    const { message } = await refused('registry.refused', registriesAs().resolve(nameIn(registry)))
    assert.match(message, /418 \(TEAPOT: short \[2J and stout!+…\)/)
    assert.ok(message.startsWith(`${registry.host}/x:1 cannot be read: `), message)
    assert.ok(message.length < 500)
  })

  test('a registry that fails again and again is asked for the reason, which is reported safely', async () => {
    const registry = await fakeRegistry()
    const said = JSON.stringify({
      errors: [{ code: 'UNKNOWN', message: `the disk is\u001b[2J full${'!'.repeat(500)}` }],
    })
    registry.hook = ({ response, method }) => {
      response.writeHead(500).end(method === 'HEAD' ? undefined : said)
      return true
    }
    for (const verb of ['resolve', 'tags'] as const) {
      const { message } = await refused('network.status', registriesAs()[verb](nameIn(registry)))
      assert.match(message, /status 500 \(UNKNOWN: the disk is \[2J full!+…\)\. Try again later/)
      assert.ok(message.length < 500)
    }
    assert.ok(registry.asked.length <= 9, registry.asked.join('\n'))
  })

  test('redirect loops, endless 429 and cyclic tag lists end', async () => {
    const registry = await fakeRegistry()
    stockImage(registry)
    registry.hook = ({ path, response }) => {
      if (!path.includes('/blobs/')) return false
      response.writeHead(307, { location: path }).end()
      return true
    }
    assert.equal(await failed(registry), 'network.redirect-loop')
    registry.hook = ({ response }) => {
      response.writeHead(429).end()
      return true
    }
    registry.asked.length = 0
    await refused('network.status', registriesAs().resolve(nameIn(registry)))
    assert.ok(registry.asked.length <= 6, registry.asked.join('\n'))
    registry.hook = ({ path, response }) => {
      response.writeHead(200, { link: `<${path}>; rel="next"` }).end('{"tags":["a"]}')
      return true
    }
    await refused('registry.invalid', registriesAs().tags(nameIn(registry)))
  })

  test('the next page of a list of tags is found in any header, always on the registry itself', async () => {
    const registry = await fakeRegistry()
    const next = '/v2/x/tags/list?last=a'
    for (const link of [
      `<${next}>; rel="next"`,
      `<${next}>;REL=next`,
      `</v2/x/tags/list>; rel="prev", <${next}>; title="a, b"; rel="last next"`,
      `<http://elsewhere.example${next}>; rel="next"`,
    ]) {
      registry.hook = ({ path, response }) => {
        const isLast = path.includes('last=a')
        response.writeHead(200, isLast ? {} : { link }).end(JSON.stringify({ tags: [isLast ? 'b' : 'a'] }))
        return true
      }
      assert.deepEqual(await registriesAs().tags(nameIn(registry)), ['a', 'b'], link)
    }
  })

  test('a mirror is asked first; one that fails or sends wrong data is skipped', async () => {
    const registry = await fakeRegistry()
    const mirror = await fakeRegistry()
    const manifest = stockImage(registry)
    const asking = (): Registries =>
      openRegistries({
        network: { pauses: [0] },
        logins: { find: async () => undefined },
        insecure: () => false,
        mirrors: mirrorsBy([
          {
            prefix: registry.host,
            location: registry.host,
            insecure: false,
            blocked: false,
            mirrors: [{ location: `${mirror.host}/cache`, insecure: false, digestsOnly: false }],
          },
        ]),
        signal,
      })
    const name = { ...nameIn(registry), digest: digestOf(manifest) }
    assert.deepEqual((await asking().manifest(name)).bytes, manifest)
    assert.deepEqual(
      mirror.asked.filter((line) => line !== 'GET /v2/'),
      [`GET /v2/cache/x/manifests/${name.digest}`],
    )
    mirror.manifests.set(`cache/x@${name.digest}`, { mediaType: mediaTypes.manifest, bytes: Buffer.from('{}') })
    assert.deepEqual((await asking().manifest(name)).bytes, manifest)
    mirror.manifests.set(`cache/x@${name.digest}`, { mediaType: mediaTypes.manifest, bytes: manifest })
    registry.asked.length = 0
    await asking().manifest(name)
    assert.deepEqual(registry.asked, [])
    // A mirror with a wrong layer is not asked again, and the image is complete nevertheless.
    for (const bytes of [config, layer]) mirror.blobs.set(digestOf(bytes), Buffer.alloc(bytes.length))
    await withStore(async (store, folder) => {
      const options = { store, watch: unwatched, registries: async () => asking() }
      const to = parseDestination(`oci:${join(folder, 'layout')}`)
      await copyPlace(parsePlace(`docker://${registry.host}/x@${name.digest}`), to, options)
    })
    mirror.hook = ({ response }) => {
      response.destroy()
      return true
    }
    const registries = asking()
    mirror.asked.length = 0
    for (let count = 0; count < 5; count++) await registries.manifest(name)
    assert.ok(mirror.asked.length <= 2, mirror.asked.join('\n'))
  })

  test('a registry or token server that stops answering is abandoned; one that stops midway is asked for the rest', async () => {
    const registry = await fakeRegistry()
    const manifest = stockImage(registry)
    const { digest } = { digest: digestOf(manifest) }
    const impatient = (): Registries =>
      openRegistries({
        network: { pauses: [0], silence: 200 },
        logins: { find: async () => undefined },
        insecure: () => false,
        mirrors: mirrorsBy([]),
        signal,
      })
    let silences = 1
    registry.hook = ({ path, response, method }) => {
      if (method !== 'GET' || !path.endsWith(digestOf(layer)) || silences-- <= 0) return false
      response.writeHead(200, { 'content-length': layer.length })
      response.write(layer.subarray(0, 5000))
      return true
    }
    const chunks: Uint8Array[] = []
    const listed = { mediaType: mediaTypes.layer, digest: digestOf(layer), size: layer.length }
    for await (const chunk of impatient().blob(nameIn(registry), listed)) chunks.push(chunk)
    assert.ok(Buffer.concat(chunks).equals(layer))
    const tokens = await serve(() => {})
    registry.hook = ({ response }) => {
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${tokens.href}"` }).end()
      return true
    }
    await refused('network.unreachable', impatient().resolve({ ...nameIn(registry), digest }))
    registry.hook = () => true
    await refused('network.unreachable', impatient().resolve({ ...nameIn(registry), digest }))
  })

  test('plain HTTP is for this machine only, unless it is allowed', async (context) => {
    const [address] = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
    if (address === undefined) return context.skip('this machine has no address but 127.0.0.1')
    const server = createServer((_request, response) => response.end('{"tags":["a"]}'))
    server.listen(0, '0.0.0.0')
    await once(server, 'listening')
    const bound = server.address()
    const name = parseRegistryName(`${address.address}:${typeof bound === 'object' ? bound?.port : 0}/x`)
    const asking = (allowed: boolean): Registries =>
      openRegistries({
        network: { pauses: [] },
        logins: { find: async () => undefined },
        insecure: () => allowed,
        mirrors: mirrorsBy([]),
        signal,
      })
    try {
      await refused('network.certificate', asking(false).tags(name))
      assert.deepEqual(await asking(true).tags(name), ['a'])
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})

describe('registry: logging in', () => {
  const alice = { user: 'alice', password: 'very secret' }

  test('endless 401 ends, and the password is not revealed', async () => {
    const registry = await fakeRegistry()
    const tokens = await serve((_request, response) => response.end(JSON.stringify({ token: 'abc' })))
    for (const challenge of [
      'Basic realm="x"',
      `Bearer realm="${tokens.href}",service="s"`,
      'Negotiate',
      '',
      ',,=,"',
    ]) {
      registry.hook = ({ response }) => {
        response.writeHead(401, { 'www-authenticate': challenge }).end()
        return true
      }
      registry.asked.length = 0
      const failure = await refused('registry.denied', registriesAs(alice).resolve(nameIn(registry)))
      assert.doesNotMatch(failure.message + JSON.stringify(failure.detail), /secret|abc/)
      assert.ok(registry.asked.length < 10, `${registry.asked.length} requests`)
    }
  })

  test('a token is requested for the needed scope, and again when it is no longer accepted', async () => {
    const registry = await fakeRegistry()
    stockImage(registry)
    let valid = 0
    const asked: string[] = []
    const tokens = await serve((request, response) => {
      asked.push(`${request.headers.authorization} ${request.url}`)
      response.end(JSON.stringify({ access_token: `token-${++valid}`, expires_in: 1 }))
    })
    registry.hook = ({ request, response }) => {
      if (request.headers.authorization === `Bearer token-${valid}` && valid > 0) return false
      const scheme = 'bEaReR  realm="URL" , service="a \\"quoted\\" one"'.replace('URL', tokens.href)
      response.writeHead(401, { 'www-authenticate': ['Basic realm="other"', scheme] }).end()
      return true
    }
    const registries = registriesAs(alice)
    await registries.resolve(nameIn(registry))
    const basic = `Basic ${Buffer.from('alice:very secret').toString('base64')}`
    const query = new URLSearchParams({ service: 'a "quoted" one', scope: 'repository:x:pull' })
    assert.deepEqual(asked, [`${basic} /file?${query}`])
    await registries.resolve(nameIn(registry))
    assert.equal(asked.length, 1)
    valid = 7
    await registries.resolve(nameIn(registry))
    assert.equal(asked.length, 2)
    asked.length = 0
    await registriesAs().resolve(nameIn(registry))
    assert.match(asked[0] ?? '', /^undefined /)
  })

  test('token servers that send wrong data, refuse, redirect away, or would get the login unencrypted are not trusted', async () => {
    const registry = await fakeRegistry()
    const other = await fakeRegistry()
    const answers = async (
      code: Parameters<typeof refused>[0],
      realm: string,
      login: Login = alice,
    ): Promise<string> => {
      registry.hook = ({ response }) => {
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end()
        return true
      }
      return (await refused(code, registriesAs(login).resolve(nameIn(registry)))).message
    }
    const server = async (status: number, body: string, headers = {}): Promise<string> =>
      (await serve((_request, response) => response.writeHead(status, headers).end(body))).href
    await answers('registry.invalid', await server(200, '{"token":5}'))
    await answers('registry.invalid', await server(200, '{"token":"a\\r\\nx: y"}'))
    await answers('registry.invalid', await server(200, 'no JSON'))
    await answers('registry.denied', await server(401, ''))
    await answers('network.redirect-loop', await server(307, '', { location: `http://${other.host}/steal` }))
    await answers('network.redirect-loop', await server(307, '', { location: `http://${other.host}/steal` }), {
      identityToken: 'refresh secret',
    })
    await answers('registry.invalid', 'file:///etc/passwd')
    assert.match(await answers('registry.denied', 'http://tokens.example/'), /Nothing was sent/)
    assert.deepEqual(other.asked, [])
  })

  test('credentials are not sent to the target of an upload or a redirect', async () => {
    const registry = await fakeRegistry()
    const seen: (string | undefined)[] = []
    const other = await serve((request, response) => {
      seen.push(request.headers.authorization)
      request.resume().on('end', () => response.writeHead(201).end())
    })
    const basic = `Basic ${Buffer.from('alice:very secret').toString('base64')}`
    registry.hook = ({ method, request, response }) => {
      if (request.headers.authorization !== basic) response.writeHead(401, { 'www-authenticate': 'Basic' }).end()
      else if (method === 'POST') response.writeHead(202, { location: other.href }).end()
      else return false
      return true
    }
    const bytes = Buffer.from('blob')
    const put = { descriptor: { mediaType: 'x', digest: digestOf(bytes), size: 4 }, content: contentOf(bytes) }
    await registriesAs(alice).put(nameIn(registry), { ...put, watch: unwatched })
    assert.deepEqual(seen, [undefined])
  })

  test('the target of a redirect that asks for credentials gets none, and names no token server', async () => {
    const registry = await fakeRegistry()
    stockImage(registry)
    for (const challenge of ['Basic', 'Bearer realm="/token"']) {
      const seen: string[] = []
      const other = await serve((request, response) => {
        seen.push(`${request.url} ${request.headers.authorization}`)
        response.writeHead(401, { 'www-authenticate': challenge }).end()
      })
      registry.hook = ({ path, response }) => {
        if (!path.includes('/blobs/')) return false
        response.writeHead(307, { location: other.href }).end()
        return true
      }
      const blob = registriesAs(alice).blob(nameIn(registry), {
        mediaType: mediaTypes.layer,
        digest: digestOf(layer),
        size: layer.length,
      })
      await refused('registry.denied', collect(blob))
      assert.deepEqual(seen, ['/file undefined'])
    }
  })
})

describe('registry: pushing', () => {
  const large = randomFillSync(Buffer.alloc(1_500_000))
  const put = {
    descriptor: { mediaType: mediaTypes.layer, digest: digestOf(large), size: large.length },
    content: contentOf(large),
    watch: unwatched,
  }

  test('a broken upload resumes at the offset that the registry reports', async () => {
    const registry = await fakeRegistry()
    registry.cuts.push(300_000, 300_000, 0)
    const { sent } = await registriesAs().put(nameIn(registry), put)
    assert.ok(registry.blobs.get(put.descriptor.digest)?.equals(large))
    assert.ok(registry.received() <= sent && registry.received() === large.length, `${registry.received()} received`)
    assert.equal(registry.asked.filter((line) => line.startsWith('POST')).length, 1)
  })

  test('an upload that breaks again and again ends, as long as each attempt adds to what the registry has', async () => {
    const registry = await fakeRegistry()
    registry.cuts.push(...Array.from({ length: 20 }, () => 70_000))
    await registriesAs().put(nameIn(registry), put)
    assert.ok(registry.blobs.get(put.descriptor.digest)?.equals(large))
    assert.equal(registry.received(), large.length)
    assert.equal(registry.asked.filter((line) => line.startsWith('POST')).length, 1)
    const stuck = await fakeRegistry()
    stuck.cuts.push(70_000)
    let patches = 0
    stuck.hook = ({ method, request }) => {
      if (method !== 'PATCH' || patches++ === 0) return false
      request.destroy()
      return true
    }
    await refused('network.unreachable', registriesAs().put(nameIn(stuck), put))
    assert.ok(stuck.asked.length < 30, stuck.asked.join('\n'))
  })

  test('if the registry has lost an upload it starts once more; if it never accepts it, that is an error', async () => {
    const registry = await fakeRegistry()
    let losses = 1
    registry.hook = ({ method, request, response }) => {
      if (method === 'PATCH' && losses > 0) {
        request.once('data', () => request.destroy())
        return true
      }
      if (method !== 'GET' || losses-- <= 0) return false
      response.writeHead(404).end()
      return true
    }
    await registriesAs().put(nameIn(registry), put)
    assert.ok(registry.blobs.has(put.descriptor.digest))
    assert.equal(registry.asked.filter((line) => line.startsWith('POST')).length, 2)
    for (const [code, status, location] of [
      ['registry.refused', 413, undefined],
      ['registry.denied', 403, undefined],
      ['network.status', 503, undefined],
      ['registry.invalid', 202, undefined],
      ['registry.invalid', 202, 'ftp://x/'],
    ] as const) {
      const stubborn = await fakeRegistry()
      stubborn.hook = ({ method, response }) => {
        if (method !== 'POST') return false
        response.writeHead(status, location === undefined ? {} : { location }).end()
        return true
      }
      await refused(code, registriesAs().put(nameIn(stubborn), put))
    }
  })

  test('an upload whose registry reports what it does not have starts once more', async () => {
    for (const range of [`0-${large.length}`, `0-${large.length - 1}`, '0-999999', `0-${'9'.repeat(30)}`]) {
      const registry = await fakeRegistry()
      registry.cuts.push(300_000)
      registry.hook = ({ method, path, response }) => {
        if (method !== 'GET') return false
        response.writeHead(204, { location: path, range }).end()
        return true
      }
      await registriesAs().put(nameIn(registry), put)
      assert.ok(registry.blobs.has(put.descriptor.digest), range)
      assert.equal(registry.asked.filter((line) => line.startsWith('POST')).length, 2)
    }
  })

  test('a blob that the registry fails to mount, or claims to have mounted under another digest, is sent', async () => {
    for (const [status, digest] of [
      [500, ''],
      [201, digestOf('other')],
    ] as const) {
      const registry = await fakeRegistry()
      registry.hook = ({ path, response }) => {
        if (!path.includes('?mount=')) return false
        response.writeHead(status, { 'docker-content-digest': digest }).end()
        return true
      }
      const { how } = await registriesAs().put(nameIn(registry), { ...put, mountFrom: ['y'] })
      assert.equal(how, 'sent')
    }
  })

  test('a registry that confirms another digest is not trusted', async () => {
    const registry = await fakeRegistry()
    const manifest = stockImage(registry)
    registry.hook = ({ method, response, request }) => {
      if (method !== 'PUT') return false
      request.resume().on('end', () => response.writeHead(201, { 'docker-content-digest': digestOf('other') }).end())
      return true
    }
    const document = {
      descriptor: { mediaType: mediaTypes.manifest, digest: digestOf(manifest), size: manifest.length },
      bytes: manifest,
    }
    await refused('registry.invalid', registriesAs().name(nameIn(registry, 'new'), document))
    await refused('registry.invalid', registriesAs().put(nameIn(registry), put))
  })
})
