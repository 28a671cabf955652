/**
 * Effects of particular packages' maintainer scripts, found by comparing a root that dpkg configured with the packages' own files
 * (test/conformance/debian-root.test.ts repeats the comparison). Only what is the same on every machine: no keys, clusters, caches, and
 * none of the scripts' own bookkeeping.
 */

import { controlText, type RootPackage } from '../input.ts'
import { certificateRules, javaKeystoreRules } from './certificates.ts'
import { pam } from './pam.ts'
import { php } from './php.ts'
import { copy, directory, file, linkTo, own, ownIn, type Rule } from './rule.ts'
import { shells } from './shells.ts'
import { baseFilesRules } from './skeleton.ts'

/** Rules for a package in an image, or one that is read for it. */
export function packageRules(each: RootPackage): readonly Rule[] {
  const named = rules.get(each.name) ?? []
  return [...named, ...patterns.flatMap(([pattern, make]) => (pattern.test(each.name) ? make(each) : []))]
}

const rules: ReadonlyMap<string, readonly Rule[]> = new Map<string, readonly Rule[]>([
  ['base-files', baseFilesRules],
  [
    'bind9',
    [
      own('etc/bind', { mode: 0o2755, owner: 'root:bind' }),
      ownIn('etc/bind', /^named\.conf/, { owner: 'root:bind' }),
      own('var/cache/bind', { mode: 0o775, owner: 'root:bind' }),
    ],
  ],
  ['ca-certificates', [...certificateRules, directory('usr/local/share/ca-certificates')]],
  ['ca-certificates-java', javaKeystoreRules],
  ['debianutils', [shells]],
  [
    'chrony',
    [
      own('var/lib/chrony', { mode: 0o750, owner: '_chrony:_chrony' }),
      ownIn('etc/chrony', /^chrony\.keys$/, { mode: 0o640, owner: 'root:_chrony' }),
    ],
  ],
  [
    'fontconfig-config',
    [
      linkTo('etc/fonts/conf.d/10-hinting-slight.conf', '/usr/share/fontconfig/conf.avail/10-hinting-slight.conf'),
      linkTo('etc/fonts/conf.d/70-no-bitmaps.conf', '/usr/share/fontconfig/conf.avail/70-no-bitmaps.conf'),
      directory('usr/local/share/fonts', { mode: 0o2775, owner: 'root:staff' }),
    ],
  ],
  ['libc-bin', [copy('usr/share/libc-bin/nsswitch.conf', 'etc/nsswitch.conf')]],
  ['libpam-modules', [file('etc/security/opasswd', '', { mode: 0o600 }), file('etc/environment', '')]],
  ['libpam-runtime', [pam]],
  ['login', [file('var/log/faillog', ''), file('etc/subuid', ''), file('etc/subgid', '')]],
  ['mariadb-server', [own('var/lib/mysql', { owner: 'mysql:mysql' })]],
  [
    'netbase',
    [
      file(
        'etc/hosts',
        '127.0.0.1\tlocalhost\n::1\t\tlocalhost ip6-localhost ip6-loopback\nff02::1\t\tip6-allnodes\nff02::2\t\tip6-allrouters\n\n',
      ),
      file('etc/networks', 'default\t\t0.0.0.0\nloopback\t127.0.0.0\nlink-local\t169.254.0.0\n\n'),
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
  ['openssh-client', [own('usr/bin/ssh-agent', { mode: 0o2755, owner: 'root:_ssh' })]],
  ['openssh-server', [copy('usr/share/openssh/sshd_config', 'etc/ssh/sshd_config'), directory('run/sshd')]],
  ['php-common', [php]],
  [
    'postgresql-common',
    [
      own('var/lib/postgresql', { mode: 0o755, owner: 'postgres:postgres' }),
      own('etc/postgresql', { mode: 0o755, owner: 'postgres:postgres' }),
      own('var/log/postgresql', { mode: 0o1775, owner: 'root:postgres' }),
      own('run/postgresql', { mode: 0o2775, owner: 'postgres:postgres' }),
      copy('usr/share/postgresql-common/createcluster.conf', 'etc/postgresql-common/createcluster.conf'),
      directory('var/cache/postgresql/dicts'),
    ],
  ],
  [
    'python3',
    [
      file(
        'etc/python3/debian_config',
        '[DEFAULT]\n# how to byte-compile (comma separated: standard, optimize)\nbyte-compile = standard\n',
      ),
    ],
  ],
  ['readline-common', [copy('usr/share/readline/inputrc', 'etc/inputrc')]],
  [
    'redis-tools',
    [
      own('var/log/redis', { mode: 0o2750, owner: 'redis:adm' }),
      own('var/lib/redis', { mode: 0o750, owner: 'redis:redis' }),
      own('etc/redis', { mode: 0o2770, owner: 'redis:redis' }),
    ],
  ],
  ['squid', [own('var/log/squid', { owner: 'proxy:proxy' }), own('var/spool/squid', { owner: 'proxy:proxy' })]],
  ['ssl-cert', [own('etc/ssl/private', { mode: 0o710, owner: 'root:ssl-cert' })]],
  ['tzdata', [linkTo('etc/localtime', '/usr/share/zoneinfo/Etc/UTC')]],
])

const patterns: readonly (readonly [RegExp, (each: RootPackage) => readonly Rule[]])[] = [
  [/^libnginx-mod-/, nginxModuleRules],
  [/^python3\.\d+-minimal$/, ({ name }) => [directory(`usr/local/lib/${name.replace('-minimal', '')}/dist-packages`)]],
  [/^openjdk-\d+-jre-headless$/, javaPreferenceRules],
  [/^tzdata$/, timezoneRules],
]

// dh_nginx: pairs of a module's file and its link's name.
function nginxModuleRules(each: RootPackage): readonly Rule[] {
  return [...controlText(each, 'postinst').matchAll(/(mod-[\w.-]+\.conf):(\d+-[\w.-]+\.conf)/g)].map(([, from, to]) =>
    linkTo(`etc/nginx/modules-enabled/${to}`, `/usr/share/nginx/modules-available/${from}`),
  )
}

function javaPreferenceRules(): readonly Rule[] {
  return ['.system.lock', '.systemRootModFile'].map((name) => file(`etc/.java/.systemPrefs/${name}`, ''))
}

// Since Debian 13 the script only updates the file where it exists.
function timezoneRules(each: RootPackage): readonly Rule[] {
  return /-f "\$DPKG_ROOT\/etc\/timezone"/.test(controlText(each, 'postinst'))
    ? []
    : [file('etc/timezone', 'Etc/UTC\n')]
}
