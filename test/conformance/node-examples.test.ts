/**
 * Node applications of examples/ in docker: each starts, answers, runs as its own user and ends when it is asked to. Two also under podman,
 * and two for arm64 under an emulator.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { missing, run } from '../support/command.ts'
import { type Docker, noDocker, sharedDocker, unmountBelow } from '../support/dockerd.ts'
import { examples, started, until } from '../support/node-examples.ts'
import { noTrixie } from '../support/trixie.ts'
import { inFolder } from '../support/workshop.ts'

const docker = sharedDocker()
const { copy, archive } = examples()
const skip = noDocker || noTrixie

test('express and pg: TypeScript as it is, unprivileged, healthy, stopped by SIGTERM', { skip }, async () => {
  const app = await started(docker, 'express:latest', await archive(copy('express')))
  const answer = JSON.parse(await app.text('/'))
  assert.deepEqual([answer.name, answer.user], ['express', 1000])
  assert.match(answer.node, /^v\d+\.\d+\.\d+$/)
  assert.equal(await app.text('/time'), '{"error":"no database"}')
  assert.deepEqual(
    await app.evaluate('[process.env.NODE_ENV, process.cwd(), require("node:os").userInfo().username]'),
    ['production', '/app', 'node'],
  )
  await until(async () => (await app.inspect('{{.State.Health.Status}}')) === 'healthy')
  assert.equal(await app.stop(), 0)
})

test('express: time zones and languages are as Node has them, and nothing of npm is there', { skip }, async () => {
  const app = await started(docker, 'express:latest', await archive(copy('express')))
  await app.text('/')
  const zoned = `new Intl.DateTimeFormat('de', { dateStyle: 'full', timeStyle: 'short', timeZone: 'Asia/Tokyo' }).format(new Date(0))`
  assert.equal(await app.evaluate(zoned), 'Donnerstag, 1. Januar 1970 um 09:00')
  const programs = `['npm', 'npx', 'corepack', 'sh'].map((name) => require('node:fs').existsSync('/usr/local/bin/' + name))`
  assert.deepEqual(await app.evaluate(programs), [false, false, false, false])
  await app.stop()
})

test('fastify: writes where it may, and nowhere else', { skip }, async () => {
  const app = await started(docker, 'fastify:latest', await archive(copy('fastify')))
  assert.match(await app.text('/'), /It works/)
  const hello = `(await fetch('http://127.0.0.1:8080/hello', { method: 'POST', body: '{"name":"x"}', headers: { 'content-type': 'application/json' } })).json()`
  assert.deepEqual(await app.evaluate(hello), { hello: 'x' })
  assert.equal(await app.evaluate(`require('node:fs').readFileSync('/app/data/visitors', 'utf8')`), 'x\n')
  const denied = `require('node:fs/promises').writeFile('/app/public/x', '').catch(({ code }) => code)`
  assert.equal(await app.evaluate(denied), 'EACCES')
  assert.equal(await app.stop(), 0)
})

test('a workspace: each application has what it reaches, and the TypeScript that both share runs', {
  skip,
}, async () => {
  const directory = copy('workspace')
  const api = await started(docker, 'workspace-api:latest', await archive(directory, 'api'))
  assert.equal(await api.text('/seconds/2%20days'), '{"seconds":172800}')
  const there = `['/app/worker', '/app/node_modules/croner', '/app/node_modules/hono', '/app/shared/src'].map(require('node:fs').existsSync)`
  assert.deepEqual(await api.evaluate(there), [false, false, true, true])
  assert.equal(await api.stop(), 0)

  const worker = await started(docker, 'workspace-worker:latest', await archive(directory, 'worker'))
  await until(async () => (await worker.logs()).includes('a day has 86400 seconds'))
  assert.equal(await worker.stop(), 0)
})

test('sharp: native code from the lock file; tini is process 1 and hands on the signal', { skip }, async () => {
  const app = await started(docker, 'sharp:latest', await archive(copy('sharp')))
  const png = `Buffer.from(await (await fetch('http://127.0.0.1:8080/?width=3')).arrayBuffer()).readUInt32BE(16)`
  await app.text('/')
  assert.equal(await app.evaluate(png), 3)
  assert.match(
    String(await app.evaluate(`require('node:fs').readFileSync('/proc/1/cmdline', 'latin1')`)),
    /^\/usr\/bin\/tini\0--\0node\0/,
  )
  assert.equal(await app.stop(), 143)
})

test('nest: compiled beforehand; stack traces have the lines of its TypeScript', { skip }, async () => {
  const directory = copy('nest')
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: directory })
  await run('npm', ['run', 'build'], { cwd: directory })
  const app = await started(docker, 'nest:latest', await archive(directory))
  assert.equal(await app.text('/'), '{"hello":"nest"}')
  assert.match(await app.text('/where'), /src\/main\.ts:\d+:\d+/)
  assert.equal(await app.evaluate(`require('node:fs').existsSync('/app/node_modules/typescript')`), false)
  assert.equal(await app.stop(), 0)
})

test('next: built beforehand, whole, with a cache that it may write to', { skip }, async () => {
  const directory = copy('next')
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: directory })
  await run('npm', ['run', 'build'], { cwd: directory, env: { NEXT_TELEMETRY_DISABLED: '1' } })
  const app = await started(docker, 'next:latest', await archive(directory), { options: ['--env', 'PORT=8080'] })
  assert.match(await app.text('/'), /It works on Node .*v\d+\.\d+\.\d+/)
  assert.match(await app.text('/robots.txt'), /User-agent/)
  const written = `require('node:fs/promises').writeFile('/app/.next/cache/x', '').then(() => 'written')`
  assert.equal(await app.evaluate(written), 'written')
  assert.ok([0, 143].includes(await app.stop()))
})

test('a front end built by Vite is served by nginx, beside the service that it asks', { skip }, async () => {
  const directory = copy('web')
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: directory })
  await run('npm', ['run', 'build', '-w', 'site'], { cwd: directory })
  const api = await started(docker, 'web-api:latest', await archive(directory, 'api'))
  assert.equal(await api.text('/api/hello'), '{"hello":"web"}')
  assert.equal(await api.evaluate(`require('node:fs').existsSync('/app/site')`), false)
  assert.equal(await api.stop(), 0)
  const site = await started(docker, 'web-site:latest', await archive(directory, 'site'))
  const fetched = `fetch('http://127.0.0.1:8080/deep/link').then((answer) => answer.text()).then((text) => console.log(text))`
  const client = ['--network', `container:${site.id}`, '--entrypoint', 'node', 'web-api:latest', '-e', fetched]
  assert.match(await docker(['run', '--rm', ...client]), /<h1>It works<\/h1>/)
  assert.equal(await site.stop(), 0)
})

test('podman runs fastify and sharp as docker does', { skip: skip || missing('podman') }, () =>
  inFolder(async (folder) => {
    const settings = join(folder, 'storage.conf')
    writeFileSync(settings, `[storage]\ndriver = "overlay"\ngraphroot = "${folder}/root"\nrunroot = "${folder}/run"\n`)
    const podman: Docker = (words, options = {}) =>
      run('podman', words, { ...options, env: { ...options.env, CONTAINERS_STORAGE_CONF: settings } })
    // What podman raises by itself is not allowed everywhere.
    const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024']
    try {
      for (const [name, code] of [
        ['fastify', 0],
        ['sharp', 143],
      ] as const) {
        const app = await started(podman, `localhost/${name}:latest`, await archive(copy(name)), { options: limits })
        await app.text('/')
        assert.equal(await app.evaluate('process.getuid()'), 1000)
        assert.equal(await app.stop(), code, name)
      }
    } finally {
      await unmountBelow(folder)
    }
  }),
)

const emulator = 'qemu-aarch64-static'

test('arm64: fastify and sharp, built on any machine, start in docker under an emulator', {
  skip: skip || missing(emulator),
}, async () => {
  const program = (await run('sh', ['-c', `command -v ${emulator}`])).trim()
  for (const { name, code, words } of [
    { name: 'fastify', code: 0, words: [] },
    // The emulator of a process does not see that another program is to be emulated, too.
    { name: 'sharp', code: 143, words: ['/usr/bin/tini', '--', '/emulator'] },
  ]) {
    const file = await archive(copy(name), 'arm64')
    const app = await started(docker, `${name}:latest`, file, {
      options: ['--platform', 'linux/arm64', '--volume', `${program}:/emulator:ro`, '--entrypoint', '/emulator'],
      words: [...words, '/usr/local/bin/node', 'src/server.ts'],
      node: ['/emulator', '/usr/local/bin/node'],
    })
    assert.equal(await app.evaluate('process.arch'), 'arm64')
    const png = `Buffer.from(await (await fetch('http://127.0.0.1:8080/')).arrayBuffer()).toString('latin1', 1, 4)`
    const answer = await app.text('/')
    if (name === 'fastify') assert.match(answer, /It works/)
    else assert.equal(await app.evaluate(png), 'PNG')
    assert.equal(await app.evaluate(`require('node:os').userInfo().username`), 'node')
    assert.equal(await app.stop(), code, name)
  }
})
