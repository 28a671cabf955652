/**
 * Servers of Debian that answer in Docker, from packages, own configuration and typed commands alone: PostgreSQL, nginx with TLS, Apache,
 * PHP-FPM, and nginx with PHP under supervisor.
 */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { missing } from '../support/command.ts'
import { noDocker } from '../support/dockerd.ts'
import { programImage } from '../support/programs.ts'
import { servers } from '../support/servers.ts'
import { certificates } from '../support/tls-server.ts'
import { noTrixie } from '../support/trixie.ts'

const { folder, set, write, load, answer } = servers(['curl', 'libfcgi-bin'])
const { pkgs, copy, writeText } = set
const skip = noDocker || noTrixie

test('postgresql: its user creates a cluster in a volume when it starts first', { skip }, async () => {
  write({
    'start-postgres': `#!/bin/sh
set -e
[ -e "$PGDATA/PG_VERSION" ] || initdb --auth=trust --encoding=UTF8 >/dev/null
exec postgres
`,
  })
  const image = programImage(set, 'postgres', {
    contents: [pkgs('postgresql'), copy('start-postgres', { to: '/usr/local/bin/' })],
    fakeRootCommands: (root) => root.mkdir('/data', { user: 'postgres', group: 'postgres', mode: 0o700 }),
    config: {
      User: 'postgres',
      Entrypoint: ['start-postgres'],
      Env: ['PATH=/usr/lib/postgresql/17/bin:/usr/local/bin:/usr/bin', 'PGDATA=/data/main'],
      Volumes: { '/data': {} },
      StopSignal: 'SIGINT',
    },
  })
  await load(image)
  const query = ['psql', '--tuples-only', '--no-align', '--command=SELECT current_user', 'postgres']
  assert.equal(await answer('postgres', { inside: query }), 'postgres\n')
})

test('nginx: speaks TLS with a key that is mounted', { skip: skip || missing('openssl') }, async () => {
  const secrets = join(folder, 'secrets')
  mkdirSync(secrets)
  await certificates(secrets)
  write({ 'site/index.html': 'over TLS\n' })
  const conf = writeText(
    'nginx.conf',
    `user www-data;
daemon off;
pid /run/nginx.pid;
error_log /dev/stderr;
events {}
http {
  access_log off;
  server {
    listen 8443 ssl;
    root /srv/www;
    ssl_certificate /run/secrets/server.pem;
    ssl_certificate_key /run/secrets/server.key;
  }
}
`,
  )
  const image = programImage(set, 'nginx', {
    contents: [pkgs('nginx-light'), copy('site', { to: '/srv/www', mtime: 'content' })],
    config: { Cmd: ['nginx', '-c', `${conf}`], StopSignal: 'SIGQUIT' },
  })
  await load(image)
  const mount = ['--volume', `${secrets}:/run/secrets:ro`]
  const beside = ['curl', '-sSf', '--cacert', '/run/secrets/ca.pem', 'https://localhost:8443/']
  assert.equal(await answer('nginx', { run: mount, with: mount, beside }), 'over TLS\n')
})

test('apache2: its modules are switched on, and its site is served', { skip }, async () => {
  write({ 'apache/index.html': 'from Apache\n' })
  const image = programImage(set, 'apache2', {
    contents: [pkgs('apache2'), copy('apache', { to: '/var/www/html' })],
    // apache2ctl, which needs a shell and tools, makes this directory and sets these variables.
    fakeRootCommands: (root) => root.mkdir('/run/apache2'),
    config: {
      Cmd: ['apache2', '-DFOREGROUND'],
      Env: [
        ...['APACHE_RUN_DIR=/run/apache2', 'APACHE_PID_FILE=/run/apache2/apache2.pid', 'APACHE_LOCK_DIR=/run/lock'],
        ...['APACHE_LOG_DIR=/var/log/apache2', 'APACHE_RUN_USER=www-data', 'APACHE_RUN_GROUP=www-data'],
      ],
      StopSignal: 'SIGWINCH',
    },
  })
  await load(image)
  assert.equal(await answer('apache2', { beside: ['curl', '-sSf', 'http://127.0.0.1/'] }), 'from Apache\n')
})

const pool = `[www]
user = www-data
group = www-data
listen = 127.0.0.1:9000
pm = ondemand
pm.max_children = 2
`
const page = '<?php echo "PHP as ", posix_getpwuid(posix_getuid())["name"], "\\n";'
const phpFiles = () => {
  write({ 'php/index.php': page, 'www.conf': pool })
  return [copy('php', { to: '/srv/www' }), copy('www.conf', { to: '/etc/php/8.4/fpm/pool.d/' })]
}

test('php-fpm: answers FastCGI as www-data', { skip }, async () => {
  const image = programImage(set, 'php-fpm', {
    contents: [pkgs('php-fpm'), ...phpFiles()],
    config: { Cmd: ['php-fpm8.4', '--nodaemonize'], StopSignal: 'SIGQUIT' },
  })
  await load(image)
  const variables = ['--env', 'SCRIPT_FILENAME=/srv/www/index.php', '--env', 'REQUEST_METHOD=GET']
  const beside = ['cgi-fcgi', '-bind', '-connect', '127.0.0.1:9000']
  assert.match(await answer('php-fpm', { beside, with: variables }), /\r\n\r\nPHP as www-data\n$/)
})

test('supervisor: runs nginx and PHP-FPM, and ends both', { skip }, async () => {
  write({
    'nginx-php.conf': `user www-data;
pid /run/nginx.pid;
events {}
http {
  server {
    listen 8080;
    location / {
      include fastcgi_params;
      fastcgi_param SCRIPT_FILENAME /srv/www/index.php;
      fastcgi_pass 127.0.0.1:9000;
    }
  }
}
`,
    'both.conf': `[program:nginx]
command = nginx -g "daemon off;"
[program:php-fpm]
command = php-fpm8.4 --nodaemonize
`,
  })
  const image = programImage(set, 'supervisor', {
    contents: [
      ...[pkgs('supervisor'), pkgs('nginx-light'), pkgs('php-fpm'), ...phpFiles()],
      copy('nginx-php.conf', { to: '/etc/nginx/nginx.conf' }),
      copy('both.conf', { to: '/etc/supervisor/conf.d/' }),
    ],
    config: { Cmd: ['supervisord', '--nodaemon', '--configuration', '/etc/supervisor/supervisord.conf'] },
  })
  await load(image)
  assert.equal(await answer('supervisor', { beside: ['curl', '-sSf', 'http://127.0.0.1:8080/'] }), 'PHP as www-data\n')
})
