import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { type ImageView, viewOf, writeBase } from '../../test/support/image-view.ts'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { built, inFolder, inTestWorkshop } from '../../test/support/workshop.ts'
import { unwatched } from '../base/event.ts'
import type { BuildImageArguments } from '../docker-tools/build-image.ts'
import type { LayeredImageArguments } from '../docker-tools/layered-image.ts'
import { layerFile } from '../image/base.ts'
import { debian } from '../sets/debian.ts'
import { openStore } from '../store/disk-store.ts'
import { readImage } from '../transport/read-image.ts'
import type { Root } from '../tree/edit.ts'
import { directory, file, memoryTree, symlink } from '../tree/memory.ts'

const home = temporaryFolder()
const { copy, dockerTools, writeText, writeTextDir, writeScript, path } = debian({
  suite: 'bookworm',
  directory: home,
  architecture: 'amd64',
})

function written(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(home, name)), { recursive: true })
    writeFileSync(join(home, name), content, { mode: 0o600 })
  }
}

written({
  'app/main.js': 'main',
  'app/bin/run': '#!/bin/sh\n',
  'app/.env': 'SECRET=1',
  'app/lib/.env.local': 'SECRET=2',
  'app/.gitignore': 'tmp/\n',
  'app/tmp/x': '',
  'naïve file.txt': 'odd',
})
chmodSync(join(home, 'app/bin/run'), 0o700)
symlinkSync('main.js', join(home, 'app/link'))

async function layered(given: Omit<LayeredImageArguments, 'name'>): Promise<ImageView> {
  return inTestWorkshop(async (shop) => {
    const { path } = await built(dockerTools.buildLayeredImage({ name: 'image', compressor: 'none', ...given }), shop)
    return viewOf(shop.store.physical(path))
  })
}

async function single(given: Omit<BuildImageArguments, 'name'>): Promise<ImageView> {
  return inTestWorkshop(async (shop) => {
    const { path } = await built(dockerTools.buildImage({ name: 'image', compressor: 'none', ...given }), shop)
    return viewOf(shop.store.physical(path))
  })
}

const app = {
  app: 'directory 755 0:0',
  'app/.gitignore': 'file 644 0:0 tmp/\n',
  'app/bin': 'directory 755 0:0',
  'app/bin/run': 'file 755 0:0 #!/bin/sh\n',
  'app/lib': 'directory 755 0:0',
  'app/link': 'symlink 777 0:0 main.js',
  'app/main.js': 'file 644 0:0 main',
}

function owned(files: Readonly<Record<string, string>>, owner: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).map(([name, said]) => [name, said.replace(' 0:0', ` ${owner}`)]))
}

test('copy: real files at a path of the user’s choice, without .env files, in a layer of their own', async () => {
  const contents = copy('app', { to: '/app', ignoreFiles: ['.gitignore'] })
  const view = await layered({ contents: [contents, writeTextDir('etc/motd', 'hello\n')] })
  assert.deepEqual(Object.fromEntries(view.layers.at(-2) ?? []), app)
  assert.ok(view.layers.at(-1)?.has('etc/motd'))
  assert.ok(![...view.files.keys()].some((name) => name.includes('.env') || name.includes('-app')))
  const one = await single({ copyToRoot: contents })
  assert.deepEqual(Object.fromEntries(one.files), app)
  assert.equal(one.layers.length, 1)
})

test('copy: a directory has the same layer by its name as by path(), however many slices it is kept in', async () => {
  for (let number = 0; number < 60; number++)
    written({ [`large/${number}/x`]: 'x'.repeat(70_000 + number), [`large/${number}.txt`]: `${number}` })
  mkdirSync(join(home, 'large/7/empty'))
  symlinkSync('7', join(home, 'large/link'))
  const places = [
    { to: '/' },
    { to: '/srv/app', owner: '7:8', mode: 0o640, mtime: 5 },
    { to: '/srv', mode: 'u=rwX,g=rX,o=', mtime: 'content' },
  ] as const
  for (const options of places) {
    const [named, added] = [copy('large', options), copy(path('large'), options)]
    const fakeRootCommands = (root: Root): void => root.mkdir('srv', { mode: 0o700 })
    const given = { fakeRootCommands, mtime: '1970-01-01T00:00:09Z' }
    const { diffIds } = await layered({ contents: named, ...given })
    assert.deepEqual(diffIds, (await layered({ contents: added, ...given })).diffIds)
    assert.deepEqual((await single({ copyToRoot: named })).diffIds, (await single({ copyToRoot: added })).diffIds)
  }
})

test('copy: one file at a name, into a directory, and several with directories', async () => {
  const { files } = await layered({
    contents: [
      copy('app/main.js', { to: '/srv/server.js' }),
      copy('naïve file.txt', { to: 'srv/data/' }),
      copy(['app/bin', 'app/main.js', writeText('note.txt', 'note')], { to: '/opt', mode: 0o640 }),
    ],
  })
  assert.deepEqual(Object.fromEntries([...files].filter(([name]) => /^(srv|opt)/.test(name))), {
    opt: 'directory 750 0:0',
    'opt/main.js': 'file 640 0:0 main',
    'opt/note.txt': 'file 640 0:0 note',
    'opt/run': 'file 640 0:0 #!/bin/sh\n',
    srv: 'directory 755 0:0',
    'srv/data': 'directory 755 0:0',
    'srv/data/naïve file.txt': 'file 644 0:0 odd',
    'srv/server.js': 'file 644 0:0 main',
  })
})

test('copy: owners by name, from typed commands and packages of links, by number, and the same in one layer', async () => {
  const fakeNss = dockerTools.fakeNss.override({
    extraPasswdLines: ['web:x:33:34::/:/bin/sh'],
    extraGroupLines: ['web:x:35:'],
  })
  const contents = [
    fakeNss,
    copy('app/main.js', { to: '/a', owner: 'web' }),
    copy('app/main.js', { to: '/b', owner: 'web:web' }),
    copy('app/main.js', { to: '/c', owner: 'app:web' }),
    copy('app/main.js', { to: '/d', owner: '33' }),
    copy('app/main.js', { to: '/e', owner: '7' }),
    copy('app/main.js', { to: '/f', owner: '7:8' }),
    copy('app/main.js', { to: '/g' }),
  ]
  const expected = ['33:34', '33:35', '1000:35', '33:34', '7:7', '7:8', '0:0']
  const owners = ({ files }: ImageView): string[] =>
    [...'abcdefg'].map((name) => files.get(name)?.split(' ')[2] ?? 'missing')
  assert.deepEqual(owners(await layered({ contents, fakeRootCommands: (root) => root.user('app') })), expected)
  const one = await single({ copyToRoot: contents, extraCommands: (root) => root.user('app'), uid: 5, gid: 6 })
  assert.deepEqual(owners(one), [...expected.slice(0, -1), '5:6'])
})

test('copy: an unknown owner is an error that names the nearest, and says what shell commands cannot tell', async () => {
  const contents = [dockerTools.fakeNss, copy('app', { to: '/app', owner: 'nobdy' })]
  await assert.rejects(layered({ contents }), {
    code: 'account.unknown',
    message:
      'copy() to "/app": The image\'s /etc/passwd has no user "nobdy". Did you mean "nobody"? Add it with root.user or root.group, or give numbers, such as "1000:1000".',
  })
  await assert.rejects(layered({ contents: copy('app', { to: '/app', owner: 'app' }) }), {
    code: 'account.unknown',
    message: /The image has no \/etc\/passwd, so it has no user "app"\./,
  })
})

test('copy: over a base, its links are followed, its directories stay as they are, and its files are replaced', async () => {
  const base = join(home, 'base.tar')
  await writeBase(base, {
    layers: [
      memoryTree({
        bin: symlink('usr/bin'),
        'usr/bin/sh': file('sh'),
        'etc/passwd': file('web:x:33:34::/:/bin/sh\n'),
        'etc/group': file('web:x:34:\n'),
        srv: directory({ mode: 0o700, uid: 5 }),
        'srv/main.js': file('old'),
        current: symlink('srv'),
      }),
    ],
  })
  const contents = [
    copy('app/bin', { to: '/bin', owner: 'web' }),
    copy('app/main.js', { to: '/current/', owner: 'web', mode: 'u=rw,go=' }),
  ]
  for (const view of [
    await layered({ contents, fromImage: base }),
    await single({ copyToRoot: contents, fromImage: base }),
  ]) {
    assert.equal(view.files.get('bin'), 'symlink 777 0:0 usr/bin')
    assert.equal(view.files.get('usr/bin'), 'directory 755 0:0')
    assert.equal(view.files.get('usr/bin/run'), 'file 755 33:34 #!/bin/sh\n')
    assert.equal(view.files.get('usr/bin/sh'), 'file 644 0:0 sh')
    assert.equal(view.files.get('srv'), 'directory 700 5:0')
    assert.equal(view.files.get('srv/main.js'), 'file 600 33:34 main')
    assert.equal(view.files.get('current'), 'symlink 777 0:0 srv')
  }
})

test('copy: a tree that has a directory where the image has a link goes where that leads', async () => {
  written({ 'tree/bin/tool': 'tool', 'tree/usr/bin/other': 'other' })
  const base = join(home, 'merged.tar')
  await writeBase(base, { layers: [memoryTree({ bin: symlink('usr/bin'), 'usr/bin/sh': file('sh') })] })
  const { files, layers } = await layered({ contents: copy('tree', { to: '/' }), fromImage: base })
  assert.equal(files.get('bin'), 'symlink 777 0:0 usr/bin')
  assert.equal(files.get('usr/bin/tool'), 'file 644 0:0 tool')
  assert.deepEqual([...(layers[1]?.keys() ?? [])], ['usr', 'usr/bin', 'usr/bin/other', 'usr/bin/tool'])
})

test('copy: of two at one path the later wins, over packages and over what they need', async () => {
  const contents = [
    writeTextDir('etc/motd', 'package'),
    copy(writeText('a', 'first'), { to: '/etc/motd' }),
    copy(writeText('b', 'second'), { to: '/etc/motd', owner: '1:1' }),
  ]
  assert.equal((await layered({ contents })).files.get('etc/motd'), 'file 644 1:1 second')
  assert.equal((await single({ copyToRoot: contents })).files.get('etc/motd'), 'file 644 1:1 second')
})

test('copy: typed commands change what was copied', async () => {
  const contents = copy('app', { to: '/app', owner: 'web', ignoreFiles: ['.gitignore'] })
  const view = await layered({
    contents,
    fakeRootCommands: (root) => {
      root.user('web', { uid: 33, home: '/app' })
      root.chmod('/app/main.js', 0o600)
      root.remove('/app/bin')
      root.write('/app/lib/made', 'made', { user: 'web' })
    },
  })
  const kept = Object.entries(app).filter(([name]) => !name.startsWith('app/bin'))
  const below = Object.fromEntries([...view.files].filter(([name]) => /^app/.test(name)))
  assert.deepEqual(below, {
    ...owned(Object.fromEntries(kept), '33:33'),
    'app/main.js': 'file 600 33:33 main',
    'app/lib/made': 'file 644 33:0 made',
  })
  // A runtime makes a directory that the layer lacks anew.
  assert.equal(view.layers.at(-1)?.get('app/lib'), 'directory 755 33:33')
})

test('copy: commands leave the same root in one layer as in several, and what they removed is not in it', async () => {
  written({
    'one/a': 'a',
    'one/dir/x': 'x',
    'one/dir/deep/y': 'y',
    'one/other/z': 'z',
    'one/last': 'last',
  })
  const changes: Readonly<Record<string, (root: Root) => void>> = {
    'a file is removed': (root) => root.remove('/one/a'),
    'a directory is removed': (root) => root.remove('/one/dir'),
    'all is removed': (root) => root.remove('/one'),
    'a file is replaced': (root) => root.write('/one/a', 'new'),
    'a file changes its mode and owner': (root) => {
      root.chmod('/one/a', 0o600)
      root.chown('/one/a', { uid: 7 })
    },
    'a directory changes its mode and owner': (root) => {
      root.chmod('/one/dir', 0o700)
      root.chown('/one/dir', { uid: 7, gid: 8 })
    },
    'a directory becomes an ordinary one': (root) => root.chown('/one/dir', { uid: 0, gid: 0 }),
    'a directory becomes a file': (root) => {
      root.remove('/one/dir')
      root.write('/one/dir', 'file')
    },
    'a directory becomes a link': (root) => {
      root.remove('/one/dir')
      root.symlink('other', '/one/dir')
    },
    'a file becomes a directory': (root) => {
      root.remove('/one/a')
      root.mkdir('/one/a')
      root.write('/one/a/inner', 'inner')
    },
    'a file becomes a link': (root) => {
      root.remove('/one/a')
      root.symlink('last', '/one/a')
    },
    'a directory is emptied': (root) => {
      root.remove('/one/dir')
      root.mkdir('/one/dir')
    },
    'a directory is made anew': (root) => {
      root.remove('/one/dir')
      root.mkdir('/one/dir')
      root.write('/one/dir/x', 'again')
    },
  }
  const contents = [copy('one', { to: '/one', owner: '5:6' }), copy('one/a', { to: '/one/last', owner: '1:1' })]
  for (const [name, change] of Object.entries(changes)) {
    const several = await layered({ contents, fakeRootCommands: change })
    for (const one of [
      await single({ copyToRoot: contents, runAsRoot: change }),
      await single({ copyToRoot: contents, extraCommands: change }),
    ]) {
      assert.deepEqual(Object.fromEntries(one.files), Object.fromEntries(several.files), name)
      assert.deepEqual(one.layers, [one.files], name)
    }
  }
})

test('copy: in one layer over a base, commands remove what was copied, also through its links, and what the base has', async () => {
  written({ 'over/bin/tool': 'tool', 'over/srv/new': 'new' })
  const base = join(home, 'removed.tar')
  const files = { 'usr/bin/sh': file('sh'), 'usr/bin/tool': file('old'), 'srv/old': file('old') }
  await writeBase(base, { layers: [memoryTree({ bin: symlink('usr/bin'), ...files })] })
  const { files: found, layers } = await single({
    fromImage: base,
    copyToRoot: copy('over', { to: '/' }),
    runAsRoot: (root) => {
      root.remove('/bin/tool')
      root.remove('/srv')
    },
  })
  assert.deepEqual(Object.fromEntries(found), {
    bin: 'symlink 777 0:0 usr/bin',
    usr: 'directory 755 0:0',
    'usr/bin': 'directory 755 0:0',
    'usr/bin/sh': 'file 644 0:0 sh',
  })
  assert.deepEqual(
    [...(layers[1] ?? [])],
    [
      ['srv', 'whiteout'],
      ['usr', 'directory 755 0:0'],
      ['usr/bin', 'directory 755 0:0'],
      ['usr/bin/tool', 'whiteout'],
    ],
  )
})

test('commands: a directory of a base becomes an ordinary one, in one layer and in several', async () => {
  const base = join(home, 'special.tar')
  await writeBase(base, { layers: [memoryTree({ srv: directory({ mode: 0o700, uid: 5 }), 'srv/old': file('old') })] })
  const contents = [copy('app/main.js', { to: '/srv/' }), writeTextDir('opt/x', 'x')]
  const change = (root: Root): void => {
    root.chmod('/srv', 0o755)
    root.chown('/srv', { uid: 0 })
  }
  for (const { files } of [
    await layered({ fromImage: base, fakeRootCommands: change }),
    await layered({ fromImage: base, contents, fakeRootCommands: change }),
    await single({ fromImage: base, runAsRoot: change }),
    await single({ fromImage: base, copyToRoot: contents, runAsRoot: change }),
  ])
    assert.equal(files.get('srv'), 'directory 755 0:0')
})

test('copy: a directory that contents also has is as it was copied', async () => {
  const view = await layered({ contents: [writeTextDir('app/extra', 'x'), copy('app', { to: '/app', owner: '5:6' })] })
  assert.equal(view.files.get('app'), 'directory 755 5:6')
  assert.match(view.files.get('app/extra') ?? '', /^symlink/)
})

test('copy: a file and a directory at one path are an error with the remedy', async () => {
  await assert.rejects(layered({ contents: [copy('app', { to: '/app' }), copy('app/main.js', { to: '/app' })] }), {
    code: 'merge.directory',
    message:
      'copy() to "/app" puts a file at "/app", where the image has a directory. To copy a file into a directory, end `to` with "/".',
  })
  await assert.rejects(layered({ contents: [writeTextDir('app', 'x'), copy('app', { to: '/app' })] }), {
    code: 'merge.directory',
    message: /puts a directory at "\/app", where the image has a symlink\. Copy it to another path\./,
  })
})

async function timesIn(archive: string): Promise<readonly (number | undefined)[]> {
  return inFolder(async (folder) => {
    await using store = await openStore(folder)
    const { layers } = await readImage(archive, { store, watch: unwatched })
    return layers.flatMap(({ diffId }) =>
      [...store.laidOut(layerFile(diffId), 'layer').entries()].flatMap((entry) =>
        entry.kind === 'file' ? [entry.metadata.mtime] : [],
      ),
    )
  })
}

test('copy: times are the image’s, given, or follow from the content', async () => {
  written({ 'times/a': 'one', 'times/b': 'two', 'times/c': 'one' })
  const times = async (mtime?: number | 'content'): Promise<readonly (number | undefined)[]> =>
    inTestWorkshop(async (shop) => {
      const contents = copy('times', { to: '/', ...(mtime === undefined ? {} : { mtime }) })
      const image = dockerTools.buildImage({ name: 'image', compressor: 'none', copyToRoot: contents, mtime: '@7' })
      return timesIn(shop.store.physical((await built(image, shop)).path))
    })
  assert.deepEqual(await times(), [7, 7, 7])
  assert.deepEqual(await times(1_700_000_000), [1_700_000_000, 1_700_000_000, 1_700_000_000])
  const [a, b, c] = await times('content')
  assert.ok(a === c && a !== b)
  for (const time of [a, b]) assert.ok(time !== undefined && time >= 946_684_800 && time < 1_577_836_800)
})

test('copy: a script’s interpreter is included', async () => {
  const tool = writeScript('tool', `#!${writeText('interpreter', 'x')}\n`)
  const { files } = await layered({ contents: copy(tool, { to: '/bin/tool' }) })
  assert.match(files.get('bin/tool') ?? '', /^file 755 0:0 #!\/nix\/store\/\w{32}-interpreter\n$/)
  assert.ok([...files.keys()].some((name) => name.endsWith('-interpreter')))
})

test('root.copy: from a store path and from a package', async () => {
  const app = path('app', { ignore: ['tmp', '.*'] })
  const { files } = await layered({
    fakeRootCommands: (root) => {
      root.copy(`${app}`, '/one')
      root.copy(app, '/two')
      root.copy(`${app}/bin/run`, '/run')
    },
  })
  for (const name of ['one', 'two']) {
    assert.equal(files.get(name), 'directory 755 0:0')
    assert.equal(files.get(`${name}/main.js`), 'file 644 0:0 main')
  }
  assert.equal(files.get('run'), 'file 755 0:0 #!/bin/sh\n')
})

test('copy: what is wrong is refused at the call', () => {
  const wrong: (() => unknown)[] = [
    () => copy([], { to: '/' }),
    () => copy('app', { to: '../x' }),
    () => copy('app', { to: '/', owner: 'a b' }),
    () => copy('app', { to: '/', mode: 644 }),
    () => copy('app', { to: '/', mtime: -1 }),
    () => copy(`${writeText('a', 'b')}`, { to: '/' }),
    () => `${copy('app', { to: '/' })}`,
    () => dockerTools.buildLayeredImage({ name: 'x', contents: [{ ...copy('app', { to: '/' }), mode: 'x=' }] }),
  ]
  for (const [index, describe] of wrong.entries())
    assert.throws(describe, { code: /^(argument\.|placeholder\.|path\.)/ }, `number ${index}`)
})

test('copy: secrets are refused unless they are allowed', async () => {
  written({ 'keys/id_rsa': 'x', 'keys/.env': 'x', 'tls.pem': '-----BEGIN PRIVATE KEY-----\n' })
  for (const source of ['keys', 'tls.pem'])
    await assert.rejects(layered({ contents: copy(source, { to: '/keys/' }) }), { code: 'secret.found' })
  await assert.rejects(layered({ contents: path('keys') }), { code: 'secret.found' })
  assert.throws(() => copy('keys/.env', { to: '/' }), {
    code: 'secret.found',
    message: /^copy: "keys\/\.env" holds settings of this machine\. Leave it out .* give secrets: "allow"\.$/,
  })
  const { files } = await layered({ contents: copy(['keys', 'tls.pem'], { to: '/keys', secrets: 'allow' }) })
  assert.deepEqual([...files.keys()].filter((name) => name.startsWith('keys/')).sort(), [
    'keys/.env',
    'keys/id_rsa',
    'keys/tls.pem',
  ])
  const kept = await layered({ contents: copy('app', { to: '/app', ignore: ['!.env'] }) })
  assert.ok(kept.files.has('app/.env') && !kept.files.has('app/lib/.env.local'))
})

test('contents: a file that is not there is named with its call, and a bare name with the package that was meant', async () => {
  await assert.rejects(layered({ contents: ['curl'] }), {
    code: 'disk.unreadable',
    message: /\.ts:\d+: there is no ".*\/curl"\. Did you mean the package, pkgs\("curl"\)\?/,
  })
  await assert.rejects(layered({ contents: copy('./missing.d', { to: '/' }) }), {
    code: 'disk.unreadable',
    message: /there is no ".*\/missing\.d"\. Correct the path,/,
  })
})

test('image: a cut placeholder is reported for the image, with its place', async () => {
  const text = writeText('text', 'x')
  await assert.rejects(layered({ config: { Env: [`A=${`${text}`.slice(0, 30)}`] } }), {
    code: 'placeholder.remains',
    message: /^the image image: config\.Env\[0\] holds /,
  })
})

test('contents: what is undefined is passed over', async () => {
  const { files } = await layered({ contents: [undefined, writeTextDir('etc/motd', 'x'), undefined] })
  assert.ok(files.has('etc/motd'))
})
