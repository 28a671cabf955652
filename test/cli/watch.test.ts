/** `--watch` of build and serve: what begins a round, what does not, mistakes, and the newest state. load and run: conformance/watch.test.ts. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { missing } from '../support/command.ts'
import { serveArchive } from '../support/debian-archive.ts'
import { minimalRoot } from '../support/debian-packages.ts'
import { locked, pack, serveNpm } from '../support/npm-project.ts'
import { slipway, writeProject } from '../support/slipway.ts'
import { watching } from '../support/watching.ts'
import { inFolder } from '../support/workshop.ts'

const image = `import { debian } from 'slipway'
import { name } from './name'
const { dockerTools, path } = debian({ suite: 'bookworm', architecture: 'amd64' })
export default dockerTools.buildLayeredImage({ name, tag: '1', contents: path('./files', { ignore: ['*.tmp'] }) })
`
const files = { 'image.ts': image, 'name.ts': "export const name = 'one'\n", 'files/a': 'a', 'files/b.tmp': 'b' }
const waiting = /^waiting for changes$/

test('build --watch: again after each change, a mistake is shown, ignored files do not count', async () => {
  await inFolder(async (cwd) => {
    writeProject(cwd, files)
    const write = (name: string, text: string): void => writeFileSync(join(cwd, name), text)
    const { until, stop } = watching(['build', '--watch', 'image.ts', '--json'], { cwd })
    const path = async (): Promise<string> =>
      JSON.parse((await until(waiting)).find((line) => line.startsWith('{')) ?? '{}').path
    const first = await path()
    write('files/a', 'changed')
    const second = await path()
    assert.notEqual(second, first)
    write('files/b.tmp', 'ignored')
    write('name.ts', "export const name = 'two'\n")
    assert.match(await path(), /-two\.tar/)
    write('name.ts', 'export const name = \n')
    assert.ok((await until(waiting)).some((line) => /name\.ts.*does not parse/.test(line)))
    // As editors save: another file takes the name.
    write('name.ts~', "export const name = 'one'\n")
    renameSync(join(cwd, 'name.ts~'), join(cwd, 'name.ts'))
    assert.equal(await path(), second)
    rmSync(join(cwd, 'files'), { recursive: true })
    assert.match((await until(waiting)).join('\n'), /image\.ts:4: there is no "[^"]*files".*\[disk\.unreadable\]$/m)
    mkdirSync(join(cwd, 'files'))
    write('files/a', 'changed')
    assert.equal(await path(), second)
    assert.equal(await stop(), 130)
  })
})

test('build --watch: of many changes at once the newest state is built', async () => {
  await inFolder(async (cwd) => {
    writeProject(cwd, files)
    const { until, stop } = watching(['build', '--watch', 'image.ts'], { cwd })
    await until(waiting)
    for (let number = 0; number <= 20; number++) {
      writeFileSync(join(cwd, 'name.ts'), `export const name = 'state-${number}'\n`)
      writeFileSync(join(cwd, 'files/a'), String(number))
    }
    await until(/-state-20\.tar/)
    await until(waiting)
    await stop()
  })
})

test('build --watch: the lock that it writes begins no round; a change of the lock does', async () => {
  await using archive = await serveArchive()
  await archive.publish([{ name: 'hello', files: [['./usr/bin/hello', '']] }, ...minimalRoot])
  await inFolder(async (cwd) => {
    const source = `import { debian } from 'slipway'
import { name } from './name'
const { pkgs, dockerTools } = debian({ suite: 'bookworm', architecture: 'amd64', mirrors: ${JSON.stringify(archive.mirrors)}, keyring: 'archive.asc' })
export default dockerTools.buildLayeredImage({ name, contents: [pkgs.hello] })
`
    writeProject(cwd, { ...files, 'image.ts': source, 'archive.asc': archive.keyring })
    const { until, stop } = watching(['build', '--watch', 'image.ts'], { cwd })
    await until(waiting)
    const lock = join(cwd, 'slipway.lock')
    const text = readFileSync(lock, 'utf8')
    // Rounds that the lock had begun would come before this one.
    writeFileSync(lock, text)
    await pause(300)
    writeFileSync(join(cwd, 'name.ts'), "export const name = 'two'\n")
    const lines = await until(waiting)
    assert.deepEqual(built(lines), ['two'])
    writeFileSync(`${lock}.new`, `${text}\n`)
    renameSync(`${lock}.new`, lock)
    assert.deepEqual(built(await until(waiting)), ['two'])
    await stop()
  })
})

/** Names of the images that were built. */
function built(lines: readonly string[]): readonly (string | undefined)[] {
  return lines.flatMap((line) => /\/nix\/store\/[a-z0-9]+-(.*)\.tar/.exec(line)?.[1] ?? [])
}

test('build --watch: an edit of an application’s own file makes only its layer anew; what is ignored counts for nothing', async () => {
  const library = pack({ name: 'library', version: '1.0.0' }, { 'index.js': 'module.exports = 1\n' })
  await using registry = await serveNpm([library])
  await inFolder(async (cwd) => {
    const manifest = {
      name: 'app',
      version: '1.0.0',
      scripts: { start: 'node server.js' },
      dependencies: { library: '1.0.0' },
    }
    const packages = { '': manifest, 'node_modules/library': locked(library, registry) }
    const lock = { name: 'app', version: '1.0.0', lockfileVersion: 3, packages }
    const source = `import { debian, node } from 'slipway'
const { writeTextDir } = debian({ suite: 'bookworm', architecture: 'amd64' })
const runtime = writeTextDir('bin/node', '')
export default node({ runtime, ignore: ['*.log'] }).image({ name: 'app', tag: '1', compressor: 'none', allowMissingCommand: true })
`
    writeProject(cwd, {
      'image.ts': source,
      'package.json': JSON.stringify(manifest),
      'package-lock.json': JSON.stringify(lock),
      '.npmrc': `registry=${registry.url.href}\n`,
      '.dockerignore': '.store\ncoverage\n',
      'server.js': '',
      'coverage/report': '',
    })
    const write = (name: string, text: string): void => writeFileSync(join(cwd, name), text)
    const { until, stop } = watching(['build', '--watch', 'image.ts'], { cwd })
    assert.match((await until(waiting)).join('\n'), /first build: \d+ layers/)
    for (const [name, text] of [
      ['coverage/report', '1'],
      ['a.log', '1'],
      ['result', '1'],
      ['server.js', '// edited'],
    ] as const)
      write(name, text)
    const edited = await until(waiting)
    assert.match(edited.join('\n'), /^1 of \d+ layers is new/m)
    assert.equal(built(edited).length, 1)
    chmodSync(join(cwd, 'server.js'), 0o755)
    assert.match((await until(waiting)).join('\n'), /^1 of \d+ layers is new/m)
    write('.dockerignore', '.store\n')
    assert.match((await until(waiting)).join('\n'), /^1 of \d+ layers is new/m)
    write('coverage/report', '2')
    assert.match((await until(waiting)).join('\n'), /^1 of \d+ layers is new/m)
    await stop()
  })
})

test('serve --watch: other images take the place of the first, at the same address', async () => {
  await inFolder(async (cwd) => {
    writeProject(cwd, files)
    const { until, stop } = watching(['serve', '--watch', 'image.ts', '--json'], { cwd })
    const served = async (): Promise<{
      readonly host: string
      readonly images: readonly { name: string; digest: string }[]
    }> => JSON.parse((await until(waiting)).find((line) => line.startsWith('{')) ?? '{}')
    const first = await served()
    writeFileSync(join(cwd, 'files/a'), 'changed')
    const second = await served()
    assert.equal(second.host, first.host)
    assert.notEqual(second.images[0]?.digest, first.images[0]?.digest)
    writeFileSync(join(cwd, 'name.ts'), 'export const nam = 1\n')
    assert.ok((await until(waiting)).some((line) => /"name"|name/.test(line)))
    const { status, headers } = await fetch(`http://${second.host}/v2/one/manifests/1`, { method: 'HEAD' })
    assert.deepEqual([status, headers.get('docker-content-digest')], [200, second.images[0]?.digest])
    assert.equal(await stop(), 130)
  })
})

test('--watch: without a file there is nothing to watch', async () => {
  await inFolder(async (cwd) => {
    for (const words of [['load'], ['run'], ['serve']]) {
      const { status, stderr } = await slipway([...words, '--watch', 'docker-archive:image.tar'], { cwd })
      assert.equal(status, 1)
      assert.match(stderr, /Nothing can be watched: docker-archive:image\.tar .*\[argument\.invalid\]/)
    }
  })
})

test('build --watch: where the system watches no more files, this is said, and changes are found nevertheless', {
  skip: missing('unshare'),
}, async (context) => {
  await inFolder(async (cwd) => {
    const limit = 'echo 10 > /proc/sys/user/max_inotify_watches'
    const through = ['unshare', '--user', '--map-root-user', 'sh', '-c', `${limit}; exec "$@"`, 'sh']
    if (spawnSync('unshare', [...through.slice(1, 5), limit]).status !== 0)
      return context.skip('namespaces are not allowed')
    writeProject(cwd, files)
    for (let number = 0; number < 20; number++) writeFileSync(join(cwd, `files/${number}`), '')
    const { until, stop } = watching(['build', '--watch', 'image.ts'], { cwd, through })
    const first = await until(waiting)
    assert.equal(first.filter((line) => /fs\.inotify\.max_user_watches.*\[watch\.limit\]/.test(line)).length, 1)
    writeFileSync(join(cwd, 'files/7'), 'changed')
    assert.match((await until(waiting)).join('\n'), /layers? (is|are) new/)
    await stop()
  })
})
