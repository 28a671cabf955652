/** The command with a Debian archive: errors take a few lines and leave nothing behind. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { plain } from '../../src/tree/entry.ts'
import { missing, run } from '../support/command.ts'
import {
  answer,
  type FakeArchive,
  type FakePackage,
  type Publishing,
  publishedAt,
  serveArchive,
} from '../support/debian-archive.ts'
import { type Ended, slipway, writeProject } from '../support/slipway.ts'
import { inFolder } from '../support/workshop.ts'

const packages: readonly FakePackage[] = [
  {
    name: 'hello',
    files: [
      ['./usr/bin/hello', '#!/bin/sh\necho hello\n'],
      ['./usr/share/doc/hello/copyright', 'free'],
    ],
    fields: { Depends: 'hello-data' },
  },
  { name: 'hello-data', files: [['./usr/share/hello/text', 'x'.repeat(1000)]] },
  { name: 'other', fields: { Description: 'Grüße an the World\n a longer text about hello' } },
  // Packages in every archive, from which every image's root is computed.
  { name: 'base-files', files: [['./usr/lib/os-release', 'ID=debian\n']] },
  {
    name: 'base-passwd',
    files: [
      ['./usr/share/base-passwd/passwd.master', 'root:*:0:0:root:/root:/bin/bash\n'],
      [
        './usr/share/base-passwd/group.master',
        'root:*:0:\nadm:*:4:\nmail:*:8:\nshadow:*:42:\nutmp:*:43:\nstaff:*:50:\n',
      ],
    ],
  },
  { name: 'libc-bin', files: [['./usr/share/libc-bin/nsswitch.conf', 'passwd: files\n']] },
]

/** Runs with an archive and a project that builds an image of `hello` from it. */
async function withProject(
  work: (given: { readonly archive: FakeArchive; readonly cwd: string }) => Promise<void>,
  publishing: Publishing = {},
): Promise<void> {
  await using archive = await serveArchive()
  await archive.publish(packages, publishing)
  await inFolder(async (cwd) => {
    writeProject(cwd, { 'image.ts': imageOf('hello', archive), 'archive.asc': archive.keyring })
    await work({ archive, cwd })
  })
}

function imageOf(name: string, { mirrors }: FakeArchive): string {
  return `import { debian } from 'slipway'
const { pkgs, dockerTools } = debian({ suite: 'bookworm', architecture: 'amd64', mirrors: ${JSON.stringify(mirrors)}, keyring: 'archive.asc' })
export const image = dockerTools.buildLayeredImage({
  name: 'hello', contents: [pkgs[${JSON.stringify(name)}]], config: { Cmd: [\`\${pkgs[${JSON.stringify(name)}]}/bin/hello\`] }, compressor: 'none',
  allowMissingCommand: true,
})
export const stream = image.stream
export default image
`
}

function assertFails(ended: Ended, code: string, says: RegExp): void {
  assert.deepEqual([ended.status, ended.stdout], [1, ''])
  assert.match(ended.stderr, says)
  assert.ok(ended.stderr.includes(`[${code}]`), ended.stderr)
  assert.doesNotMatch(ended.stderr, /^ +at /m)
}

/** A failed build must not leave half-finished files, a result, or (unless it got that far) a lock. */
function assertNothingLeft(cwd: string): void {
  assert.deepEqual(globSync('{result,slipway.lock*,.store/tmp/*}', { cwd }), [])
}

test('cli: an image of Debian packages is built, locked, and built again without asking the archive', async () => {
  await withProject(async ({ archive, cwd }) => {
    const first = await slipway(['build', 'image.ts'], { cwd })
    assert.equal(first.status, 0, first.stderr)
    assert.match(first.stderr, /^fetched \d+ (files|packages), [\d.]+ k?B, \d+\.\d s$/m)
    assert.match(first.stderr, /^first build: \d+ layers, [\d.]+ kB$/m)
    const lock = readFileSync(join(cwd, 'slipway.lock'), 'utf8')
    const asked = archive.requests.length
    const again = await slipway(['build', 'image.ts', '--frozen'], { cwd })
    assert.deepEqual([again.status, again.stdout], [0, first.stdout])
    assert.match(again.stderr, /^none of \d+ layers is new\n$/)
    assert.equal(archive.requests.length, asked)
    assert.equal(readFileSync(join(cwd, 'slipway.lock'), 'utf8'), lock)
  })
})

test('cli: a locked build reads no index: with an empty store it requests only packages', async () => {
  await withProject(async ({ archive, cwd }) => {
    const first = await slipway(['build', 'image.ts', '--no-link'], { cwd })
    assert.equal(first.status, 0, first.stderr)
    assert.ok(archive.requests.some((path) => path.includes('/dists/')))
    archive.requests.length = 0
    const elsewhere = join(cwd, 'elsewhere')
    const again = await slipway(['build', 'image.ts', '--no-link', '--frozen'], {
      cwd,
      env: { SLIPWAY_STORE: elsewhere },
    })
    assert.equal(again.status, 0, again.stderr)
    assert.ok(
      archive.requests.length > 0 && archive.requests.every((path) => path.endsWith('.deb')),
      String(archive.requests),
    )
    const bytes = (ended: Ended): Buffer => readFileSync(ended.stdout.trim())
    assert.deepEqual(bytes(again), bytes(first))
  })
})

test('cli: stream, the stream script and the built archive are the same bytes', {
  skip: missing('sh', 'sha256sum', 'tar'),
}, async () => {
  await withProject(async ({ cwd }) => {
    const built = (await slipway(['build', 'image.ts'], { cwd })).stdout.trim()
    assert.match(await run('tar', ['-tf', built]), /^manifest\.json$/m)
    const script = (await slipway(['build', 'image.ts#stream', '-o', 'script'], { cwd })).stdout.trim()
    const sum = async (words: string): Promise<string> =>
      run('sh', ['-c', `${words} | sha256sum`], { cwd, env: { SLIPWAY_STORE: join(cwd, '.store') } })
    const command = join(import.meta.dirname, '../../bin/slipway.js')
    const wanted = await sum(`cat '${built}'`)
    assert.equal(await sum(`'${script}'`), wanted)
    assert.equal(await sum('./script'), wanted)
    assert.equal(await sum(`'${process.execPath}' '${command}' stream image.ts`), wanted)
  })
})

test('cli: inspect lists the contents of each layer, for an archive and for its description', async () => {
  await withProject(async ({ cwd }) => {
    const described = await slipway(['inspect', 'image.ts', '--json'], { cwd })
    assert.equal(described.status, 0, described.stderr)
    await slipway(['build', 'image.ts'], { cwd })
    const built = await slipway(['inspect', './result', '--json'], { cwd })
    assert.deepEqual(JSON.parse(built.stdout), JSON.parse(described.stdout))
    const text = await slipway(['inspect', './result'], { cwd })
    assert.match(text.stdout, /^platform +linux\/amd64$/m)
    assert.match(text.stdout, / hello 1\.0$/m)
  })
})

test('cli: lock reports changes, one package per line, and sizes; --prune and --vendor work', async () => {
  await withProject(async ({ archive, cwd }) => {
    const lock = async (...words: readonly string[]): Promise<readonly string[]> => {
      const { status, stdout, stderr } = await slipway(['lock', 'image.ts', ...words], { cwd })
      assert.equal(status, 0, stderr)
      return stdout.trimEnd().split('\n')
    }
    const [set, ...added] = await lock()
    assert.match(set ?? '', /^debian bookworm amd64: 0 B → \d+(\.\d)? k?B$/)
    assert.deepEqual(
      added,
      ['base-files', 'base-passwd', 'hello', 'hello-data', 'libc-bin'].map((name) => `  + ${name} 1.0`),
    )
    assert.deepEqual(await lock(), ['nothing changed'])

    const moved = packages.map((each) =>
      each.name === 'hello' ? { name: 'hello', version: '2.0', files: each.files ?? [] } : each,
    )
    await archive.publish([...moved, { name: 'more' }], { date: new Date(publishedAt.getTime() + 1000) })
    const [sizes, ...changes] = await lock('--update')
    assert.match(sizes ?? '', /^debian bookworm amd64: \S+ k?B → \S+ k?B$/)
    assert.deepEqual(changes, ['  ~ hello 1.0 → 2.0', '  - hello-data 1.0'])

    writeFileSync(join(cwd, 'image.ts'), imageOf('other', archive))
    assert.deepEqual((await lock()).slice(1), ['  + other 1.0'])
    const [, ...dropped] = await lock('--prune', '--vendor', 'debs')
    assert.deepEqual(dropped, ['  - hello 2.0', '4 packages written'])
    assert.equal(globSync('debs/pool/**/*.deb', { cwd }).length, 4)
  })
})

test('cli: the error about a misspelt package suggests the nearest names', async () => {
  await withProject(async ({ archive, cwd }) => {
    writeFileSync(join(cwd, 'image.ts'), imageOf('helo', archive))
    assertFails(await slipway(['build', 'image.ts'], { cwd }), 'debian.package-unknown', /helo.*"hello"/s)
    assertNothingLeft(cwd)
  })
})

test('cli: unknown packages are reported together, each with its place and a suggestion', async () => {
  await withProject(async ({ archive, cwd }) => {
    const source = imageOf('helo', archive)
    writeFileSync(join(cwd, 'image.ts'), `${source}export const more = pkgs("nonesuch-at-all")\n`)
    const line = source.split('\n').length
    const ended = await slipway(['build', 'image.ts'], { cwd })
    assertFails(ended, 'debian.package-unknown', /lacks 2 packages.*"helo" \(.*image\.ts:\d+\): Did you mean "hello"/s)
    assert.ok(ended.stderr.includes(`"nonesuch-at-all" (${realpathSync(cwd)}/image.ts:${line})`), ended.stderr)
    assertNothingLeft(cwd)
  })
})

test('cli: search and types read the locked index, without asking the archive', async () => {
  await withProject(async ({ archive, cwd }) => {
    const absent = await slipway(['search', 'hello'], { cwd })
    assertFails(absent, 'argument.invalid', /slipway lock FILE/)
    await slipway(['lock', 'image.ts'], { cwd })
    const asked = archive.requests.length
    const found = await slipway(['search', 'HELLO'], { cwd })
    assert.match(found.stdout, /^hello \S+ .*\nhello-data \S+ .*\n$/)
    assert.match((await slipway(['search', 'world', 'grüße'], { cwd })).stdout, /^other 1\.0 {2}Grüße an the World\n$/)
    assert.equal((await slipway(['search', 'nonesuch'], { cwd })).stdout, 'nothing found in bookworm\n')
    const types = await slipway(['types'], { cwd })
    assert.match(types.stdout, /interface PackageNames \{\n(.*\n)* {4}"hello-data": true\n/)
    assert.equal(archive.requests.length, asked)
  })
})

test('cli: search --files reads the contents indexes of the locked release, once', async () => {
  await withProject(async ({ archive, cwd }) => {
    const { mirrors } = archive
    const env = { SLIPWAY_DEBIAN_MIRROR: `${mirrors.archive} ${mirrors.security}` }
    await slipway(['lock', 'image.ts'], { cwd })
    const found = await slipway(['search', '--files', 'text', '/bin/hello'], { cwd, env })
    assert.equal(found.stdout, 'hello  /usr/bin/hello\nhello-data  /usr/share/hello/text\n', found.stderr)
    const asked = archive.requests.length
    assert.ok(archive.requests.some((path) => path.includes('/main/by-hash/SHA256/')))
    const json = await slipway(['search', '--files', 'h*', '--json'], { cwd, env })
    assert.deepEqual(JSON.parse(json.stdout), [
      { suite: 'bookworm', architecture: 'amd64', files: [{ package: 'hello', path: '/usr/bin/hello' }] },
    ])
    const none = await slipway(['search', '--files', 'nonesuch'], { cwd, env: {} })
    assert.equal(none.stdout, 'nothing found in bookworm\n')
    assert.equal(archive.requests.length, asked)
    assertFails(
      await slipway(['search', '--files', '*'], { cwd, env }),
      'argument.invalid',
      /is not a pattern of paths/,
    )
  })
})

test('cli: search --files refuses changed contents, other signers, and a suite without contents', async () => {
  await withProject(async ({ archive, cwd }) => {
    const { mirrors } = archive
    const env = { SLIPWAY_DEBIAN_MIRROR: `${mirrors.archive} ${mirrors.security}` }
    await slipway(['lock', 'image.ts'], { cwd })
    const search = () => slipway(['search', '--files', 'hello'], { cwd, env })
    let isChanged = true
    archive.intercept(/Contents-amd64|main\/by-hash/, (request, response, genuine) => {
      const bytes = genuine === undefined ? undefined : Buffer.from(genuine)
      if (isChanged) bytes?.writeUInt8(bytes.readUInt8(12) ^ 1, 12)
      answer(request, response, bytes)
    })
    assertFails(await search(), 'debian.index-gone', /No mirror has the contents index of bookworm/)
    isChanged = false
    assert.equal((await search()).stdout, 'hello  /usr/bin/hello\n')
  })
  await withProject(async ({ archive, cwd }) => {
    const { mirrors } = archive
    const env = { SLIPWAY_DEBIAN_MIRROR: `${mirrors.archive} ${mirrors.security}` }
    await slipway(['lock', 'image.ts'], { cwd })
    // A lock says nothing of the archive's keyring, so that a later release must be signed by Debian.
    await archive.publish(packages, { date: new Date(publishedAt.getTime() + 60_000) })
    const search = () => slipway(['search', '--files', 'hello'], { cwd, env })
    assertFails(await search(), 'debian.signature-untrusted', /InRelease of bookworm/)
  })
  await withProject(
    async ({ archive, cwd }) => {
      const { mirrors } = archive
      const env = { SLIPWAY_DEBIAN_MIRROR: `${mirrors.archive} ${mirrors.security}` }
      await slipway(['lock', 'image.ts'], { cwd })
      const ended = await slipway(['search', '--files', 'hello'], { cwd, env })
      assertFails(ended, 'debian.index-missing', /no contents index of bookworm for amd64/)
    },
    { contents: false },
  )
})

test('cli: an expired InRelease is refused when locking, and does not matter with a lock', async () => {
  const yesterday = new Date(Date.now() - 86_400_000)
  await withProject(
    async ({ cwd }) => {
      assertFails(await slipway(['build', 'image.ts'], { cwd }), 'debian.release-expired', /Valid-Until|expired/)
      assertNothingLeft(cwd)
    },
    { validUntil: yesterday },
  )
  await withProject(async ({ archive, cwd }) => {
    await slipway(['lock', 'image.ts'], { cwd })
    await archive.publish(packages, { validUntil: yesterday })
    assert.equal((await slipway(['build', 'image.ts'], { cwd })).status, 0)
  })
})

test('cli: a tampered .deb is refused, and the genuine one is accepted the next time', async () => {
  await withProject(async ({ archive, cwd }) => {
    let lying = true
    archive.intercept(/hello_1\.0_amd64\.deb$/, (request, response, genuine) => {
      if (genuine === undefined) return answer(request, response, genuine)
      const bytes = Buffer.from(genuine)
      if (lying) bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
      answer(request, response, bytes)
    })
    assertFails(await slipway(['build', 'image.ts'], { cwd }), 'network.digest-mismatch', /hello/)
    assert.deepEqual(globSync('{result,.store/tmp/*,.store/nix/store/*-hello-1.0}', { cwd }), [])
    lying = false
    assert.equal((await slipway(['build', 'image.ts'], { cwd })).status, 0)
  })
})

test('cli: without a network a warm store builds, and a cold one reports what is missing', async () => {
  await withProject(async ({ archive, cwd }) => {
    await slipway(['build', 'image.ts'], { cwd })
    await archive[Symbol.asyncDispose]()
    const warm = await slipway(['build', 'image.ts', '-o', 'warm'], { cwd })
    assert.deepEqual([warm.status, warm.stderr], [0, 'none of 3 layers is new\n'])
    const cold = await slipway(['build', 'image.ts', '-o', 'cold', '--store', join(cwd, 'cold-store')], { cwd })
    assertFails(cold, 'network.unreachable', /hello/)
    assert.ok(!existsSync(join(cwd, 'cold')))
    assert.deepEqual(globSync('cold-store/tmp/*', { cwd }), [])
  })
})

test('cli: --frozen refuses to write the lock, with a remedy', async () => {
  await withProject(async ({ cwd }) => {
    assertFails(await slipway(['build', 'image.ts', '--frozen'], { cwd }), 'lock.frozen', /slipway lock/)
    assertNothingLeft(cwd)
  })
})

test('cli: a lock that cannot be read or written is an error', async () => {
  await withProject(async ({ archive, cwd }) => {
    const source = imageOf('hello', archive)
    writeFileSync(join(cwd, 'image.ts'), source.replace('keyring:', "lock: '/proc/slipway.lock', keyring:"))
    assertFails(await slipway(['build', 'image.ts'], { cwd }), 'project.unwritable', /\/proc\/slipway\.lock/)
    mkdirSync(join(cwd, 'slipway.lock'))
    writeFileSync(join(cwd, 'image.ts'), source)
    assertFails(await slipway(['build', 'image.ts'], { cwd }), 'project.unreadable', /slipway\.lock/)
  })
})

test('cli: errors found late are reported with their place', async () => {
  await withProject(async ({ archive, cwd }) => {
    const source = imageOf('hello', archive)
    const [set = ''] = /debian\(.*\)$/m.exec(source) ?? []
    const command = /Cmd: \[`.*`\]/
    const failures: readonly (readonly [code: string, source: string, says: RegExp])[] = [
      ['placeholder.remains', source.replace(command, 'Cmd: [`${pkgs.hello}`.slice(0, 25)]'), /Cmd/],
      ['store-path.unknown', source.replace(command, `Cmd: ['/nix/store/${'0'.repeat(32)}-x']`), /Cmd.*-x/],
      [
        'debian.two-sets',
        source.replace(
          'contents: [',
          `contents: [${set.replace('keyring:', "lock: 'second.lock', keyring:")}.pkgs.other, `,
        ),
        /second\.lock|two Debian sets/,
      ],
      [
        'environment.collision',
        `${source}export const joined = pkgs.buildEnv({ name: 'joined', paths: ['x', 'y'].map((text) => pkgs.writeTextDir('a', text)) })\n`,
        /\/a/,
      ],
    ]
    for (const [code, changed, says] of failures) {
      writeFileSync(join(cwd, 'image.ts'), changed)
      const target = changed.includes('joined') ? 'image.ts#joined' : 'image.ts'
      assertFails(await slipway(['build', target], { cwd }), code, says)
    }
  })
})

const noMount = missing('mount', 'umount') || (process.getuid?.() === 0 ? false : 'mounting needs root')

test('cli: a full disk is an error that leaves a valid store, and more space is enough to continue', {
  skip: noMount,
}, async (t) => {
  await withProject(async ({ cwd }) => {
    const store = join(cwd, 'small')
    mkdirSync(store)
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', store], { encoding: 'utf8' })
    if (mounted.status !== 0) return t.skip(`mount: ${mounted.stderr}`)
    try {
      mkdirSync(join(cwd, 'big'))
      writeFileSync(join(cwd, 'big/file'), Buffer.alloc(2_000_000, 'x'))
      writeFileSync(
        join(cwd, 'big.ts'),
        `import { debian } from 'slipway'\nexport default debian({ suite: 'bookworm' }).path('./big')\n`,
      )
      assertFails(await slipway(['build', 'big.ts', '--store', store], { cwd }), 'store.disk-full', /No space/)
      assert.deepEqual(globSync('{tmp/*,nix/store/*}', { cwd: store }), [])
      await run('mount', ['-o', 'remount,size=16m', store])
      assert.equal((await slipway(['build', 'big.ts', '--store', store], { cwd })).status, 0)
    } finally {
      spawnSync('umount', [store])
    }
  })
})

test('cli: notes on packages are one line at build, complete in inspect and JSON, and an error with --strict', async () => {
  await withProject(async ({ archive, cwd }) => {
    const postinst = '#!/bin/sh\nset -e\n/usr/lib/noisy/setup --all\n[ "$LANG" = C ] && chmod 600 /etc/noisy\nexit 0\n'
    const noisy = { name: 'noisy', files: [['./etc/noisy', 'x'] as const], scripts: { postinst } }
    await archive.publish([...packages, noisy])
    writeProject(cwd, { 'image.ts': imageOf('noisy', archive) })
    const notes = [
      'noisy: /usr/lib/noisy/setup --all (slipway does not run programs)',
      'noisy: chmod 600 /etc/noisy (may or may not run)',
    ]
    const strict = await slipway(['build', 'image.ts', '--strict'], { cwd })
    assertFails(strict, 'image.notes', /noisy: \/usr\/lib\/noisy\/setup --all/)
    assert.deepEqual(globSync('result', { cwd }), [])
    const built = await slipway(['build', 'image.ts', '--json'], { cwd })
    assert.deepEqual(JSON.parse(built.stdout).notes, notes)
    assert.match(built.stderr, /^note: noisy: \/usr\/lib\/noisy\/setup --all .* and 1 more; .*$/m)
    const again = await slipway(['build', 'image.ts', '--to', 'oci:o', '--json'], { cwd })
    assert.deepEqual(JSON.parse(again.stdout).notes, notes)
    const inspected = await slipway(['inspect', 'image.ts', '--json'], { cwd })
    assert.deepEqual(JSON.parse(inspected.stdout).notes, notes)
    const shown = await slipway(['inspect', 'image.ts'], { cwd })
    assert.ok(shown.stdout.endsWith(`\nnotes\n  ${notes.join('\n  ')}\n`), shown.stdout)
    for (const words of [
      ['stream', 'image.ts'],
      ['export', 'image.ts', '-o', 'x.tar'],
    ])
      assertFails(await slipway([...words, '--strict'], { cwd }), 'image.notes', /noisy/)
  })
})

test('cli: a script without its interpreter is a note that names the package, if the image asks for the script', async () => {
  await withProject(async ({ archive, cwd }) => {
    const script = (name: string, line: string) => [`./usr/bin/${name}`, `${line}\n`, plain(0o755)] as const
    await archive.publish([
      ...packages,
      { name: 'own', files: [script('own', '#!/usr/bin/env python3')], fields: { Depends: 'helper' } },
      { name: 'helper', files: [script('helper', '#!/usr/bin/perl')] },
      { name: 'coreutils', files: [['./usr/bin/env', '\x7fELF', plain(0o755)]] },
    ])
    writeProject(cwd, { 'image.ts': imageOf('own', archive) })
    const zone =
      "config: { Env: ['TZ=Europe/Berlin'] }, contents: [pkgs('own'), pkgs('coreutils')], allowMissingCommand"
    writeProject(cwd, { 'zone.ts': imageOf('own', archive).replace('allowMissingCommand', zone) })
    const built = await slipway(['build', 'image.ts', '--json'], { cwd })
    assert.deepEqual(JSON.parse(built.stdout).notes, [
      '/usr/bin/own starts with "#!/usr/bin/env python3", but the image has no /usr/bin/env: add pkgs("coreutils")',
    ])
    const both = await slipway(['build', 'zone.ts', '--json', '--no-link'], { cwd })
    assert.deepEqual(JSON.parse(both.stdout).notes, [
      '/usr/bin/own starts with "#!/usr/bin/env python3", but the image has no python3 in its PATH: add pkgs("python3")',
      'TZ is "Europe/Berlin", but the image has no /usr/share/zoneinfo/Europe/Berlin, so programs of the C library use UTC: add pkgs("tzdata")',
    ])
    assertFails(await slipway(['build', 'zone.ts', '--strict'], { cwd }), 'image.notes', /add pkgs\("tzdata"\)/)
  })
})

test('cli: C.UTF-8 is a separate layer in every image with libc6, the same for all, except with essential "none"', async () => {
  await withProject(async ({ archive, cwd }) => {
    const libc: readonly FakePackage[] = [
      { name: 'libc6' },
      { name: 'one', fields: { Depends: 'libc6' } },
      { name: 'two', fields: { Depends: 'libc6' }, files: [['./etc/b', 'b']] },
      {
        name: 'libc-bin',
        files: [
          ['./usr/bin/getent', 'x'],
          ['./usr/share/libc-bin/nsswitch.conf', 'passwd: files\n'],
          ['./usr/lib/locale/C.utf8/LC_CTYPE', 'utf8'],
        ],
      },
    ]
    await archive.publish([...packages.filter(({ name }) => name !== 'libc-bin'), ...libc])
    const text = (name: string, options: string) =>
      imageOf(name, archive).replace("suite: 'bookworm',", `suite: 'bookworm', ${options}`)
    writeProject(cwd, {
      'a.ts': text('one', ''),
      'b.ts': text('two', ''),
      'none.ts': text('two', "essential: 'none',"),
    })
    const layersOf = async (file: string): Promise<readonly string[]> => {
      const { stdout, stderr } = await slipway(['inspect', file, '--json'], { cwd })
      const { layers }: { layers: readonly { diffId: string; entries: number }[] } = JSON.parse(stdout || stderr)
      return layers.map(({ diffId }) => diffId)
    }
    const filesOf = async (file: string): Promise<string> => {
      const { status, stderr } = await slipway(['export', file, '-o', 'root.tar'], { cwd })
      assert.equal(status, 0, stderr)
      return run('tar', ['-tf', join(cwd, 'root.tar')])
    }
    assert.match(await filesOf('a.ts'), /usr\/lib\/locale\/C\.utf8\/LC_CTYPE\n/)
    assert.doesNotMatch(await filesOf('a.ts'), /getent/)
    assert.doesNotMatch(await filesOf('none.ts'), /locale/)
    const [a, b] = [await layersOf('a.ts'), new Set(await layersOf('b.ts'))]
    assert.equal(a.filter((diffId) => b.has(diffId)).length, 2)
  })
})
