/**
 * Debian programs running in Docker: a database cluster created and started by its own user, PHP with its extensions, and two programs that
 * need no library.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { debian } from '../../src/index.ts'
import { noDocker } from '../support/dockerd.ts'
import { programImage, programs } from '../support/programs.ts'

const { folder, inside, load } = programs()
const set = debian({ suite: 'bookworm', directory: folder, omit: 'script-helpers', exclude: ['doc', 'man', 'locale'] })
const { pkgs } = set
const skip = noDocker

// The cluster is where Debian's are and the socket where clients look, both in the directories that scripts would have created.
const cluster = `
set -e
export PGDATA=/var/lib/postgresql/15/main
initdb --auth=trust --encoding=UTF8 >/dev/null
pg_ctl --wait --log=/var/log/postgresql/main.log start >/dev/null
psql --no-psqlrc --tuples-only --no-align --command='SELECT 1' --command='SELECT current_user' postgres
pg_ctl --wait --mode=fast stop
`

test('postgresql: its user creates a cluster, starts it, queries it and stops it', { skip }, async () => {
  const Env = ['PATH=/usr/lib/postgresql/15/bin:/usr/bin']
  await load(programImage(set, 'postgresql', { contents: [pkgs.postgresql], config: { Env } }))
  const printed = await inside('postgresql', ['sh', '-c', cluster], ['--network', 'none', '--user', 'postgres'])
  assert.equal(printed, '1\npostgres\nwaiting for server to shut down.... done\nserver stopped\n')
  const asRoot = inside('postgresql', ['initdb', '/tmp/cluster'])
  await assert.rejects(asRoot, /cannot be run as root/)
})

test('php: has the extensions that Debian enables', { skip }, async () => {
  await load(programImage(set, 'php', { contents: [pkgs['php-cli']] }))
  const modules = (await inside('php', ['php', '-m'])).split('\n')
  for (const name of ['phar', 'ctype', 'pdo', 'json', 'sockets', 'tokenizer', 'ftp'])
    assert.ok(
      modules.some((module) => module.toLowerCase() === name),
      name,
    )
  assert.equal(await inside('php', ['php', '-r', 'echo ctype_digit("42") ? ini_get("memory_limit") : "no";']), '-1')
})

test('busybox-static: runs without anything else; tini waits for it and is process 1', { skip }, async () => {
  const config = { Entrypoint: ['tini', '--'] }
  await load(programImage(set, 'busybox', { contents: [pkgs['busybox-static']] }))
  assert.equal(
    await inside('busybox', ['busybox', 'sh', '-c', 'echo $$; busybox test -e /lib64 || echo no loader']),
    '1\nno loader\n',
  )
  await load(programImage(set, 'tini', { contents: [pkgs.tini, pkgs['busybox-static']], config }))
  assert.equal(await inside('tini', ['busybox', 'cat', '/proc/1/comm']), 'tini\n')
  await assert.rejects(inside('tini', ['busybox', 'sh', '-c', 'exit 7']), /ended with 7/)
})
