/**
 * Images on base images in every format that tools write (Debian packages skopeo, docker.io, xz-utils, zstd), and what they inherit:
 * layers, config, links to directories, owners. Bases are made by hand, so that their contents are known.
 */
import assert from 'node:assert/strict'
import { createReadStream, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { build, debian, type LayeredImageArguments, type Package } from '../../src/index.ts'
import { directory, executable, file, memoryTree, symlink } from '../../src/tree/memory.ts'
import { emptyTree } from '../../src/tree/tree.ts'
import { missing, run } from '../support/command.ts'
import { noDocker, sharedDocker } from '../support/dockerd.ts'
import { type ImageView, viewOf, writeBase } from '../support/image-view.ts'
import { temporaryFolder } from '../support/temporary.ts'

const folder = temporaryFolder()
const store = join(folder, 'store')
const base = join(folder, 'base.tar')
const docker = sharedDocker()
const { dockerTools, writeText, writeTextDir, writeScriptBin } = debian({
  suite: 'bookworm',
  directory: folder,
  architecture: 'amd64',
})

/** Two layers: merged /usr and directories with unusual modes and owners; then more at the same places. */
const layers = [
  memoryTree({
    bin: symlink('usr/bin'),
    etc: directory(),
    'etc/motd': file('base\n'),
    'etc/private': directory({ mode: 0o700, uid: 7, gid: 8 }),
    'etc/private/key': file('secret\n', { mode: 0o600, uid: 7, gid: 8 }),
    srv: directory({ mode: 0o2775, gid: 33 }),
    tmp: directory({ mode: 0o1777 }),
    'usr/bin/tool': executable('#!/bin/sh\necho base\n'),
  }),
  memoryTree({
    'etc/motd': file('upper\n'),
    srv: directory({ mode: 0o2775, gid: 33 }),
    'srv/data': file('kept\n'),
  }),
]
const history = [
  { created: '2020-01-01T00:00:00Z', created_by: 'ADD root', comment: 'first' },
  { created: '2020-01-01T00:00:01Z', created_by: 'ENV A=1', empty_layer: true },
  { created: '2020-01-01T00:00:02Z', created_by: 'ADD more' },
]
const config = {
  User: '7:8',
  Env: ['PATH=/bin', 'A=base', 'B=base'],
  Entrypoint: ['/bin/tool'],
  Cmd: ['serve'],
  WorkingDir: '/srv',
  Labels: { a: 'base', b: 'base' },
  Volumes: { '/srv': {} },
  ExposedPorts: { '80/tcp': {} },
  StopSignal: 'SIGINT',
  OnBuild: ['RUN make'],
}
const greeting = writeText('greeting', 'hello\n')

before(() => writeBase(base, { layers, names: ['base:1'], config: { config, history } }))

async function built(image: Package): Promise<ImageView> {
  return viewOf((await build(image, { store })).physical)
}

/** A layered image on the base, parsed. */
function onBase(given: Partial<LayeredImageArguments> = {}): Promise<ImageView> {
  return built(
    dockerTools.buildLayeredImage({
      name: 'on-base',
      fromImage: base,
      compressor: 'none',
      allowMissingCommand: true,
      ...given,
    }),
  )
}

/** Contents of an image above the base's two layers. */
function added({ layers }: ImageView): readonly string[] {
  return [...new Set(layers.slice(2).flatMap((layer) => [...layer.keys()]))].sort()
}

const skopeo = (from: string, to: string): Promise<string> =>
  run('skopeo', ['--insecure-policy', 'copy', '-q', from, to])

/** The base in other formats: the command that converts it, and the resulting place. */
const forms: Readonly<Record<string, { readonly needs: string | false; make(at: string): Promise<unknown> }>> = {
  'slipway’s archive': { needs: missing('cp'), make: (at) => run('cp', [base, at]) },
  'an archive compressed by gzip': { needs: missing('gzip'), make: (at) => packed('gzip -c', at) },
  'an archive compressed by xz': { needs: missing('xz'), make: (at) => packed('xz -c', at) },
  'an archive compressed by zstd': { needs: missing('zstd'), make: (at) => packed('zstd -qc', at) },
  'skopeo’s docker-archive': {
    needs: missing('skopeo'),
    make: (at) => skopeo(`docker-archive:${base}`, `docker-archive:${at}:base:1`),
  },
  'skopeo’s OCI layout': {
    needs: missing('skopeo'),
    make: (at) => skopeo(`docker-archive:${base}`, `oci:${at}:base:1`),
  },
  'skopeo’s OCI archive': {
    needs: missing('skopeo'),
    make: (at) => skopeo(`docker-archive:${base}`, `oci-archive:${at}:base:1`),
  },
  'docker save': {
    needs: noDocker,
    make: async (at) => {
      await docker(['load'], { input: createReadStream(base) })
      await docker(['save', '-o', at, 'base:1'])
    },
  },
  'the format of nixpkgs’ buildImage': { needs: missing('tar'), make: nixpkgsForm },
}

function packed(command: string, at: string): Promise<string> {
  return run('sh', ['-c', `${command} < "${base}" > "${at}"`])
}

async function nixpkgsForm(at: string): Promise<void> {
  const tree = `${at}.d`
  mkdirSync(tree)
  await run('tar', ['-xf', base, '-C', tree])
  for (const each of readdirSync(tree, { withFileTypes: true })) {
    if (each.isDirectory()) writeFileSync(join(tree, each.name, 'VERSION'), '1.0')
  }
  writeFileSync(join(tree, 'repositories'), '{"base":{"1":"x"}}')
  await run('tar', ['-czf', at, '--format=gnu', '--sort=name', '--mode=a-w', '-C', tree, '.'])
}

for (const [index, [name, { needs, make }]] of Object.entries(forms).entries()) {
  test(`base: ${name} gives the same image as any other format`, { skip: needs }, async () => {
    const at = join(folder, `form-${index}`)
    await make(at)
    const expected = await onBase({ contents: [writeTextDir('srv/text', 'x')] })
    const found = await onBase({ contents: [writeTextDir('srv/text', 'x')], fromImage: at })
    assert.deepEqual(found.diffIds, expected.diffIds)
    assert.deepEqual(found.config.config, expected.config.config)
  })
}

test('base: an image value can be a base, built or streamed, with its layers first', async () => {
  const below = dockerTools.buildLayeredImage({ name: 'below', config: { Env: [`TEXT=${greeting}`] } })
  const expected = (await built(below)).diffIds
  for (const fromImage of [below, below.stream]) {
    const above = await onBase({ fromImage, contents: [writeTextDir('etc/text', 'above\n')] })
    assert.deepEqual(above.diffIds.slice(0, expected.length), expected)
    assert.match(
      (await onBase({ fromImage })).config.config?.Env?.toString() ?? '',
      /^TEXT=\/nix\/store\/[0-9a-df-np-sv-z]{32}-greeting$/,
    )
  }
})

test('base: a file from a package, such as a download, can be a base', async () => {
  const { path } = debian({ suite: 'bookworm', directory: folder, architecture: 'amd64' })
  assert.deepEqual(
    (await onBase({ fromImage: path('base.tar', { name: 'other-name.tar' }) })).diffIds,
    (await onBase()).diffIds,
  )
})

test('base: fromImageName and fromImageTag select exactly, also separately, and an error lists the available names', {
  skip: missing('skopeo'),
}, async () => {
  const several = join(folder, 'several')
  for (const name of ['foo:1', 'foo:1.0', 'bar:2']) {
    const one = join(folder, `${name.replace(':', '-')}.tar`)
    await writeBase(one, { layers: [memoryTree({ name: file(name) })], names: [name] })
    await skopeo(`docker-archive:${one}`, `oci:${several}:${name}`)
  }
  const chosen = async (given: Partial<LayeredImageArguments>): Promise<string | undefined> =>
    (await onBase({ fromImage: several, ...given })).files.get('name')
  assert.equal(await chosen({ fromImageName: 'foo', fromImageTag: '1' }), 'file 644 0:0 foo:1')
  assert.equal(await chosen({ fromImageName: 'foo', fromImageTag: '1.0' }), 'file 644 0:0 foo:1.0')
  assert.equal(await chosen({ fromImageName: 'bar' }), 'file 644 0:0 bar:2')
  assert.equal(await chosen({ fromImageTag: '2' }), 'file 644 0:0 bar:2')
  assert.equal(await chosen({ fromImageName: 'foo' }), 'file 644 0:0 foo:1')
  await assert.rejects(chosen({ fromImageName: 'fo' }), { code: 'image.not-found', message: /foo:1.*foo:1\.0.*bar:2/s })
  await assert.rejects(chosen({ fromImageName: 'foo', fromImageTag: '2' }), { code: 'image.not-found' })
})

test('base: the whole config is inherited as with FROM: merged by name, Cmd kept unless an Entrypoint is given, OnBuild dropped', async () => {
  const { OnBuild: _triggers, ...handedOn } = config
  const view = await onBase({
    config: {
      Env: ['A=own', 'C=own'],
      Labels: { b: 'own', c: 'own' },
      Volumes: { '/data': {} },
      ExposedPorts: { '443/tcp': {} },
      User: '0',
    },
  })
  assert.deepEqual(view.config.config, {
    ...handedOn,
    User: '0',
    Env: ['PATH=/bin', 'A=own', 'B=base', 'C=own'],
    Labels: { a: 'base', b: 'own', c: 'own' },
    Volumes: { '/srv': {}, '/data': {} },
    ExposedPorts: { '80/tcp': {}, '443/tcp': {} },
  })
})

test('base: a new Entrypoint clears the Cmd of the base; `inheritConfig: "env"` takes only the variables', async () => {
  const cleared = await onBase({ config: { Entrypoint: ['/bin/other'] } })
  assert.deepEqual([cleared.config.config?.Entrypoint, cleared.config.config?.Cmd], [['/bin/other'], undefined])
  const both = await onBase({ config: { Entrypoint: ['/bin/other'], Cmd: ['go'] } })
  assert.deepEqual(both.config.config?.Cmd, ['go'])
  const variables = await onBase({ inheritConfig: 'env', config: { Cmd: ['x'] } })
  assert.deepEqual(variables.config.config, { Env: config.Env, Cmd: ['x'] })
})

test('base: history is kept, including entries without a layer; a base without one gets an entry for each layer', async () => {
  const { config: found } = await onBase({ config: { Env: [`T=${greeting}`] } })
  assert.deepEqual(found.history?.slice(0, 3), history)
  assert.equal(found.history?.length, 3 + 2)
  const plain = join(folder, 'plain.tar')
  await writeBase(plain, { layers, config: { history: [] } })
  assert.equal((await onBase({ fromImage: plain })).config.history?.length, 3)
})

test('base: /bin → usr/bin is respected by contents, copyToRoot and edits', async () => {
  const script = writeScriptBin('own', '#!/bin/sh\n')
  const layered = await onBase({
    contents: [script],
    extraCommands: (root) => root.write('/bin/edited', 'edited\n'),
  })
  const image = await built(
    dockerTools.buildImage({
      name: 'copied',
      fromImage: base,
      copyToRoot: [script],
      extraCommands: (root) => root.write('bin/edited', 'edited\n'),
    }),
  )
  for (const { files, layers } of [layered, image]) {
    assert.equal(files.get('bin'), 'symlink 777 0:0 usr/bin')
    assert.equal(files.get('usr/bin/tool'), 'file 755 0:0 #!/bin/sh\necho base\n')
    assert.equal(files.get('usr/bin/edited'), 'file 644 0:0 edited\n')
    assert.match(files.get('usr/bin/own') ?? '', /own|#!/)
    for (const layer of layers.slice(2)) assert.ok(!layer.has('bin') && !layer.has('bin/own'))
  }
})

test('base: layers that add to its directories keep their modes and owners', async () => {
  const texts = ['etc/private/own', 'srv/own', 'tmp/own'].map((at) => writeTextDir(at, 'own\n'))
  const layered = await onBase({ contents: texts, extraCommands: (root) => root.write('/etc/private/edited', '') })
  const image = await built(
    dockerTools.buildImage({ name: 'copied', fromImage: base, copyToRoot: texts, uid: 5, gid: 6 }),
  )
  for (const { files } of [layered, image]) {
    assert.equal(files.get('etc/private'), 'directory 700 7:8')
    assert.equal(files.get('etc/private/key'), 'file 600 7:8 secret\n')
    assert.equal(files.get('srv'), 'directory 2775 0:33')
    assert.equal(files.get('tmp'), 'directory 1777 0:0')
  }
  assert.equal(image.files.get('srv/own'), 'file 444 5:6 own\n')
})

test('base: edits see its files: append, chmod, copy and remove, which leaves a whiteout', async () => {
  const view = await onBase({
    extraCommands: (root) => {
      root.append('/etc/motd', 'and more\n')
      root.chmod('/usr/bin/tool', 0o700)
      root.copy('/srv/data', '/srv/copy')
      root.remove('/etc/private')
      root.remove('/srv/data')
    },
  })
  assert.equal(view.files.get('etc/motd'), 'file 644 0:0 upper\nand more\n')
  assert.equal(view.files.get('usr/bin/tool'), 'file 700 0:0 #!/bin/sh\necho base\n')
  assert.equal(view.files.get('srv/copy'), 'file 644 0:0 kept\n')
  for (const gone of ['etc/private', 'srv/data']) {
    assert.equal(view.layers.at(-1)?.get(gone), 'whiteout')
    assert.ok(!view.files.has(gone) && !view.files.has(`${gone}/key`))
  }
})

test('base: store paths and equal files that it has are not added again', async () => {
  const below = dockerTools.buildLayeredImage({ name: 'below', config: { Env: [`TEXT=${greeting}`] } })
  const other = writeText('other', `see ${greeting}\n`)
  const above = await onBase({ fromImage: below, config: { Labels: { other: `${other}` } } })
  const paths = above.layers.map((layer) => [...layer.keys()].filter((path) => /^nix\/store\/[^/]+$/.test(path)))
  assert.deepEqual(
    paths.flat().map((path) => path.slice(43)),
    ['greeting', 'other'],
  )
  const copied = await built(
    dockerTools.buildImage({ name: 'copied', fromImage: below, config: { Labels: { other: `${other}` } } }),
  )
  assert.deepEqual(
    added(copied).filter((path) => path.includes('greeting')),
    [],
  )
})

test('base: edits and contents equal to the base add nothing; directories in between are repeated', async () => {
  const same = await onBase({
    contents: [],
    extraCommands: (root) => {
      root.write('/etc/motd', 'upper\n')
      root.write('/bin/tool', '#!/bin/sh\necho base\n')
      root.mkdir('/etc/private')
      root.chmod('/srv', 0o2775)
      root.chown('/etc/private/key', { uid: 7, gid: 8 })
      root.symlink('usr/bin', '/bin', { ifMissing: true })
      root.append('/srv/data', '')
    },
  })
  assert.deepEqual(added(same), [])
  const some = await onBase({
    extraCommands: (root) => {
      root.write('/etc/motd', 'upper\n')
      root.write('/etc/private/own', '')
      root.chmod('/srv', 0o755)
    },
  })
  assert.deepEqual(added(some), ['etc', 'etc/private', 'etc/private/own', 'srv'])
  assert.equal(some.layers.at(-1)?.get('etc/private'), some.files.get('etc/private'))
  const back = await onBase({
    extraCommands: (root) => {
      root.write('/etc/motd', 'other\n')
      root.write('/etc/motd', 'upper\n')
      root.remove('/srv/data')
      root.write('/srv/data', 'kept\n')
    },
  })
  assert.deepEqual(added(back), [])
  assert.equal(back.files.get('srv/data'), 'file 644 0:0 kept\n')
  const copied = await built(
    dockerTools.buildImage({
      name: 'copied',
      fromImage: base,
      copyToRoot: writeTextDir('etc/motd', 'upper\n'),
      extraCommands: (root) => root.chmod('/etc/motd', 0o644),
    }),
  )
  assert.deepEqual([copied.diffIds.length, added(copied)], [3, []])
})

test('base: a link to a file of the base gets that file in the image’s own layer', async () => {
  const view = await onBase({
    extraCommands: (root) => {
      root.remove('/etc/motd')
      root.write('/etc/motd', 'upper\n')
      root.link('/etc/motd', '/etc/other')
    },
  })
  assert.equal(view.files.get('etc/motd'), 'file 644 0:0 upper\n')
  assert.match(view.files.get('etc/other') ?? '', /hardlink etc\/motd|upper/)
  assert.ok(view.layers.at(-1)?.has('etc/motd'))
})

test('base: buildImage adds exactly one layer, whatever its contents', async () => {
  const one = await built(
    dockerTools.buildImage({
      name: 'one',
      fromImage: base,
      copyToRoot: [writeTextDir('a', 'a'), writeTextDir('b', 'b')],
      config: { Labels: { g: `${greeting}` } },
      runAsRoot: (root) => root.mkdir('/data'),
    }),
  )
  assert.equal(one.diffIds.length, 3)
  const two = await built(dockerTools.buildImage({ name: 'empty', fromImage: base }))
  assert.equal(two.diffIds.length, 3)
  assert.equal((await built(dockerTools.buildImage({ name: 'alone' }))).diffIds.length, 1)
})

test('base: maxLayers counts its layers', async () => {
  const config = { Labels: { a: `${greeting}`, b: `${writeText('b', 'b')}`, c: `${writeText('c', 'c')}` } }
  assert.equal((await onBase({ config, maxLayers: 4 })).diffIds.length, 4)
  assert.equal((await onBase({ config, maxLayers: 5 })).diffIds.length, 5)
  await assert.rejects(onBase({ config, maxLayers: 3 }), { code: 'layering.max-layers' })
  const many = join(folder, 'many.tar')
  await writeBase(many, { layers: Array.from({ length: 125 }, () => memoryTree({ a: file('') })) })
  await assert.rejects(onBase({ fromImage: many, maxLayers: 125 }), { code: 'layering.max-layers' })
  await assert.rejects(built(dockerTools.buildImage({ name: 'one-more', fromImage: many })), {
    code: 'layering.max-layers',
  })
})

test('base: a different architecture is refused if the base states one, and accepted otherwise', async () => {
  const arm = join(folder, 'arm.tar')
  await writeBase(arm, { layers: [emptyTree], config: { architecture: 'arm64' } })
  await assert.rejects(onBase({ fromImage: arm }), { code: 'base.architecture', message: /arm64.*amd64/s })
  await assert.rejects(onBase({ architecture: 'arm64' }), { code: 'base.architecture' })
  assert.equal((await onBase({ fromImage: arm, architecture: 'arm64' })).config.architecture, 'arm64')
  const { dockerTools: anywhere } = debian({ suite: 'bookworm', directory: folder })
  const seven = join(folder, 'armv7.tar')
  await writeBase(seven, { layers: [emptyTree], config: { architecture: 'arm', variant: 'v7' } })
  for (const architecture of ['arm', 'armhf', undefined]) {
    const own = anywhere.buildImage({
      name: 'taken',
      fromImage: seven,
      ...(architecture === undefined ? {} : { architecture }),
    })
    const { config } = await built(own)
    assert.deepEqual([architecture, config.architecture, config.variant], [architecture, 'arm', 'v7'])
  }
  const taken = await built(anywhere.buildLayeredImage({ name: 'taken', fromImage: arm }))
  assert.equal(taken.config.architecture, 'arm64')
})
