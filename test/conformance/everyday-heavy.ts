/**
 * Large programs of Debian in Docker, from packages and typed commands alone: Chromium prints a PDF, ffmpeg encodes, RabbitMQ, Tomcat and
 * MariaDB answer. They download several hundred megabytes, so they run apart from the other tests:
 *
 *     npm run test:heavy
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noDocker } from '../support/dockerd.ts'
import { programImage } from '../support/programs.ts'
import { servers } from '../support/servers.ts'
import { noTrixie } from '../support/trixie.ts'

const { set, withTools, write, load, answer, inside } = servers(['curl'])
const { pkgs } = set
const skip = noDocker || noTrixie

test('chromium: prints a page with text as PDF, as a user of its own', { skip }, async () => {
  const image = programImage(set, 'chromium', {
    contents: [pkgs('chromium'), pkgs('fonts-dejavu-core')],
    fakeRootCommands: (root) => root.user('app'),
    config: {
      User: 'app',
      WorkingDir: '/home/app',
      Env: ['HOME=/home/app'],
      // Its own sandbox needs namespaces, which Docker's default profile forbids.
      Entrypoint: ['chromium', '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    },
  })
  await load(image)
  const pdf = await inside('chromium', ['--print-to-pdf=/dev/stdout', 'data:text/html,<p>hello'])
  assert.match(pdf, /^%PDF-/)
  assert.match(pdf, /DejaVu/)
})

test('ffmpeg: encodes a video', { skip }, async () => {
  const image = programImage(set, 'ffmpeg', { contents: [pkgs('ffmpeg')], config: { Entrypoint: ['ffmpeg'] } })
  await load(image)
  const words = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=64x48:duration=1', '-c:v', 'libx264']
  const video = await inside('ffmpeg', [...words, '-f', 'mp4', '-movflags', 'frag_keyframe+empty_moov', 'pipe:1'])
  assert.match(video, /^.{4}ftypiso/s)
})

test('rabbitmq: its node starts as its own user and tells its status', { skip }, async () => {
  const image = programImage(withTools, 'rabbitmq', {
    contents: [withTools.pkgs('rabbitmq-server')],
    config: {
      User: 'rabbitmq',
      Env: ['HOME=/var/lib/rabbitmq', 'LANG=C.UTF-8', 'PATH=/usr/lib/rabbitmq/bin:/usr/bin'],
      Cmd: ['rabbitmq-server'],
      Volumes: { '/var/lib/rabbitmq': {} },
    },
  })
  await load(image)
  const said = await answer('rabbitmq', { inside: ['rabbitmqctl', '--quiet', 'status'] })
  assert.match(said, /Node name: rabbit@host/)
})

test('tomcat10: serves an application as its own user', { skip }, async () => {
  write({ 'tomcat/index.html': 'from Tomcat\n' })
  const image = programImage(withTools, 'tomcat', {
    contents: [withTools.pkgs('tomcat10'), withTools.copy('tomcat', { to: '/var/lib/tomcat10/webapps/ROOT' })],
    config: {
      User: 'tomcat',
      Env: [
        ...['CATALINA_HOME=/usr/share/tomcat10', 'CATALINA_BASE=/var/lib/tomcat10', 'CATALINA_TMPDIR=/tmp'],
        'JAVA_HOME=/usr/lib/jvm/default-java',
      ],
      Cmd: ['/usr/share/tomcat10/bin/catalina.sh', 'run'],
    },
  })
  await load(image)
  assert.equal(await answer('tomcat', { beside: ['curl', '-sSf', 'http://127.0.0.1:8080/'] }), 'from Tomcat\n')
})

test('mariadb: its user creates the tables in a volume when it starts first', { skip }, async () => {
  write({
    'start-mariadb': `#!/bin/sh
set -e
[ -d /var/lib/mysql/mysql ] || mariadb-install-db --skip-test-db --auth-root-socket-user=mysql >/dev/null
exec mariadbd
`,
  })
  const image = programImage(withTools, 'mariadb', {
    contents: [withTools.pkgs('mariadb-server'), withTools.copy('start-mariadb', { to: '/usr/local/bin/' })],
    config: { User: 'mysql', Entrypoint: ['start-mariadb'], Volumes: { '/var/lib/mysql': {} } },
  })
  await load(image)
  const said = await answer('mariadb', {
    inside: ['mariadb', '--skip-column-names', '--execute=SELECT CURRENT_USER()'],
  })
  assert.equal(said, 'mysql@localhost\n')
})
