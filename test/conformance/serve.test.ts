/** Images that are served: what clients are answered, that nothing else is, and real engines that pull. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { digestOf } from '../../src/base/digest.ts'
import { pullLines } from '../../src/cli/serve.ts'
import { mediaTypes } from '../../src/format/media-types.ts'
import { type Package, type ServeOptions, serve } from '../../src/index.ts'
import { run } from '../support/command.ts'
import { testEngines, textIn } from '../support/engines.ts'
import { refused } from '../support/refused.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { largeSize, textTools, versionedImage } from '../support/text-images.ts'
import { certificates } from '../support/tls-server.ts'

const folder = temporaryFolder()
const serving = async (images: Package | readonly Package[], options: ServeOptions = {}) => {
  const registry = await serve(images, { store: join(folder, 'store'), ...options })
  return { ...registry, [Symbol.asyncDispose]: registry.close }
}

async function manifestAt(
  host: string,
  path: string,
): Promise<{ config: { digest: string }; layers: { digest: string; size: number }[] }> {
  const response = await fetch(`http://${host}/v2/${path}`)
  assert.equal(response.status, 200)
  const bytes = Buffer.from(await response.arrayBuffer())
  assert.equal(response.headers.get('docker-content-digest'), digestOf(bytes))
  return JSON.parse(bytes.toString())
}

test('serve: manifests and blobs by digest, from any byte on; several images and names', async () => {
  await using registry = await serving([versionedImage('a'), versionedImage('b', 'registry.example/team/b', '2')])
  const { host } = registry
  assert.deepEqual(
    registry.images().map(({ name }) => name),
    [`${host}/app:1`, `${host}/team/b:2`],
  )
  const { layers, config } = await manifestAt(host, 'app/manifests/1')
  assert.deepEqual((await manifestAt(host, `app/manifests/${registry.images()[0]?.digest}`)).layers, layers)
  assert.ok(layers.some(({ size }) => size > largeSize))
  for (const { digest } of [...layers, config]) {
    const whole = Buffer.from(await (await fetch(`http://${host}/v2/app/blobs/${digest}`)).arrayBuffer())
    assert.equal(digestOf(whole), digest)
    const rest = await fetch(`http://${host}/v2/app/blobs/${digest}`, { headers: { range: 'bytes=100-' } })
    assert.equal(rest.status, 206)
    assert.deepEqual(Buffer.from(await rest.arrayBuffer()), whole.subarray(100))
  }
  assert.deepEqual(await (await fetch(`http://${host}/v2/team/b/tags/list`)).json(), { name: 'team/b', tags: ['2'] })
})

test('serve: an index lists an image for each platform', async () => {
  const images = ['amd64', 'arm64'].map((name) =>
    textTools(name).buildLayeredImage({
      name: 'two',
      tag: '1',
      contents: [],
      config: { Cmd: ['/x'] },
      allowMissingCommand: true,
    }),
  )
  await using registry = await serving(textTools().imageIndex(images))
  const response = await fetch(`http://${registry.host}/v2/two/manifests/1`)
  assert.equal(response.headers.get('content-type'), mediaTypes.index)
  const { manifests } = JSON.parse(await response.text())
  assert.equal(manifests.length, 2)
  for (const { digest } of manifests) await manifestAt(registry.host, `two/manifests/${digest}`)
})

test('serve: nothing but what was named, nothing is written, and no page of another name reads it', async () => {
  await using registry = await serving(versionedImage('a'))
  const at = (path: string, init: RequestInit = {}) => fetch(`http://${registry.host}${path}`, init)
  assert.equal((await at('/v2/')).status, 200)
  const { layers } = await manifestAt(registry.host, 'app/manifests/1')
  for (const path of [
    '_catalog',
    'other/manifests/1',
    'app/manifests/2',
    `other/blobs/${layers[0]?.digest}`,
    'app/blobs/../../x',
    `app/manifests/${layers[0]?.digest}`,
  ])
    assert.equal((await at(`/v2/${path}`)).status, 404, path)
  assert.equal((await at('/v2/app/manifests/1', { method: 'DELETE' })).status, 405)
  assert.equal((await at('/v2/app/blobs/uploads/', { method: 'POST' })).status, 405)
  const said = await run('curl', ['-s', '-H', 'Host: page.example', `http://${registry.host}/v2/app/manifests/1`])
  assert.match(said, /DENIED/)
})

test('serve: another address needs a certificate and a login, and asks for them', async () => {
  await refused('argument.invalid', serving(versionedImage('a'), { listen: '0.0.0.0:0' }))
  await refused('argument.invalid', serving(versionedImage('a'), { listen: 'nowhere' }))
  await certificates(folder)
  const tls = { cert: join(folder, 'server.pem'), key: join(folder, 'server.key') }
  await refused('argument.invalid', serving(versionedImage('a'), { listen: '0.0.0.0:0', tls }))
  const credentials = { user: 'alice', password: 'secret' }
  await using registry = await serving(versionedImage('a'), { listen: '127.0.0.1:0', tls, credentials })
  const curl = (...more: readonly string[]) =>
    run('curl', [
      '-s',
      '-k',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      ...more,
      `https://${registry.host}/v2/app/manifests/1`,
    ])
  assert.deepEqual(
    [await curl(), await curl('-u', 'alice:wrong'), await curl('-u', 'alice:secret')],
    ['401', '401', '200'],
  )
  assert.match(pullLines(registry.images(), { tls, credentials }), /^podman pull --creds alice 127/m)
})

test('serve: an address that is taken is an error; other images take the place of the first', async () => {
  await using registry = await serving(versionedImage('a'))
  await refused('serve.address', serving(versionedImage('a'), { listen: registry.host }))
  const before = await manifestAt(registry.host, 'app/manifests/1')
  await registry.replace(versionedImage('b'))
  const after = await manifestAt(registry.host, 'app/manifests/1')
  assert.notDeepEqual(after, before)
  assert.equal(registry.images().length, 1)
})

for (const { name, skip, start } of testEngines)
  test(`serve: ${name} pulls by the line that is printed`, { skip }, async () => {
    await using registry = await serving(versionedImage('pulled'))
    const image = registry.images()[0]?.name ?? ''
    await start(temporaryFolder(), async (engine) => {
      const [program = ''] = engine.choice.engine === 'containerd' ? ['ctr'] : [engine.choice.engine ?? '']
      const line =
        pullLines(registry.images(), {})
          .split('\n')
          .find((each) => each.startsWith(`${program} `)) ?? ''
      await run('sh', ['-c', line.replace(program, () => engine.shell)])
      assert.equal(await textIn(engine, image, 'etc/version'), 'pulled')
    })
  })
