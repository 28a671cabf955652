/** The image of a Node application has the same bytes in other surroundings: another directory, user, umask, time zone, locale, Node and processor. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { digestOf } from '../../src/base/digest.ts'
import { missing, run } from '../support/command.ts'
import { anotherNode } from '../support/nodes.ts'
import { locked, type NpmRegistry, pack, serveNpm, withMode } from '../support/npm-project.ts'
import { writeProject } from '../support/slipway.ts'
import { temporaryFolder } from '../support/temporary.ts'

const slipway = join(import.meta.dirname, '../../bin/slipway.js')
const image = `import { node } from 'slipway'
const { image, dockerTools, writeTextDir } = node({ runtime: 'base', architecture: 'amd64', workspace: 'api', writable: ['data'] })
const fromImage = dockerTools.buildLayeredImage({ name: 'base', contents: [writeTextDir('bin/node', '#!/bin/sh\\n')] })
export default image({ name: 'app', fromImage, compressor: 'none', allowMissingCommand: true })
`

const leaf = pack(
  { name: 'leaf', bin: { leaf: 'cli.js', Leaf: 'cli.js' } },
  { 'cli.js': '#!/usr/bin/env node\r\nleaf()\r\n' },
)
const old = pack({ name: 'leaf', version: '0.1.0' }, { 'index.js': 'old' })
const odd = pack({ name: '@Team/odd', dependencies: { leaf: '0' } }, [
  ['package/package.json', '{"name":"@Team/odd","version":"1.0.0"}'],
  ...['b', 'B', 'a-b', 'a.b', 'ä', 'a\u0308'].map((name) => withMode(`package/${name}`, name, 0o700)),
])
const api = {
  name: 'api',
  version: '1.0.0',
  scripts: { start: 'node src/server.ts' },
  dependencies: { leaf: '1', '@Team/odd': '1' },
}
const packages = (registry: NpmRegistry) => ({
  'apps/api': api,
  'node_modules/api': { resolved: 'apps/api', link: true },
  'node_modules/leaf': locked(leaf, registry),
  // Without a hash, which slipway.lock then has.
  'node_modules/@Team/odd': locked(odd, registry, { integrity: undefined }),
  'node_modules/@Team/odd/node_modules/leaf': locked(old, registry),
})

let registry: NpmRegistry
/** The slipway.lock of the first build. */
let lock = ''
let expected = ''

/** A project whose files are created in this order. */
function project(names: readonly string[]): string {
  const folder = join(temporaryFolder(), 'a project')
  mkdirSync(folder)
  chmodSync(dirname(folder), 0o777)
  chmodSync(folder, 0o777)
  const manifest = { name: 'mono', workspaces: ['apps/*'] }
  mkdirSync(join(folder, 'apps/api/src'), { recursive: true })
  writeProject(folder, {
    'image.ts': image,
    '.npmrc': `registry=${registry.url.href}\n`,
    'package.json': JSON.stringify(manifest),
    'package-lock.json': JSON.stringify({ lockfileVersion: 3, packages: { '': manifest, ...packages(registry) } }),
    'apps/api/package.json': JSON.stringify(api),
    ...Object.fromEntries(names.map((name) => [`apps/api/src/${name}`, name])),
  })
  symlinkSync('server.ts', join(folder, 'apps/api/src/link'))
  return folder
}

const names = ['server.ts', 'b', 'B', 'ä', 'a-b', 'a.b', 'Z']

interface Building {
  readonly folder?: string
  readonly words?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Digest of the image that a command line builds in a separate store; `$SLIPWAY` is the command. */
async function builtBy(
  line: string,
  { folder = project(names), words = [process.execPath], env = {} }: Building = {},
): Promise<string> {
  const command = [...words, slipway].map((word) => `'${word}'`).join(' ')
  const all = { NODE_TEST_CONTEXT: '', HOME: folder, SLIPWAY_STORE: join(folder, '../store'), ...env }
  const said = await run('sh', ['-c', line.replaceAll('$SLIPWAY', command)], { cwd: folder, env: all })
  return digestOf(readFileSync(said.trim()))
}

before(async () => {
  registry = await serveNpm([leaf, old, odd])
  const folder = project(names)
  expected = await builtBy('$SLIPWAY build image.ts', { folder })
  lock = readFileSync(join(folder, 'slipway.lock'), 'utf8')
})
after(() => registry[Symbol.asyncDispose]())

test('same Node application: from another directory, files in another order, with other times and modes', async () => {
  const folder = project(names.toReversed())
  const line = 'touch -d 2001-02-03 apps/api/src/b && chmod 600 apps/api/src/b && cd / && $SLIPWAY build'
  assert.equal(await builtBy(`${line} '${folder}/image.ts' -o '${folder}/result'`, { folder }), expected)
})

test('same Node application: with the lock of the first build, frozen', async () => {
  const folder = project(names)
  assert.match(lock, /"@Team\/odd@1\.0\.0"/)
  writeFileSync(join(folder, 'slipway.lock'), lock)
  assert.equal(await builtBy('$SLIPWAY build image.ts --frozen', { folder }), expected)
})

test('same Node application: another time zone, locale and umask', async () => {
  const env = { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', LANGUAGE: 'tr' }
  assert.equal(await builtBy('umask 0077 && $SLIPWAY build image.ts', { env }), expected)
  assert.equal(await builtBy('umask 0000 && $SLIPWAY build image.ts'), expected)
})

test('same Node application: another user', {
  skip: missing('setpriv') || (process.getuid?.() === 0 ? false : 'only root may become another user'),
}, async () => {
  const user = 'setpriv --reuid 65534 --regid 65534 --clear-groups'
  assert.equal(await builtBy(`${user} $SLIPWAY build image.ts`), expected)
})

for (const [name, node] of [
  ['Node 26', anotherNode('SLIPWAY_NODE_26')],
  ['arm64', anotherNode('SLIPWAY_NODE_ARM64')],
] as const)
  test(`same Node application: built by ${name}`, { skip: node.skip }, async () => {
    assert.equal(await builtBy('$SLIPWAY build image.ts', { words: node.words }), expected)
  })

test('same Node application: one more file is another image', async () => {
  const folder = project(names)
  writeFileSync(join(folder, 'apps/api/src/more'), '')
  assert.notEqual(await builtBy('$SLIPWAY build image.ts', { folder }), expected)
})
