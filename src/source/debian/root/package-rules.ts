/**
 * What the maintainer scripts of particular packages leave behind, found by comparing a root that dpkg configured with the packages' own
 * files (test/conformance/debian-root.test.ts compares them again). Only what is the same on every machine; no keys, clusters, caches.
 */
import { copy, directory, file, link, linkTo, own, type Rule } from './rules.ts'
import { baseFilesRules } from './skeleton.ts'

/** Rules by package. */
export const packageRules: ReadonlyMap<string, readonly Rule[]> = new Map<string, readonly Rule[]>([
  ['base-files', baseFilesRules],
  ['libc-bin', [copy('usr/share/libc-bin/nsswitch.conf', 'etc/nsswitch.conf')]],
  [
    'redis-tools',
    [
      own('var/log/redis', { mode: 0o2750, owner: 'redis:adm' }),
      own('var/lib/redis', { mode: 0o750, owner: 'redis:redis' }),
      own('etc/redis', { mode: 0o2770, owner: 'redis:redis' }),
    ],
  ],
  [
    'nginx-common',
    [
      own('var/log/nginx', { mode: 0o755, owner: 'root:adm' }),
      file('var/log/nginx/access.log', '', { mode: 0o640, owner: 'www-data:adm' }),
      file('var/log/nginx/error.log', '', { mode: 0o640, owner: 'www-data:adm' }),
      linkTo('etc/nginx/sites-enabled/default', '/etc/nginx/sites-available/default'),
      copy('usr/share/nginx/html/index.html', 'var/www/html/index.nginx-debian.html'),
    ],
  ],
  [
    'postgresql-common',
    [
      own('var/lib/postgresql', { mode: 0o755, owner: 'postgres:postgres' }),
      own('etc/postgresql', { mode: 0o755, owner: 'postgres:postgres' }),
      own('var/log/postgresql', { mode: 0o1775, owner: 'root:postgres' }),
      own('run/postgresql', { mode: 0o2775, owner: 'postgres:postgres' }),
    ],
  ],
  ['ssl-cert', [own('etc/ssl/private', { mode: 0o710, owner: 'root:ssl-cert' })]],
  ['openssh-client', [own('usr/bin/ssh-agent', { mode: 0o2755, owner: 'root:_ssh' })]],
  ['openssh-server', [directory('run/sshd')]],
  ['readline-common', [copy('usr/share/readline/inputrc', 'etc/inputrc')]],
  ['tzdata', [linkTo('etc/localtime', '/usr/share/zoneinfo/Etc/UTC'), file('etc/timezone', 'Etc/UTC\n')]],
])
