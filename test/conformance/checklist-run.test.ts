/**
 * The numbered checklist of nixpkgs' tests of dockerTools, with Debian packages instead of nixpkgs': items tested by running containers,
 * except base images. checklist-waiting.ts lists the missing items.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { build, debian, type Package } from '../../src/index.ts'
import { missing, run } from '../support/command.ts'
import { containersOf } from '../support/containers.ts'
import { noDocker, sharedDocker } from '../support/dockerd.ts'
import { temporaryFolder } from '../support/temporary.ts'

const folder = temporaryFolder()
const store = join(folder, 'store')
const docker = sharedDocker()
const { load, run: inContainer, loadAndRun } = containersOf(docker, store)
const set = debian({ suite: 'bookworm', directory: folder })
const { pkgs, dockerTools, buildEnv, writeScriptBin, writeText, writeTextDir } = set
const { buildImage, buildLayeredImage, streamLayeredImage, fakeNss } = dockerTools
const uncompressed = { compressor: 'none' } as const

function inspected(image: string, format: string): Promise<string> {
  return docker(['image', 'inspect', '--format', format, image]).then((said) => said.trim())
}

const skip = noDocker
const greet = writeScriptBin('greet', '#!/bin/sh\necho Hello, world!\n')
const tools = buildEnv({ name: 'tools', paths: [pkgs.bash, pkgs.coreutils] })
const bash = buildImage({ name: 'bash', tag: 'latest', copyToRoot: tools, ...uncompressed })
const withoutStore = { contents: [pkgs.coreutils, greet], includeStorePaths: false, ...uncompressed }

test('checklist 1: helloOnRoot, streamed', { skip }, async () => {
  const { physical } = await build(streamLayeredImage({ name: 'hello', tag: '1', contents: pkgs.hello }), { store })
  const archive = join(folder, 'stream.tar')
  await run('sh', ['-c', `"${physical}" > "${archive}"`])
  await docker(['load', '-i', archive])
  assert.match(await inContainer('hello:1', ['hello']), /Hello, world!/)
})

for (const [numbers, more] of [
  ['2, 6', {}],
  ['3, 7', { enableFakechroot: true }],
] as const) {
  test(`checklist ${numbers}: without store paths a link into the store is broken, with the store mounted it works`, {
    skip,
  }, async () => {
    const image = buildLayeredImage({
      name: `no-store-${numbers.replace(', ', '-')}`,
      tag: '1',
      ...withoutStore,
      ...more,
    })
    await assert.rejects(loadAndRun(image, ['greet']), /greet/)
    const mount = ['--volume', `${join(store, 'nix/store')}:/nix/store:ro`]
    assert.equal(await loadAndRun(image, ['greet'], mount), 'Hello, world!\n')
  })
}

test('checklist 8, 9, 10: bash: its date, its version, its tag', { skip }, async () => {
  const { imageName, imageTag } = await load(bash)
  assert.equal(await inspected('bash:latest', '{{.Created}}'), '1970-01-01T00:00:01Z')
  assert.match(await inContainer('bash:latest', ['bash', '--version']), /^GNU bash/)
  assert.equal(await inspected(`${imageName}:${imageTag}`, '{{index .RepoTags 0}}'), 'bash:latest')
})

test('checklist 11, 12, 13, 14: without a tag it is the hash in imageTag', { skip }, async () => {
  const one = { name: 'no-tag', ...uncompressed }
  const layered = buildLayeredImage({ ...one, contents: tools })
  for (const image of [buildImage({ ...one, copyToRoot: tools }), layered]) {
    const { imageTag } = await load(image)
    assert.match(imageTag ?? '', /^[0-9a-df-np-sv-z]{32}$/)
    assert.ok((await docker(['image', 'ls', '--format', '{{.Tag}}', 'no-tag'])).split('\n').includes(imageTag ?? ''))
  }
  const stream = await build(layered.stream, { store })
  assert.equal(stream.imageTag, (await build(layered, { store })).imageTag)
})

for (const [number, make] of [
  ['15, 16', (compressor) => buildImage({ name: 'packed', tag: '1', copyToRoot: tools, compressor })],
  ['17, 18', (compressor) => buildLayeredImage({ name: 'packed', tag: '1', contents: tools, compressor })],
] satisfies readonly (readonly [string, (compressor: 'gz' | 'none' | 'zstd') => Package])[]) {
  test(`checklist ${number}: compressed by zstd, by gzip and not at all it is the same image`, {
    skip: skip || missing('zstd'),
  }, async () => {
    const ids: string[] = []
    for (const compressor of ['zstd', 'gz', 'none'] as const) {
      const { physical } = await build(make(compressor), { store })
      const plain = join(folder, 'plain.tar')
      // Docker 20.10 reads no zstd itself.
      await run('sh', [
        '-c',
        compressor === 'zstd' ? `zstd -dqf "${physical}" -o "${plain}"` : `cp -f "${physical}" "${plain}"`,
      ])
      await docker(['load', '-i', plain])
      ids.push(await inspected('packed:1', '{{.Id}}'))
    }
    assert.equal(new Set(ids).size, 1)
  })
}

test('checklist 20: /nix and /nix/store are accessible to a user, for whom bash starts', { skip }, async () => {
  const image = buildLayeredImage({
    name: 'with-user',
    tag: '1',
    contents: [
      tools,
      greet,
      fakeNss.override({
        extraPasswdLines: ['somebody:x:1000:1000::/:/bin/bash'],
        extraGroupLines: ['somebody:x:1000:'],
      }),
    ],
    ...uncompressed,
  })
  const said = await loadAndRun(
    image,
    ['bash', '-c', 'whoami; stat -c %a /nix /nix/store; greet'],
    ['--user', 'somebody'],
  )
  assert.equal(said, 'somebody\n755\n755\nHello, world!\n')
})

test('checklist 24: nginx serves', { skip }, async () => {
  const port = 20_000 + (process.pid % 20_000)
  const conf = writeText(
    'nginx.conf',
    `daemon off; error_log stderr; events {} http { access_log off; server { listen ${port}; root ${writeTextDir('index.html', 'served\n')}; } }\n`,
  )
  const image = buildLayeredImage({
    name: 'nginx',
    tag: '1',
    contents: [pkgs('nginx-light'), fakeNss],
    config: { Cmd: ['nginx', '-c', `${conf}`], ExposedPorts: { [`${port}/tcp`]: {} } },
    ...uncompressed,
  })
  await load(image)
  const id = (await docker(['run', '--detach', '--network', 'host', 'nginx:1'])).trim()
  try {
    assert.equal(await untilServed(`http://127.0.0.1:${port}/`), 'served\n')
  } finally {
    await docker(['rm', '--force', id])
  }
})

async function untilServed(url: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await (await fetch(url)).text()
    } catch (thrown) {
      if (attempt === 100) throw thrown
      await run('sleep', ['0.1'])
    }
  }
}

test('checklist 26: the output of runAsRoot and extraCommands is present', { skip }, async () => {
  const image = buildImage({
    name: 'commands',
    tag: '1',
    copyToRoot: tools,
    runAsRoot: 'echo "(runAsRoot)" > runAsRoot',
    extraCommands: 'echo "(extraCommands)" > extraCommands',
    ...uncompressed,
  })
  assert.equal(await loadAndRun(image, ['cat', 'extraCommands', 'runAsRoot']), '(extraCommands)\n(runAsRoot)\n')
})

test('checklist 27, 28: created "now" is not the epoch', { skip }, async () => {
  const dated = { name: 'dated', tag: '1', created: 'now', ...uncompressed } as const
  for (const image of [buildImage(dated), buildLayeredImage(dated)]) {
    await load(image)
    assert.match(await inspected('dated:1', '{{.Created}}'), /^20\d\d-/)
  }
})

test('checklist 42: without store paths there is nothing below /nix/store except what commands put there', {
  skip,
}, async () => {
  const image = buildLayeredImage({
    name: 'no-store-paths',
    tag: '1',
    contents: [pkgs('busybox-static')],
    includeStorePaths: false,
    extraCommands: 'mkdir -p nix/store && cp usr/bin/busybox nix/store/busybox',
    ...uncompressed,
  })
  assert.match(await loadAndRun(image, ['/nix/store/busybox', 'ls', '/']), /^nix$/m)
  assert.equal(await inContainer('no-store-paths:1', ['busybox', 'ls', '/nix/store']), 'busybox\n')
})

test('checklist 48, 62: owners that fakeRootCommands set', { skip }, async () => {
  const image = buildLayeredImage({
    name: 'owners',
    tag: '1',
    contents: tools,
    fakeRootCommands: `
      mkdir -p ./home/alice
      chown 1000 ./home/alice
      touch testfile
      chown 12345:12345 testfile
    `,
    ...uncompressed,
  })
  assert.equal(await loadAndRun(image, ['stat', '-c', '%u:%g', '/home/alice', '/testfile']), '1000:0\n12345:12345\n')
})

test('checklist 52: a store path that only fakeRootCommands refer to is in the image and runs', { skip }, async () => {
  const image = buildLayeredImage({
    name: 'named-once',
    tag: '1',
    contents: pkgs.coreutils,
    fakeRootCommands: `ln -s ${greet}/bin/greet usr/bin/once`,
    ...uncompressed,
  })
  assert.equal(await loadAndRun(image, ['once']), 'Hello, world!\n')
})

test('checklist 55: a program made by commands with enableFakechroot runs', { skip }, async () => {
  const image = buildLayeredImage({
    name: 'via-fakechroot',
    tag: '1',
    contents: pkgs.coreutils,
    enableFakechroot: true,
    fakeRootCommands: `
      mkdir -p /opt
      printf '#!/bin/sh\\necho hello\\n' > /opt/hello
      chmod 755 /opt/hello
      /opt/hello | grep hello
    `,
    config: { Cmd: ['/opt/hello'] },
    ...uncompressed,
  })
  assert.equal(await loadAndRun(image), 'hello\n')
})

test('checklist 61: certificates at the three paths', { skip }, async () => {
  const image = buildLayeredImage({
    name: 'certs',
    tag: '1',
    contents: [tools, dockerTools.caCertificates],
    ...uncompressed,
  })
  const places = [
    '/etc/ssl/certs/ca-bundle.crt',
    '/etc/ssl/certs/ca-certificates.crt',
    '/etc/pki/tls/certs/ca-bundle.crt',
  ]
  assert.match(await loadAndRun(image, ['head', '-qn1', ...places]), /^(-----BEGIN CERTIFICATE-----\n){3}$/)
})

test('checklist 63: store files with another owner', { skip }, async () => {
  const image = buildLayeredImage({
    name: 'not-root',
    tag: '1',
    contents: [tools, greet],
    uid: 1000,
    gid: 1000,
    uname: 'user',
    gname: 'user',
    ...uncompressed,
  })
  assert.equal(
    await loadAndRun(image, ['bash', '-c', 'stat -Lc %u:%g /usr/bin/greet /nix/store']),
    '1000:1000\n1000:1000\n',
  )
})

test('checklist 75, 76: on the overlay driver bash runs, for a user too', { skip }, async (t) => {
  const driver = (await docker(['info', '--format', '{{.Driver}}'])).trim()
  if (driver !== 'overlay2') t.diagnostic(`this machine's Docker stores layers with ${driver}`)
  for (const user of ['0:0', '1000:1000']) {
    assert.equal(await loadAndRun(bash, ['bash', '-c', 'echo ok'], ['--user', user]), 'ok\n')
  }
})
