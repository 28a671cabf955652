/** The words with which containers are started, shown by programs that print them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { type ContainerOptions, containersOf } from './container.ts'
import type { EngineKind } from './engine.ts'

/** What an engine's command is given. */
async function words(kind: EngineKind, options: ContainerOptions): Promise<readonly string[]> {
  const file = join(temporaryFolder(), 'words')
  const print = ['/bin/sh', '-c', 'printf "%s\\n" "$@" > "$0"', file]
  const start = containersOf({ kind, title: kind, via: [], words: print }, options)
  const { ended } = await start({ name: 'redis:7', entrypoint: ['/bin/entry'] })
  assert.equal(await ended, 0)
  return readFileSync(file, 'utf8').trimEnd().split('\n')
}

const all: ContainerOptions = {
  args: ['serve', '--port=1'],
  volumes: ['./data:/data:ro'],
  env: ['A=b c'],
  name: 'cache',
  network: 'host',
  user: '1:2',
  tty: true,
}

test('containers: docker and podman are given all options', async () => {
  const flags =
    '--rm --interactive --tty --publish 80:80 --volume ./data:/data:ro --env|A=b c|--name cache --network host --user 1:2'
  const expected = flags
    .split('|')
    .flatMap((part, index) => (index === 1 ? [part] : part.split(' ')))
    .filter((each) => each !== '')
  const docker = await words('docker', { ...all, interactive: true, ports: ['80:80'] })
  assert.deepEqual(docker, ['run', ...expected, 'redis:7', 'serve', '--port=1'])
  assert.deepEqual(await words('podman', { rm: false }), ['run', 'localhost/redis:7'])
})

test('containers: ctr is given mounts and the entrypoint; what it cannot do is an error before anything is built', async () => {
  const mount = `type=bind,src=${resolve('data')},dst=/data,options=rbind:ro`
  const flags = ['--rm', '--tty', '--net-host', '--mount', mount, '--env', 'A=b c', '--user', '1:2']
  const expected = ['run', ...flags, 'docker.io/library/redis:7', 'cache', '/bin/entry', 'serve', '--port=1']
  assert.deepEqual(await words('containerd', all), expected)
  for (const options of [{ ports: ['80:80'] }, { network: 'mine' }, { volumes: ['named:/data'] }])
    assert.throws(() => containersOf({ kind: 'containerd', title: '', via: [], words: [] }, options), {
      code: 'engine.unsupported',
    })
})

test('containers: the exit code is the container’s, or says which signal ended it', async () => {
  for (const [text, code] of [
    ['exit 7', 7],
    ['kill -9 $$', 137],
  ] as const) {
    const start = containersOf({ kind: 'docker', title: '', via: [], words: ['/bin/sh', '-c', text] }, {})
    assert.equal(await (await start({ name: 'x', entrypoint: [] })).ended, code)
  }
})
