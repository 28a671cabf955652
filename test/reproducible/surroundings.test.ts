/**
 * An image built in other surroundings has the same bytes: directory, time zone, locale, umask, user, CPUs, order in which files were
 * created.
 */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { digestOf } from '../../src/base/digest.ts'
import { removeTree } from '../../src/store/remove.ts'
import { missing, run } from '../support/command.ts'
import { writeProject } from '../support/slipway.ts'

const slipway = join(import.meta.dirname, '../../bin/slipway.js')
const image = `import { debian } from 'slipway'
const { dockerTools, path, buildEnv, writeText, writeTextDir, writeScriptBin } = debian({ suite: 'bookworm', architecture: 'amd64' })
const text = writeText('text', 'hello\\n')
const contents = [
  path('./app'),
  writeTextDir('etc/motd', \`see \${text}\`),
  buildEnv({ name: 'env', paths: [writeScriptBin('a', '#!/bin/sh\\n'), writeScriptBin('B', '#!/bin/sh\\n')] }),
  dockerTools.fakeNss,
]
const own = {
  config: { Cmd: [\`\${text}\`], Labels: { z: '1', ä: '2', A: '3' } },
  extraCommands: (root) => { root.mkdir('/data'); root.write('/data/file', 'x'); root.chown('/data', { uid: 1000 }) },
  includeNixDB: true,
}
const base = dockerTools.buildLayeredImage({ name: 'base', contents, ...own })
export default dockerTools.buildImage({ name: 'image', fromImage: base, copyToRoot: contents, ...own })
`

const folders: string[] = []
after(() => folders.forEach(removeTree))

/** A project whose files are created in this order. */
function project(names: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-same-'))
  folders.push(folder)
  chmodSync(folder, 0o777)
  writeProject(folder, { 'image.ts': image })
  mkdirSync(join(folder, 'app'))
  for (const name of names)
    writeFileSync(join(folder, 'app', name), `${name}\n`, { mode: name === 'run' ? 0o755 : 0o644 })
  symlinkSync('run', join(folder, 'app/start'))
  return folder
}

const names = ['run', 'b', 'B', 'ä', 'a-b', 'a.b', 'Z']

/** Digest of the image that a command line builds in a separate store; `$SLIPWAY` is the command. */
async function builtBy(
  line: string,
  options: { readonly folder?: string; readonly env?: Record<string, string> } = {},
): Promise<string> {
  const folder = options.folder ?? project(names)
  const env = {
    SLIPWAY: `"${process.execPath}" "${slipway}"`,
    NODE_TEST_CONTEXT: '',
    HOME: folder,
    SLIPWAY_STORE: join(folder, 'store'),
    ...options.env,
  }
  const said = await run('sh', ['-c', line.replaceAll('$SLIPWAY', env.SLIPWAY)], { cwd: folder, env })
  return digestOf(readFileSync(said.trim()))
}

let expected = ''
before(async () => {
  expected = await builtBy('$SLIPWAY build image.ts')
})

test('same bytes: from another directory', async () => {
  const folder = project(names)
  assert.equal(await builtBy(`cd / && $SLIPWAY build "${folder}/image.ts" -o "${folder}/result"`, { folder }), expected)
})

test('same bytes: files created in another order, with other times', async () => {
  const folder = project(names.toReversed())
  assert.equal(await builtBy('touch -d 2001-02-03 app/* && $SLIPWAY build image.ts', { folder }), expected)
})

test('same bytes: another time zone and locale', async () => {
  const env = { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', LANGUAGE: 'tr' }
  assert.equal(await builtBy('$SLIPWAY build image.ts', { env }), expected)
})

test('same bytes: another umask', async () => {
  assert.equal(await builtBy('umask 0077 && $SLIPWAY build image.ts'), expected)
  assert.equal(await builtBy('umask 0000 && $SLIPWAY build image.ts'), expected)
})

test('same bytes: another user', {
  skip: missing('setpriv') || (process.getuid?.() === 0 ? false : 'only root may become another user'),
}, async () => {
  assert.equal(await builtBy('setpriv --reuid 65534 --regid 65534 --clear-groups $SLIPWAY build image.ts'), expected)
})

test('same bytes: one CPU', { skip: missing('taskset') }, async () => {
  assert.equal(await builtBy('taskset -c 0 $SLIPWAY build image.ts'), expected)
})
