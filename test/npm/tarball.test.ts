/** Tarballs of npm packages, odd and hostile ones: what is in the image is what npm unpacks, or they are refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { plain } from '../../src/tree/entry.ts'
import { viewOf } from '../support/image-view.ts'
import { locked, type PackageFiles, type Packed, pack, sri, withMode, withNpm } from '../support/npm-project.ts'
import { refused } from '../support/refused.ts'
import { tarOf } from '../support/tar-of.ts'
import { built } from '../support/workshop.ts'

const manifest = { name: 'a' }

/** The files of a package in an image, without its package.json. */
async function filesOf(packed: Packed, more: object = {}): Promise<Readonly<Record<string, string>>> {
  let found: Readonly<Record<string, string>> = {}
  await withNpm(
    async ({ lock, registry, set, shop }) => {
      lock({ name: 'app' }, { 'node_modules/a': locked(packed, registry, { ...more }) })
      const image = set().dockerTools.buildLayeredImage({ name: 'i', contents: [set().modules], compressor: 'none' })
      const { files } = await viewOf(shop().store.physical((await built(image, shop())).path))
      const below = 'app/node_modules/'
      found = Object.fromEntries(
        [...files]
          .filter(
            ([path, what]) => path.startsWith(below) && what !== 'directory 755 0:0' && !path.endsWith('package.json'),
          )
          .map(([path, what]) => [path.slice(below.length), what]),
      )
    },
    [packed],
  )
  return found
}

async function refusedTarball(files: PackageFiles): Promise<string> {
  const packed = pack(manifest, files)
  let message = ''
  await withNpm(
    async ({ lock, registry, set, shop }) => {
      lock({ name: 'app' }, { 'node_modules/a': locked(packed, registry) })
      message = (await refused('npm.tarball', built(set().modules, shop()))).message
    },
    [packed],
  )
  return message
}

test('npm tarball: the first component of every name goes, whatever it is', async () => {
  const members = [
    ['package/package.json', '{}'],
    ['other/one', '1'],
    ['./two', '2'],
    ['x/b/three', '3'],
    ['package//four', '4'],
    ['package/./five', '5'],
    ['six', 'lost: nothing is left of its name'],
    ['package/directory/', ''],
  ] as const
  assert.deepEqual(await filesOf(pack(manifest, members)), {
    'a/b/three': 'file 644 0:0 3',
    'a/five': 'file 644 0:0 5',
    'a/four': 'file 644 0:0 4',
    'a/one': 'file 644 0:0 1',
    'a/two': 'file 644 0:0 2',
  })
})

test('npm tarball: every mode becomes one that all may read and only root may write; owners and times go', async () => {
  const modes = [0o000, 0o400, 0o444, 0o600, 0o644, 0o666, 0o700, 0o711, 0o755, 0o777, 0o100, 0o1644]
  const owner = plain(0o644, { uid: 501, gid: 20, uname: 'me', gname: 'staff', mtime: 499_162_500 })
  const members = [
    ...modes.map((mode) => withMode(`package/${mode.toString(8)}`, 'x', mode)),
    ['package/owned', 'x', owner] as const,
  ]
  const files = await filesOf(pack(manifest, members))
  const shown = (mode: number) => ((mode | 0o666) & ~0o022) | 0o600
  assert.deepEqual(
    files,
    Object.fromEntries([
      ...modes.map((mode) => [`a/${mode.toString(8)}`, `file ${shown(mode).toString(8)} 0:0 x`]),
      ['a/owned', 'file 644 0:0 x'],
    ]),
  )
})

test('npm tarball: links are left out, and what is given twice has the last content and the first mode', async () => {
  const members = [
    ['package/link', { symlink: '/etc/passwd' }],
    withMode('package/twice', 'first', 0o755),
    withMode('package/once', 'x', 0o644),
    ['package/hard', { hardlink: 'package/once' }],
    withMode('package/twice', 'second', 0o644),
  ] as const
  assert.deepEqual(await filesOf(pack(manifest, members)), {
    'a/once': 'file 644 0:0 x',
    'a/twice': 'file 755 0:0 second',
  })
})

test('npm tarball: .gitignore is .npmignore, unless one came before it', async () => {
  const one = [
    ['package/.gitignore', 'git'],
    ['package/d/.npmignore', 'npm'],
    ['package/d/.gitignore', 'git'],
  ] as const
  assert.deepEqual(await filesOf(pack(manifest, one)), {
    'a/.npmignore': 'file 644 0:0 git',
    'a/d/.npmignore': 'file 644 0:0 npm',
  })
  const late = [
    ['package/.gitignore', 'git'],
    ['package/.npmignore', 'npm'],
  ] as const
  assert.deepEqual(await filesOf(pack(manifest, late)), { 'a/.npmignore': 'file 644 0:0 npm' })
})

test('npm tarball: long names, composed and decomposed ones, and vendored node_modules', async () => {
  const long = `${'d/'.repeat(60)}${'n'.repeat(120)}`
  const files = { [long]: 'long', 'e\u0301': 'decomposed', '\u00e9': 'composed', 'node_modules/v/index.js': 'vendored' }
  assert.deepEqual(await filesOf(pack(manifest, files)), {
    [`a/${long}`]: 'file 644 0:0 long',
    'a/e\u0301': 'file 644 0:0 decomposed',
    'a/\u00e9': 'file 644 0:0 composed',
    'a/node_modules/v/index.js': 'file 644 0:0 vendored',
  })
})

test('npm tarball: the first line of a command loses its carriage return, and other lines and files do not', async () => {
  const files = {
    'cli.js': '#!/usr/bin/env node\r\nx\r\n',
    'other.js': '#!/usr/bin/env node\r\nx',
    'plain.js': 'x\r\n',
  }
  const bin = { cli: './cli.js', plain: 'plain.js' }
  assert.deepEqual(await filesOf(pack({ ...manifest, bin }, files), { bin }), {
    '.bin/cli': 'symlink 777 0:0 ../a/cli.js',
    '.bin/plain': 'symlink 777 0:0 ../a/plain.js',
    'a/cli.js': 'file 755 0:0 #!/usr/bin/env node\nx\r\n',
    'a/other.js': 'file 644 0:0 #!/usr/bin/env node\r\nx',
    'a/plain.js': 'file 755 0:0 x\r\n',
  })
})

test('npm tarball: one that is not compressed', async () => {
  const bytes = tarOf([['package/x', 'x']])
  assert.deepEqual(await filesOf({ ...pack(manifest), bytes, integrity: sri(bytes) }), { 'a/x': 'file 644 0:0 x' })
})

test('npm tarball: set-user-ID files, files in files, and names that are not text are refused', async () => {
  assert.match(
    await refusedTarball([withMode('package/su', 'x', 0o4755)]),
    / \(node_modules\/a in .*, from http.*\) cannot be unpacked: .*the file "su" has the set-user-ID/,
  )
  assert.match(
    await refusedTarball([
      ['package/x', 'x'],
      ['package/x/y', 'y'],
    ]),
    /"x" is both a file and a directory/,
  )
  assert.match(
    await refusedTarball([
      ['package/x/y', 'y'],
      ['package/x', 'x'],
    ]),
    /"x" is both a file and a directory/,
  )
})

test('npm tarball: names that lead out of it, bombs and broken ones leave nothing in the store', async () => {
  const bomb = gzipSync(Buffer.alloc(300_000_000), { level: 1 })
  const cases = [
    [
      'npm.tarball',
      pack(manifest, [['package/../../x', 'x']]).bytes,
      /leaves the archive.*If it is so .*its authors\.$/,
    ],
    ['npm.tarball', pack(manifest).bytes.subarray(0, 60), /gzip data is broken.*If it is so .*its authors\.$/],
    ['npm.tarball', gzipSync('<html>log in</html>'), /archive is broken.*If it is so .*its authors\.$/],
    ['npm.tarball', Buffer.from('<html>log in</html>'), /archive is broken.*If it is so .*its authors\.$/],
    ['archive.bomb', bomb, /a-1\.0\.0\.tgz.*Check where .*"file:vendor\/…"\.$/],
  ] as const
  for (const [code, bytes, fault] of cases) {
    const packed = { ...pack(manifest), bytes, integrity: sri(bytes) }
    await withNpm(
      async ({ home, lock, registry, set, shop }) => {
        const address = registry.url.href.replace('//', '//jane:secret@')
        lock({ name: 'app' }, { 'node_modules/a': locked(packed, { url: new URL(address) }) })
        const { message } = await refused(code, built(set().modules, shop()))
        const where = `a 1.0.0 (node_modules/a in ${home}/package-lock.json, from ${registry.url.href}a/-/a-1.0.0.tgz) cannot be unpacked: `
        assert.equal(message.slice(0, where.length), where)
        assert.match(message, fault)
      },
      [packed],
    )
  }
})
