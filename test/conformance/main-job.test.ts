/**
 * End to end: real Debian programs from this machine's mirror become layered images that Docker runs, from a store that real Nix accepts.
 * Needs a Debian mirror in the machine's apt settings.
 */
import assert from 'node:assert/strict'
import { createReadStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { build, debian, type LayeredImage } from '../../src/index.ts'
import { missing, run } from '../support/command.ts'
import { noDocker, sharedDocker } from '../support/dockerd.ts'
import { testNix } from '../support/nix.ts'
import { temporaryFolder } from '../support/temporary.ts'

const folder = temporaryFolder()
const store = join(folder, 'store')
const docker = sharedDocker()
const { pkgs, dockerTools, buildEnv, writeShellScriptBin, writeText } = debian({ suite: 'bookworm', directory: folder })

const hello = dockerTools.buildLayeredImage({
  name: 'hello',
  tag: 'latest',
  contents: [pkgs.hello],
  config: { Cmd: [`${pkgs.hello}/bin/hello`] },
})
const redis = dockerTools.buildLayeredImage({
  name: 'redis',
  tag: 'latest',
  contents: [pkgs['redis-server'], dockerTools.fakeNss],
  extraCommands: (root) => root.mkdir('data', { uid: 100, gid: 101 }),
  config: { Cmd: ['redis-server'], WorkingDir: '/data', Volumes: { '/data': {} } },
})
const nginx = dockerTools.buildLayeredImage({
  name: 'nginx',
  tag: 'latest',
  contents: [pkgs['nginx-light'], dockerTools.fakeNss],
  config: { Cmd: ['nginx', '-g', 'daemon off;'], ExposedPorts: { '80/tcp': {} } },
})
const greet = writeShellScriptBin('greet', `exec cat ${writeText('greeting', 'good morning\n')}`)
const shell = dockerTools.buildLayeredImage({
  name: 'shell',
  tag: 'latest',
  contents: [
    buildEnv({ name: 'tools', paths: [pkgs.bash, pkgs.coreutils, greet] }),
    dockerTools.binSh,
    dockerTools.usrBinEnv,
    dockerTools.caCertificates,
  ],
  fakeRootCommands: (root) => {
    root.mkdir('home/jane', { uid: 1000, gid: 1000 })
    root.write('home/jane/.profile', `PATH=${pkgs.coreutils}/bin\n`, { uid: 1000, gid: 1000 })
  },
  config: { Cmd: ['bash', '-c', 'echo ok'] },
  includeNixDB: true,
})
const images: Readonly<Record<string, LayeredImage>> = { hello, redis, nginx, shell }

/** Polls until a server answers. */
async function untilAnswered(ask: () => Promise<string>): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (thrown) {
      if (attempt === 100) throw thrown
      await run('sleep', ['0.1'])
    }
  }
}

async function load(image: LayeredImage): Promise<void> {
  const { physical } = await build(image, { store })
  await docker(['load'], { input: createReadStream(physical) })
}

/** Runs a container in the background while `work` queries it. */
async function running(args: readonly string[], work: (id: string) => Promise<void>): Promise<void> {
  const id = (await docker(['run', '--detach', ...args])).trim()
  try {
    await work(id)
  } finally {
    await docker(['rm', '--force', id])
  }
}

const inContainer = ['run', '--rm', '--network', 'none'] as const

test('end to end: docker runs the images', { skip: noDocker }, async (t) => {
  for (const image of Object.values(images)) await load(image)

  await t.test('hello says hello', async () => {
    assert.match(await docker([...inContainer, 'hello']), /Hello, world!/)
  })
  await t.test('bash runs, ls lists a merged root', async () => {
    assert.equal(await docker([...inContainer, 'shell']), 'ok\n')
    const listed = (await docker([...inContainer, 'shell', 'ls', '/'])).split('\n')
    for (const name of ['bin', 'etc', 'home', 'lib', 'nix', 'tmp', 'usr', 'var']) assert.ok(listed.includes(name), name)
    assert.equal(await docker([...inContainer, 'shell', 'readlink', '/bin']), 'usr/bin\n')
    assert.match(
      await docker([...inContainer, 'shell', 'stat', '--format=%a %u:%g', '/tmp', '/home/jane']),
      /^1777 0:0\n755 1000:1000\n$/,
    )
  })
  await t.test('scripts and texts work at their store paths, at /bin/sh and through /usr/bin/env', async () => {
    assert.equal(await docker([...inContainer, 'shell', 'greet']), 'good morning\n')
    assert.equal(
      await docker([...inContainer, 'shell', '/usr/bin/env', 'sh', '-c', 'echo $BASH_VERSION | cut -c1-2']),
      '5.\n',
    )
    assert.equal(
      await docker([...inContainer, 'shell', 'sh', '-c', '. /home/jane/.profile; ls / >/dev/null && echo found']),
      'found\n',
    )
  })
  await t.test('CA certificates are readable where programs look', async () => {
    const places = [
      '/etc/ssl/certs/ca-bundle.crt',
      '/etc/ssl/certs/ca-certificates.crt',
      '/etc/pki/tls/certs/ca-bundle.crt',
    ]
    assert.match(
      await docker([...inContainer, 'shell', 'head', '-qn1', ...places]),
      /^(-----BEGIN CERTIFICATE-----\n){3}$/,
    )
  })
  for (const user of ['root', 'redis']) {
    await t.test(`redis answers PING as ${user}`, async () => {
      await running(['--network', 'none', '--user', user, 'redis'], async (id) => {
        assert.equal(await untilAnswered(() => docker(['exec', id, 'redis-cli', 'ping'])), 'PONG\n')
        assert.equal(await docker(['exec', id, 'redis-cli', 'save']), 'OK\n')
      })
    })
  }
  await t.test('nginx answers 200', async () => {
    await running(['--network', 'host', 'nginx'], async () => {
      const status = await untilAnswered(async () => String((await fetch('http://127.0.0.1:80/')).status))
      assert.equal(status, '200')
    })
  })
  await t.test('the stream script loads the same image under its default tag', async () => {
    const script = await build(redis.override({ tag: null }).stream, { store })
    const said = await run('sh', ['-c', `"${script.physical}" | docker load`], { env: await dockerEnvironment() })
    assert.equal(said.trim(), `Loaded image: redis:${script.imageTag}`)
    assert.equal((await build(redis.override({ tag: null }), { store })).imageTag, script.imageTag)
    const ids = await docker(['image', 'inspect', '--format', '{{.Id}}', 'redis:latest', `redis:${script.imageTag}`])
    assert.equal(new Set(ids.trim().split('\n')).size, 1)
  })

  async function dockerEnvironment(): Promise<Record<string, string>> {
    // The daemon's own address, as this test passes it to the docker command.
    const [host] = (await docker(['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'])).trim().split('\n')
    return { DOCKER_HOST: host ?? '' }
  }
})

test('a second build downloads nothing and gives the same bytes; so does another store', async () => {
  const fetched: string[] = []
  const first = await build(redis, { store })
  const second = await build(redis, { store, frozen: true, report: (event) => fetched.push(event.at) })
  assert.deepEqual([second.physical, fetched], [first.physical, []])
  const elsewhere = await build(redis, { store: join(folder, 'elsewhere'), frozen: true })
  assert.equal(elsewhere.path, first.path)
  assert.deepEqual(readFileSync(elsewhere.physical), readFileSync(first.physical))
})

test('an archive is the same whether its layers were hashed before or not', async () => {
  const file = join(folder, 'streamed.tar')
  const plain = redis.override({ compressor: 'none' })
  const built = await build(plain, { store })
  await run('sh', ['-c', `"${(await build(redis.stream, { store })).physical}" > "${file}"`])
  assert.deepEqual(readFileSync(file), readFileSync(built.physical))
})

test('real Nix accepts the store, keeps the objects that a result link needs, and copies from it', {
  skip: missing('nix-store', 'nix'),
}, async () => {
  const nix = testNix()
  const result = join(folder, 'result')
  const { path } = await build(shell.stream, { store, out: result })
  await nix.store(store, '--verify', '--check-contents')
  const closure = await nix.store(store, '--query', '--requisites', path)
  assert.ok(
    closure.some((each) => each.endsWith('-shell-conf.json')) && closure.some((each) => each.includes('-bash-5')),
    closure.join('\n'),
  )
  const other = join(folder, 'other')
  await nix.run('nix', 'copy', '--no-check-sigs', '--from', store, '--to', other, path)
  await nix.store(other, '--verify', '--check-contents')
  const text = await build(writeText('greeting', 'good morning\n'), { store })
  await nix.run('nix', 'copy', '--from', store, '--to', join(folder, 'third'), text.path)
  await nix.store(store, '--gc')
  assert.deepEqual(await nix.store(store, '--query', '--requisites', path), closure)
  await nix.store(store, '--verify', '--check-contents')
})
