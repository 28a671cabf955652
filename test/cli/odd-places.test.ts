/** Unusual disks, directories and names: each either works or is a specific error, never "a bug in slipway". */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Code } from '../../src/base/error.ts'
import { missing } from '../support/command.ts'
import { writeProject } from '../support/slipway.ts'
import { inFolder } from '../support/workshop.ts'

const source = `import { debian } from 'slipway'
const { dockerTools, writeTextDir } = debian({ suite: 'bookworm', architecture: 'amd64' })
const contents = writeTextDir('etc/motd', 'hello\\n')
export default dockerTools.buildLayeredImage({ name: 'one', tag: '1', contents, includeNixDB: true })
export const stream = dockerTools.streamLayeredImage({ name: 'one', tag: '1', contents })
`
const command = join(import.meta.dirname, '../../bin/slipway.js')

/** Runs shell text in a project; `$S` is the command. */
async function inProject(work: (shell: (line: string) => Ended, cwd: string) => Promise<void>): Promise<void> {
  await inFolder(async (cwd) => {
    writeProject(cwd, { 'image.ts': source })
    const env = {
      ...process.env,
      NODE_TEST_CONTEXT: '',
      SLIPWAY_STORE: join(cwd, 'store'),
      S: `${process.execPath} ${command}`,
    }
    await work((line) => {
      const { status, stdout, stderr } = spawnSync('bash', ['-c', line], { cwd, env, encoding: 'utf8' })
      return { status, stdout, stderr }
    }, cwd)
  })
}

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

function assertNamed({ status, stderr }: Ended, code: Code, what: string): void {
  assert.equal(status, 1, `${what}: ${stderr}`)
  assert.ok(stderr.trimEnd().endsWith(`[${code}]`), `${what}: ${stderr}`)
}

const long = 'x'.repeat(256)

const cases: readonly (readonly [what: string, line: string, code: Code])[] = [
  ['an empty name for the output', "$S export image.ts -o ''", 'argument.invalid'],
  ['an empty name after the format', '$S build image.ts --to oci:', 'argument.invalid'],
  ['a layout with a name that is too long', `$S build image.ts --to oci:${long}`, 'archive.unwritable'],
  ['an archive with a name that is too long', `$S build image.ts --to docker-archive:${long}`, 'archive.unwritable'],
  ['a result link with a name that is too long', `$S build image.ts -o ${long}`, 'result.unwritable'],
  [
    'a store with a path of 2,400 characters',
    `SLIPWAY_STORE=$PWD/$(printf 'yyyyyyyyy/%.0s' $(seq 240)) $S build image.ts`,
    'store.unwritable',
  ],
  ['a store that is a file', 'SLIPWAY_STORE=image.ts $S build image.ts', 'store.unwritable'],
  ['a store with bytes that are not UTF-8', `SLIPWAY_STORE=$(printf 's\\xff') $S build image.ts`, 'argument.invalid'],
  ['an argument with bytes that are not UTF-8', `$S build image.ts -o $(printf 's\\xff')`, 'argument.invalid'],
  [
    'a deleted working directory',
    'mkdir gone && cd gone && rmdir ../gone && $S build ../image.ts',
    'machine.working-directory',
  ],
  ['a stream to a closed standard output', '$S stream image.ts >&-', 'stream.closed'],
  ['an export to a closed standard output', '$S export image.ts >&-', 'stream.closed'],
]

for (const [what, line, code] of cases) {
  test(`cli: ${what} is ${code}`, async () => {
    await inProject(async (shell) => assertNamed(shell(line), code, line))
  })
}

test('cli: a stream script reports that its standard output is closed', async () => {
  await inProject(async (shell) => {
    assert.equal(shell('$S build image.ts#stream').status, 0)
    assertNamed(shell('./result >&-'), 'stream.closed', 'the script')
    assert.equal(shell('./result > /dev/null').status, 0)
  })
})

test('cli: a project below a backslash or bytes that are not UTF-8 is an error; one below "#" and "%" works', async () => {
  await inProject(async (shell, cwd) => {
    for (const name of ['back\\slash', 'a#b%20?']) {
      mkdirSync(join(cwd, name))
      for (const file of ['image.ts', 'package.json']) copyFileSync(join(cwd, file), join(cwd, name, file))
    }
    assertNamed(shell("$S build 'back\\slash/image.ts'"), 'load.name', 'backslash')
    assert.equal(shell("$S build 'a#b%20?/image.ts'").status, 0)
    shell(`mkdir "$(printf 'n\\xff')" && cp image.ts package.json "$(printf 'n\\xff')"`)
    assertNamed(shell(`cd "$(printf 'n\\xff')" && $S build image.ts`), 'load.name', 'not UTF-8')
  })
})

test('cli: nothing needs the temporary directory', async () => {
  await inProject(async (shell) => {
    const { status, stderr } = shell('TMPDIR=/nonexistent $S build image.ts')
    assert.equal(status, 0, stderr)
  })
})

test('cli: a full standard output is an error; a full standard error changes nothing', {
  skip: process.getuid?.() === 0 ? missing('mknod') : 'making a device needs root',
}, async (context) => {
  await inProject(async (shell) => {
    if (shell('mknod full c 1 7').status !== 0) return context.skip('mknod is not allowed here')
    for (const words of ['build image.ts', 'inspect image.ts', 'gc --dry-run', '--help', '--version'])
      assertNamed(shell(`$S ${words} --quiet > full`), 'stream.unwritable', words)
    assertNamed(shell('$S stream image.ts --quiet > full'), 'stream.unwritable', 'stream')
    assert.equal(shell('rm -fr store; $S build image.ts 2> full').status, 0)
  })
})
