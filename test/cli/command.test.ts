/** The command as users see it: output, exit codes, errors without a stack, and no leftovers. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, globSync, mkdirSync, readFileSync, readlinkSync, rmSync, watch, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { missing } from '../support/command.ts'
import { olderNode } from '../support/nodes.ts'
import { slipway, writeProject } from '../support/slipway.ts'
import { inFolder } from '../support/workshop.ts'

const set = `import { debian } from 'slipway'\nconst { pkgs, dockerTools, writeText, path } = debian({ suite: 'bookworm' })\n`
const motd = `${set}export const motd = writeText('motd', 'hello\\n')\nexport default motd\n`
const image = (fields: string): string =>
  `${set}export default dockerTools.buildLayeredImage({ name: 'app', tag: 'latest', ${fields} })\n`
const command = join(import.meta.dirname, '../../bin/slipway.js')

test('cli: --help lists the commands, --version prints a version, both on stdout with exit code 0', async () => {
  await inFolder(async (cwd) => {
    const help = await slipway(['--help'], { cwd })
    assert.deepEqual([help.status, help.stderr], [0, ''])
    for (const name of ['build', 'stream', 'lock', 'inspect', 'gc'])
      assert.match(help.stdout, new RegExp(`^ +${name} `, 'm'))
    assert.doesNotMatch(help.stdout, /stream-conf/)
    const version = await slipway(['--version'], { cwd })
    assert.deepEqual([version.status, version.stderr], [0, ''])
    assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/)
  })
})

const wrongUsage: readonly (readonly [words: readonly string[], says: RegExp])[] = [
  [['buld'], /did you mean `build`/],
  [['build'], /FILE/],
  [['build', 'a.ts', 'b.ts'], /Too many arguments/],
  [['build', '--outt', 'x', 'a.ts'], /did you mean --out/],
  [['stream', '--repo-tag'], /repo-tag/],
  [['gc', 'all'], /Too many arguments/],
]

test('cli: wrong usage is exit code 2, with the usage first and nothing on stdout', async () => {
  await inFolder(async (cwd) => {
    for (const [words, says] of wrongUsage) {
      const { status, stdout, stderr } = await slipway(words, { cwd })
      assert.deepEqual([words, status, stdout], [words, 2, ''])
      assert.match(stderr, /^USAGE\n/)
      assert.match(stderr.trimEnd().split('\n').at(-1) ?? '', says)
    }
  })
})

test('cli: an edit of copied files is one new layer: the layer above it has the same bytes', async () => {
  await inFolder(async (cwd) => {
    const copied = `const { copy } = debian({ suite: 'bookworm' })\n${image("contents: copy('./dist', { to: '/app' })").replace(set, '')}`
    mkdirSync(join(cwd, 'dist'))
    const says = ['first build: 2 layers, 20 kB\n', '1 of 2 layers is new, 10 kB\n', 'none of 2 layers is new\n']
    for (const [index, text] of ['one', 'two', 'two'].entries()) {
      writeFileSync(join(cwd, 'dist/file'), text)
      writeProject(cwd, { 'image.ts': `${set}${copied}` })
      const { stderr } = await slipway(['build', 'image.ts'], { cwd })
      assert.ok(stderr.endsWith(says[index] ?? ''), stderr)
    }
  })
})

test('cli: a promise in the file that fails and that nothing awaits is an error without a stack', async () => {
  await inFolder(async (cwd) => {
    writeProject(cwd, {
      'image.ts': `${motd}import { copyImage } from 'slipway'\ncopyImage('./dist', { to: '/app' })\n`,
    })
    const { status, stderr } = await slipway(['build', 'image.ts', '--quiet'], { cwd })
    assert.equal(status, 1)
    assert.match(stderr, /^slipway: copyImage: to must be the place of an image.*\[argument\.invalid\]\n$/)
  })
})

test('cli: build prints the path of the result and leaves a link to it', async () => {
  await inFolder(async (cwd) => {
    writeProject(cwd, { 'image.ts': motd })
    const built = await slipway(['build', 'image.ts'], { cwd })
    assert.deepEqual([built.status, built.stderr], [0, ''])
    const physical = built.stdout.trimEnd()
    assert.equal(readFileSync(physical, 'utf8'), 'hello\n')
    assert.equal(readlinkSync(join(cwd, 'result')), physical)
    const again = await slipway(['build', 'image.ts#motd', '-o', 'other', '--json'], { cwd })
    const { path } = JSON.parse(again.stdout)
    assert.deepEqual(JSON.parse(again.stdout), { path, physical, notes: [] })
    assert.match(path, /^\/nix\/store\/[0-9a-z]{32}-motd$/)
    assert.equal(readlinkSync(join(cwd, 'other')), physical)
    await slipway(['build', 'image.ts', '--no-link', '--out', 'none'], { cwd })
    assert.ok(!existsSync(join(cwd, 'none')))
  })
})

test('cli: gc keeps the objects that a result link needs, until the link is deleted', async () => {
  await inFolder(async (cwd) => {
    writeProject(cwd, { 'image.ts': motd })
    const physical = (await slipway(['build', 'image.ts'], { cwd })).stdout.trimEnd()
    assert.equal((await slipway(['gc'], { cwd })).status, 0)
    assert.ok(existsSync(physical))
    rmSync(join(cwd, 'result'))
    const trial = JSON.parse((await slipway(['gc', '--dry-run', '--json'], { cwd })).stdout)
    assert.ok(existsSync(physical))
    assert.match((await slipway(['gc', '--dry-run'], { cwd })).stdout, /-motd\n(.*\n)*would free /)
    const { status, stdout } = await slipway(['gc'], { cwd })
    assert.equal(status, 0)
    assert.match(stdout, /^freed [\d.]+ k?B\n$/)
    assert.deepEqual([trial.objects.length, existsSync(physical)], [1, false])
  })
})

test('cli: plain JavaScript and CommonJS projects work, whatever the nearest package.json says', async () => {
  await inFolder(async (cwd) => {
    writeProject(cwd, {
      'image.js': motd,
      'image.mjs': motd,
      'image.cjs': `const { debian } = require('slipway')\nmodule.exports = debian({ suite: 'bookworm' }).writeText('motd', 'hello\\n')\n`,
    })
    const results = new Set<string>()
    for (const file of ['image.js', 'image.mjs', 'image.cjs']) {
      const { status, stdout, stderr } = await slipway(['build', file, '--no-link'], { cwd })
      assert.deepEqual([file, status, stderr], [file, 0, ''])
      results.add(stdout)
    }
    assert.equal(results.size, 1)
  })
})

const failures: readonly (readonly [what: string, source: string, code: string, says: RegExp])[] = [
  ['a file that throws', `${set}throw new Error('boom')\n`, 'load.threw', /image\.ts:3: .*boom/],
  ['a file that does not parse', `${set}const = 1\n`, 'load.syntax', /image\.ts:3: /],
  ['an enum', `${set}enum A { B }\nexport default A.B\n`, 'load.typescript-only', /image\.ts:3: .*as const/],
  ['a file that exports nothing', set, 'load.no-export', /export default/],
  ['an unknown config field', image('config: { Cmdd: ["a"] }'), 'config.invalid', /image\.ts:3: .*Cmdd/],
  ['a Cmd that is a string', image('config: { Cmd: "a" }'), 'config.invalid', /Cmd/],
  ['two wrong config fields, both named', image('config: { Cmd: 1, Labels: [] }'), 'config.invalid', /Cmd.*Labels/s],
  ['a tag with a space', image('config: null').replace("'latest'", "'a b'"), 'argument.invalid', /tag/],
  [
    'a placeholder in a name',
    image('config: null').replace("'app'", '`${pkgs.hello}`'),
    'placeholder.misplaced',
    /name/,
  ],
  [
    'a placeholder in a host path',
    `${set}export default path(\`\${pkgs.hello}/x\`)\n`,
    'placeholder.misplaced',
    /path/,
  ],
  ['one layer', image('maxLayers: 1'), 'layering.max-layers', /2 to 125/],
  ['126 layers', image('maxLayers: 126'), 'layering.max-layers', /2 to 125/],
  ['128 layers, which the manual mentions', image('maxLayers: 128'), 'layering.max-layers', /the 128 in the .* manual/],
  ['an unknown argument', image('contentss: []'), 'argument.unknown', /contents"/],
]

/** A readable error: a few lines, the code, no stack. */
function assertTold(text: string, code: string): void {
  assert.ok(text.includes(`[${code}]`), text)
  assert.doesNotMatch(text, /^ +at /m)
  assert.ok(text.split('\n').length <= 6, text)
}

for (const [what, source, code, says] of failures) {
  test(`cli: ${what} is exit code 1, a few lines, no stack, no leftovers`, async () => {
    await inFolder(async (cwd) => {
      writeProject(cwd, { 'image.ts': source })
      const { status, stdout, stderr } = await slipway(['build', 'image.ts'], { cwd })
      assert.deepEqual([status, stdout], [1, ''])
      assert.match(stderr, says)
      assertTold(stderr, code)
      assert.deepEqual(globSync('**', { cwd, exclude: (name) => name === 'node_modules' }).sort(), [
        '.',
        'image.ts',
        'package.json',
      ])
    })
  })
}

test('cli: with --json an error is also data on stdout; with --debug it shows its stack', async () => {
  await inFolder(async (cwd) => {
    const json = await slipway(['build', 'nowhere.ts', '--json'], { cwd })
    assert.equal(JSON.parse(json.stdout).error.code, 'load.not-found')
    assert.deepEqual([json.status, json.stderr.split('\n').length], [1, 2])
    const debug = await slipway(['build', 'nowhere.ts', '--debug'], { cwd })
    assert.match(debug.stderr, /^ +at /m)
  })
})

test('cli: Ctrl-C during a download exits with 130 and leaves nothing half-finished', async () => {
  const silent = createServer((socket) => void socket.on('error', () => {}))
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const address = silent.address()
  assert.ok(typeof address === 'object' && address !== null)
  try {
    await inFolder(async (cwd) => {
      const from = `http://127.0.0.1:${address.port}`
      writeProject(cwd, {
        'image.ts': `import { debian } from 'slipway'\nconst { pkgs } = debian({ suite: 'bookworm', mirrors: { archive: '${from}/debian', security: [] } })\nexport default pkgs.hello\n`,
      })
      let pid = 0
      silent.once('connection', () => process.kill(pid, 'SIGINT'))
      const { status, stdout, stderr } = await slipway(['build', 'image.ts'], { cwd, started: (id) => (pid = id) })
      assert.deepEqual([status, stdout], [130, ''])
      assertTold(stderr, 'interrupted')
      assert.deepEqual(globSync('{.store/tmp/*,.store/nix/store/*,slipway.lock,result}', { cwd }), [])
    })
  } finally {
    silent.close()
  }
})

test('cli: ctrl-C while compressing ends with 130 and leaves nothing half-written', async () => {
  await inFolder(async (cwd) => {
    writeProject(cwd, { 'image.ts': image("contents: path('./data')") })
    mkdirSync(join(cwd, 'data'))
    writeFileSync(join(cwd, 'data/random'), randomBytes(2 ** 26))
    const pieces = join(cwd, '.store/pieces')
    mkdirSync(pieces, { recursive: true })
    let pid = 0
    const watcher = watch(pieces).once('change', () => process.kill(pid, 'SIGINT'))
    try {
      const words = ['build', 'image.ts', '--to', 'docker-archive:out.tar.gz', '--compressor', 'gz']
      const { status, stdout, stderr } = await slipway(words, { cwd, started: (id) => (pid = id) })
      assert.deepEqual([status, stdout], [130, ''])
      assertTold(stderr, 'interrupted')
      assert.deepEqual(globSync(['.slipway-*', 'out.tar.gz*', '.store/tmp/*'], { cwd }), [])
    } finally {
      watcher.close()
    }
  })
})

test('cli: a stream whose reader stalls still ends on a signal', async () => {
  await inFolder(async (cwd) => {
    const fields = "name: 'app', tag: 'latest', contents: writeTextDir('large', 'x'.repeat(1e6))"
    writeProject(cwd, {
      'image.ts': `import { debian } from 'slipway'
const { dockerTools, writeTextDir } = debian({ suite: 'bookworm' })
export const stream = dockerTools.streamLayeredImage({ ${fields} })
`,
    })
    const env = { ...process.env, SLIPWAY_STORE: join(cwd, '.store') }
    const built = await slipway(['build', 'image.ts#stream'], { cwd })
    assert.equal(built.status, 0, built.stderr)
    for (const words of [
      [process.execPath, command, 'stream', 'image.ts#stream'],
      ['sh', built.stdout.trim()],
    ]) {
      const [file = '', ...rest] = words
      const child = spawn(file, rest, { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] })
      // Reads only Node's read-ahead, so the pipe is full from then on.
      await once(child.stdout, 'readable')
      child.kill('SIGTERM')
      const [code, signal] = await once(child, 'exit')
      assert.deepEqual([code, signal], [null, 'SIGTERM'])
    }
  })
})

test('cli: a reader that closes early is not an error', { skip: missing('sh') }, () => {
  const { status, stderr } = spawnSync('sh', ['-c', `"$1" "$2" --help | :`, 'sh', process.execPath, command], {
    encoding: 'utf8',
  })
  assert.deepEqual([status, stderr], [0, ''])
})

test('cli: an image is not written to a terminal', { skip: missing('script') }, async () => {
  await inFolder(async (cwd) => {
    writeProject(cwd, { 'image.ts': image('config: null') })
    const { status, stdout } = spawnSync(
      'script',
      ['-qec', `'${process.execPath}' '${command}' stream image.ts`, '/dev/null'],
      {
        cwd,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    assert.equal(status, 1)
    assertTold(stdout, 'stream.terminal')
  })
})

const sentFailures: readonly (readonly [what: string, code: string, words: string])[] = [
  ['a reader of a stream that leaves early', 'stream.closed', '"$@" stream image.ts | head -c 1 >/dev/null'],
  ['a full disk behind a stream', 'stream.unwritable', '"$@" stream image.ts >/dev/full'],
  ['what is no image', 'stream.not-an-image', '"$@" stream image.ts#text | cat'],
]

for (const [what, code, words] of sentFailures) {
  test(`cli: a stream reports ${what}`, { skip: missing('bash', 'head', 'cat') }, async () => {
    await inFolder(async (cwd) => {
      writeFileSync(join(cwd, 'big'), Buffer.alloc(1_000_000))
      const source = `${image('config: { Env: [`BIG=${path("./big")}`] }')}export const text = writeText('a', 'b')\n`
      writeProject(cwd, { 'image.ts': source })
      const { status, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', words, 'bash', process.execPath, command], {
        cwd,
        encoding: 'utf8',
        env: { ...process.env, SLIPWAY_STORE: join(cwd, '.store') },
      })
      assert.equal(status, 1, stderr)
      assertTold(stderr, code)
    })
  })
}

test('cli: a Node older than 24.15 gets an error, and nothing else is loaded', () => {
  const source = (name: string): string => readFileSync(join(dirname(command), name), 'utf8').replace(/^#!.*/, '')
  const outcome = (
    version: string,
  ): { readonly said: string; readonly exit: number | undefined; readonly loaded: boolean } => {
    let said = ''
    let exit: number | undefined
    let loaded = false
    const process = {
      versions: { node: version },
      execPath: '/usr/bin/node',
      stderr: { write: (text: string) => (said += text) },
      exit: (code: number) => (exit = code),
    }
    const sentence = (): unknown => {
      const module = { exports: undefined }
      runInNewContext(source('old-node.js'), { process, module })
      return module.exports
    }
    const require = (name: string): unknown => {
      if (name === './old-node.js') return sentence()
      loaded = true
      return undefined
    }
    runInNewContext(source('slipway.js'), { process, require })
    return { said, exit, loaded }
  }
  for (const version of ['0.12.18', '20.20.2', '24.14.9']) {
    const { said, exit, loaded } = outcome(version)
    assert.match(said, /Node 24\.15 or newer/)
    assert.deepEqual([exit, loaded], [1, false])
  }
  for (const version of ['24.15.0', '25.0.0', '26.10.1']) {
    assert.deepEqual(outcome(version), { said: '', exit: undefined, loaded: true })
  }
})

const older = olderNode()

test('cli: a real older Node prints in three lines what is missing', { skip: older.skip }, () => {
  const { status, stdout, stderr } = spawnSync(older.file, [command, 'build', 'image.ts'], { encoding: 'utf8' })
  assert.deepEqual([status, stdout], [1, ''])
  assert.match(
    stderr,
    /^slipway: needs Node 24\.15 or newer; this is Node \d+\.\d+\.\d+ .*\n.*:\n {2}npm install --save-dev node@24 && npx -c "npm install"\n$/,
  )
})
