/** Copied files, owners and accounts as containers see them, and what a web server says of them. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { debian } from '../../src/index.ts'
import { run } from '../support/command.ts'
import { noDocker } from '../support/dockerd.ts'
import { programImage, programs } from '../support/programs.ts'

const { folder, docker, inside, load } = programs()
const set = debian({ suite: 'bookworm', directory: folder, exclude: ['doc', 'man', 'locale'] })
const { pkgs, copy, dockerTools, writeText } = set
const skip = noDocker

mkdirSync(join(folder, 'app'))
writeFileSync(
  join(folder, 'app', 'run'),
  '#!/bin/sh\nid -un; stat -c "%U:%G %a %n" /app /app/run /app/data; touch /app/data/x; ls /app/data\n',
  {
    mode: 0o755,
  },
)

test('copied files: belong to a user that typed commands add, which the container runs as', { skip }, async () => {
  await load(
    programImage(set, 'owned', {
      contents: [pkgs('coreutils'), copy('app', { to: '/app', owner: 'app:www-data', mode: 'u=rwX,g=rX,o=' })],
      fakeRootCommands: (root) => {
        root.user('app', { home: '/app', groups: ['adm'] })
        root.mkdir('/app/data', { user: 'app', mode: 0o700 })
      },
      config: { User: 'app:www-data', Cmd: ['/app/run'] },
    }),
  )
  assert.equal(
    await inside('owned', []),
    'app\napp:www-data 750 /app\napp:www-data 750 /app/run\napp:root 700 /app/data\nx\n',
  )
  assert.equal(await inside('owned', ['id', '-Gn', 'app']), 'app adm\n')
})

test('copied files: an image without packages runs as a user that typed commands add', { skip }, async () => {
  await load(
    programImage(set, 'base-of-busybox', {
      contents: [pkgs('busybox-static'), copy('app', { to: '/app', owner: 'app' })],
      fakeRootCommands: (root) => root.user('app', { uid: 1234 }),
      config: { User: 'app', Entrypoint: ['busybox'] },
    }),
  )
  assert.equal(await inside('base-of-busybox', ['stat', '-c', '%U:%G', '/app/run']), 'app:app\n')
  assert.equal(await inside('base-of-busybox', ['id', '-u']), '1234\n')
  assert.equal(await inside('base-of-busybox', ['sh', '-c', 'echo ~; touch ~/x && echo ok']), '/home/app\nok\n')
})

const port = 20_000 + (process.pid % 20_000)
const conf = writeText(
  'nginx.conf',
  `daemon off; error_log stderr; pid /dev/null; events {} http { access_log off; server { listen ${port}; root /srv/www; } }\n`,
)

function site(content: string): ReturnType<typeof dockerTools.buildLayeredImage> {
  mkdirSync(join(folder, 'site'), { recursive: true })
  writeFileSync(join(folder, 'site', 'index.html'), content)
  return programImage(set, 'site', {
    contents: [pkgs('nginx-light'), copy('site', { to: '/srv/www', mtime: 'content' })],
    config: { Cmd: ['nginx', '-c', `${conf}`] },
  })
}

async function answer(headers: Record<string, string> = {}): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetch(`http://127.0.0.1:${port}/`, { headers, cache: 'no-store' })
    } catch (thrown) {
      if (attempt === 100) throw thrown
      await run('sleep', ['0.1'])
    }
  }
}

async function serving<T>(content: string, work: () => Promise<T>): Promise<T> {
  await load(site(content))
  const id = (await docker(['run', '--detach', '--network', 'host', 'site'])).trim()
  try {
    return await work()
  } finally {
    await docker(['rm', '--force', id])
  }
}

function validators({ headers }: Response): { readonly etag: string; readonly date: string } {
  return { etag: headers.get('etag') ?? '', date: headers.get('last-modified') ?? '' }
}

test('copied files: nginx tells two versions of one length apart, by ETag and by Last-Modified', { skip }, async () => {
  const first = await serving('version 1\n', async () => validators(await answer()))
  await serving('version 2\n', async () => {
    const plain = await answer()
    assert.equal(await plain.text(), 'version 2\n')
    const second = validators(plain)
    assert.notEqual(second.etag, first.etag)
    assert.notEqual(second.date, first.date)
    for (const [headers, status] of [
      [{ 'if-none-match': first.etag }, 200],
      [{ 'if-modified-since': first.date }, 200],
      [{ 'if-none-match': first.etag, 'if-modified-since': first.date }, 200],
      [{ 'if-none-match': second.etag }, 304],
      [{ 'if-modified-since': second.date }, 304],
    ] as const)
      assert.equal((await answer(headers)).status, status, JSON.stringify(headers))
  })
})
