/** Finding engines, and what they say; small programs stand in for them. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { refused } from '../../test/support/refused.ts'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { unwatched } from '../base/event.ts'
import { splitWords } from '../base/split-words.ts'
import { call } from './client.ts'
import { type EngineChoice, findEngine } from './find.ts'
import { loadingName, staleNames } from './loading-names.ts'
import { checkTag, podmanName, sameName } from './names.ts'
import { execute } from './program.ts'
import { storedImages } from './stored-images.ts'
import { throughVia } from './via.ts'

/** Programs that print what is given, in a directory that is all of PATH. */
function engines(programs: Readonly<Record<string, string>>): EngineChoice {
  const folder = join(temporaryFolder(), 'bin')
  mkdirSync(folder)
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  return { via: ['/usr/bin/env', `PATH=${folder}`] }
}

const { signal } = unwatched
const docker = (info: object): string => `printf '%s' '${JSON.stringify(info)}'`
const running = docker({
  ServerVersion: '20.10.24',
  Architecture: 'aarch64',
  OSType: 'linux',
  DriverStatus: [['a', 'b']],
})

test('find: docker first, then podman, then containerd; one without a server is passed over', async () => {
  const podman = "printf '4.3.1\\n'"
  const containerd = "printf 'Client:\\n  Version:  1.6\\n\\nServer:\\n  Version:  1.7.2\\n'"
  const [unreachable, absent] = [docker({ ServerVersion: '', ServerErrors: ['Cannot connect'] }), 'exit 127']
  for (const [programs, title] of [
    [{ docker: running, podman, ctr: containerd }, 'docker 20.10.24'],
    [{ docker: unreachable, podman, ctr: containerd }, 'podman 4.3.1'],
    [{ docker: absent, podman: absent, ctr: containerd }, 'containerd 1.7.2'],
  ] as const)
    assert.equal((await findEngine(engines(programs), signal)).title, title)
  const { platform } = await findEngine(engines({ docker: running }), signal)
  assert.deepEqual(platform, { os: 'linux', architecture: 'arm64' })
})

test('find: podman that answers to the name of docker is podman', async () => {
  const choice = engines({ docker: docker({ host: { os: 'linux' }, version: { Version: '5.2.0' } }) })
  const { kind, title, words } = await findEngine(choice, signal)
  assert.deepEqual([kind, title, words], ['podman', 'podman 5.2.0', ['docker']])
})

test('find: where none answers, each one’s answer is in the error', async () => {
  const choice = engines({ docker: 'echo Cannot connect. >&2; exit 1', podman: 'exit 3', ctr: 'exit 1' })
  const { message } = await refused('engine.absent', findEngine(choice, signal))
  assert.match(message, /docker does not answer \(Cannot connect\); podman ended with 3; containerd ended with 1/)
  const missing = await refused('engine.absent', findEngine({ engine: 'docker', via: ['/nowhere/run'] }, signal))
  assert.match(missing.message, /docker is not installed/)
})

test('find: an address, a namespace and a command that leads elsewhere become words', async () => {
  const print = 'printf "Server:\\n  Version: 1\\n"; echo "$@" > "${0%/*}/words"'
  const { words } = await findEngine(
    { ...engines({ ctr: print }), namespace: 'k8s.io', address: '/run/x.sock' },
    signal,
  )
  assert.deepEqual(words, ['ctr', '--address', '/run/x.sock', '--namespace', 'k8s.io'])
  assert.deepEqual(splitWords(`docker exec -i "my node" 'a b'c`), ['docker', 'exec', '-i', 'my node', 'a bc'])
  assert.throws(() => splitWords('ssh "host'), { code: 'argument.invalid' })
  assert.throws(() => splitWords(' '), { code: 'argument.invalid' })
  // ssh joins its words and gives them to a shell.
  assert.deepEqual(throughVia(['ssh', 'host'], ['docker', "{{json .}} it's"]), [
    'ssh',
    'host',
    'docker',
    `'{{json .}} it'\\''s'`,
  ])
})

test('program: what an engine prints at the end is in the error; a signal stops it', async () => {
  const client = {
    title: 'docker 1',
    via: [],
    words: ['/bin/sh', '-c', 'echo first; echo no space left >&2; exit 7', 'x'],
  }
  const { message, detail } = await refused('engine.failed', call(client, ['load', '--quiet'], { signal }))
  assert.match(message, /docker 1: "load --quiet" failed: no space left\./)
  assert.equal(detail.status, 7)
  const stopping = new AbortController()
  const waiting = execute(['/bin/sh', '-c', 'exec sleep 100'], { signal: stopping.signal })
  stopping.abort(new Error('stopped'))
  await assert.rejects(waiting, /stopped/)
})

test('program: what cannot be read stops the engine; an engine that reads no further says why itself', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('x')
    throw new Error('unreadable')
  }
  const reading = execute(['/bin/sh', '-c', 'cat > /dev/null; echo whole'], { signal, input: broken() })
  await assert.rejects(reading, /unreadable/)
  const input = Array.from({ length: 64 }, () => Buffer.alloc(65_536))
  const early = await execute(['/bin/sh', '-c', 'head -c 10 > /dev/null; echo full >&2; exit 1'], { signal, input })
  assert.deepEqual([early.status, early.said.trim()], [1, 'full'])
  assert.ok(early.fed < 64 * 65_536)
})

test('stored images: docker’s and podman’s ids, names that are missing, lines that are none', async () => {
  const [id, layer] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`]
  const printed = [`${id} ["x:1","y:2"] ["${layer}"]`, `${'c'.repeat(64)} null null`, 'Error: no such image', ''].join(
    '\n',
  )
  const script = `case "$1" in images) echo ${id};; *) printf '%s' '${printed}'; exit 1;; esac`
  const client = { title: 'docker', via: [], words: ['/bin/sh', '-c', script, 'x'] }
  assert.deepEqual(await storedImages(client, { signal }), [
    { id, names: ['x:1', 'y:2'], diffIds: [layer] },
    { id: `sha256:${'c'.repeat(64)}`, names: [], diffIds: [] },
  ])
})

test('names: one name is written in many ways', () => {
  assert.ok(sameName('redis', 'docker.io/library/redis:latest'))
  assert.ok(!sameName('localhost/redis:1', 'redis:1'))
  assert.deepEqual(['redis', 'team/redis:7', 'ghcr.io/x:1'].map(podmanName), [
    'localhost/redis:latest',
    'localhost/team/redis:7',
    'ghcr.io/x:1',
  ])
  assert.equal(checkTag('team/redis'), 'team/redis:latest')
  for (const text of ['Redis:7', 'redis:', `redis@sha256:${'a'.repeat(64)}`])
    assert.throws(() => checkTag(text), { code: 'argument.invalid' })
})

test('names for the moment are removed when no load can still need them', () => {
  const names = [loadingName('1000-a', 0), loadingName('90000-b', 1), 'redis:7']
  assert.deepEqual(staleNames(names, '100000-c'), [loadingName('1000-a', 0)])
})
