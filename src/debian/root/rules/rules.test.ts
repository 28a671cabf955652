import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gather } from '../../../base/bytes.ts'
import type { Entry } from '../../../tree/entry.ts'
import { directory as dir, executable, file as fileItem, type Item, memoryTree } from '../../../tree/memory.ts'
import { union } from '../../../tree/union.ts'
import type { AccountDatabase } from '../account-database.ts'
import { pam } from './pam.ts'
import { php } from './php.ts'
import { type Closure, copy, directory, file, link, linkTo, own, ownIn, type Rule } from './rule.ts'
import { shells } from './shells.ts'
import { mergedUsrLinks } from './skeleton.ts'
import { tmpfilesRules } from './tmpfiles.ts'

const control = new Map([['control', Buffer.from('Package: db\n')]])
const accounts: AccountDatabase = {
  users: [
    { name: 'root', password: '*', uid: 0, gid: 0, gecos: '', home: '/root', shell: '/bin/sh' },
    { name: 'db', password: '!', uid: 101, gid: 102, gecos: '', home: '/', shell: '/bin/false' },
  ],
  groups: [
    { name: 'root', password: '*', gid: 0, members: [] },
    { name: 'db', password: '!', gid: 102, members: [] },
  ],
}

function closure(items: Readonly<Record<string, Item>>): Closure {
  const files = union([memoryTree(items)])
  return { files, sources: files, accounts }
}

function shown(entry: Entry): string {
  if (entry.kind === 'symlink') return `${entry.path} -> ${entry.target}`
  if (entry.kind !== 'file' && entry.kind !== 'directory') return entry.kind
  const { mode, uname, gname, uid, gid } = entry.metadata
  const text = entry.kind === 'file' ? ` ${JSON.stringify(Buffer.from(gather(entry.content.open())).toString())}` : ''
  return `${entry.path} ${mode.toString(8)} ${uname}:${gname} ${uid}:${gid}${text}`
}

function results(rules: Rule | readonly Rule[], items: Readonly<Record<string, Item>> = {}): readonly string[] {
  const found = closure(items)
  return [rules].flat().flatMap((rule) => rule(found).map(shown))
}

test('rules: missing directories, files and links are created, with owners by name', () => {
  const rules = [
    directory('var/lib/db', { mode: 0o2750, owner: 'db:db' }),
    file('bin/note', 'text'),
    link('etc/x', 'y'),
  ]
  assert.deepEqual(results(rules), [
    'var/lib/db 2750 db:db 101:102',
    'usr/bin/note 644 root:root 0:0 "text"',
    'etc/x -> y',
  ])
  const there = { 'var/lib/db': dir(), 'usr/bin/note': fileItem('other'), 'etc/x': dir() }
  assert.deepEqual(results(rules, there), [])
})

test('rules: for a user that the image lacks nothing is created and nothing changed', () => {
  const there = { 'etc/db': fileItem('conf') }
  for (const owner of ['mail:root', 'root:mail'])
    assert.deepEqual(results([directory('x', { owner }), own('etc/db', { mode: 0o2755, owner })], there), [], owner)
})

test('rules: copies and conditional links need their source', () => {
  const rules = [copy('usr/share/a', 'etc/a', { mode: 0o600 }), linkTo('etc/b', '/usr/share/a')]
  assert.deepEqual(results(rules), [])
  assert.deepEqual(results(rules, { 'usr/share/a': fileItem('1') }), [
    'etc/a 600 root:root 0:0 "1"',
    'etc/b -> /usr/share/a',
  ])
})

test('rules: own changes an existing entry and creates a missing directory', () => {
  const rule = own('etc/db', { mode: 0o640, owner: 'db:db' })
  assert.deepEqual(results(rule, { 'etc/db': fileItem('conf') }), ['etc/db 640 db:db 101:102 "conf"'])
  assert.deepEqual(results(rule), ['etc/db 640 db:db 101:102'])
  assert.deepEqual(results(own('etc/db', { owner: 'db:db' }), { 'etc/db': executable('x') }), [
    'etc/db 755 db:db 101:102 "x"',
  ])
})

test('rules: tmpfiles.d lines become directories, links and empty files, for existing users', () => {
  const tree = memoryTree({
    'usr/lib/tmpfiles.d/db.conf': fileItem(`# comment
d /run/db 2775 db db - -
D! /var/cache/db
f+ /var/log/db.log 0600 db db
f /run/with 0644 root root - text
L /run/link - - - - /target
d /run/%u 0755 root root
d /run/other 0755 nobody nogroup
x /tmp/*
q /var/tmp/* 1777`),
    'usr/lib/tmpfiles.d/readme.txt': fileItem('d /never'),
  })
  assert.deepEqual(results(tmpfilesRules({ tree, control })), [
    'run/db 2775 db:db 101:102',
    'var/cache/db 755 root:root 0:0',
    'var/log/db.log 600 db:db 101:102 ""',
    'run/link -> /target',
  ])
})

test('rules: tmpfiles.d lines change what they name of a package’s directory, and nothing of a base’s', () => {
  const there = { 'var/log/db': dir({ mode: 0o711 }), 'var/lib/db': dir({ mode: 0o711 }) }
  const tree = memoryTree({
    'usr/lib/tmpfiles.d/db.conf': fileItem('d /var/log/db 0750 - -\nd /var/lib/db - db db\n'),
  })
  assert.deepEqual(results(tmpfilesRules({ tree, control }), there), [
    'var/log/db 750 root:root 0:0',
    'var/lib/db 711 db:db 101:102',
  ])
  assert.deepEqual(results(tmpfilesRules({ tree, control: new Map() }), there), [])
})

test('rules: ownIn changes the entries of a directory whose names match', () => {
  const there = { 'etc/db/db.conf': fileItem('1'), 'etc/db/db.conf.d/x': fileItem('2'), 'etc/db/other': fileItem('3') }
  assert.deepEqual(results(ownIn('etc/db', /^db\.conf/, { owner: 'root:db' }), there), [
    'etc/db/db.conf 644 root:db 0:102 "1"',
    'etc/db/db.conf.d 755 root:db 0:102',
  ])
  assert.deepEqual(results(ownIn('etc/none', /./, { mode: 0o600 }), there), [])
})

test('rules: merged /usr has its links, those for other ABIs only if their targets have entries', () => {
  assert.deepEqual(results(mergedUsrLinks, { 'usr/lib64/ld.so': fileItem(''), 'usr/bin/x': fileItem('') }), [
    'bin -> usr/bin',
    'sbin -> usr/sbin',
    'usr/sbin 755 root:root 0:0',
    'lib -> usr/lib',
    'usr/lib 755 root:root 0:0',
    'lib64 -> usr/lib64',
  ])
})

test('rules: shells are listed by their own name and by their path under merged /usr, each once', () => {
  const items = {
    'usr/share/debianutils/shells': fileItem('# comment\n/bin/sh\n'),
    'usr/share/debianutils/shells.d/bash': fileItem('/bin/bash#the shell\n/usr/bin/bash\n'),
  }
  assert.deepEqual(results(shells, items), [
    'etc/shells 644 root:root 0:0 "# comment\\n/bin/sh\\n/usr/bin/sh\\n/bin/bash\\n/usr/bin/bash\\n"',
    'var/lib/shells.state 644 root:root 0:0 "/bin/sh\\n/usr/bin/sh\\n/bin/bash\\n/usr/bin/bash\\n"',
  ])
})

test('rules: PHP modules are registered once and enabled for every interpreter of their version', () => {
  const items = {
    'usr/share/php8.2-common/common/pdo.ini': fileItem('; priority=10\nextension=pdo\n'),
    'usr/share/php8.2-xml/xml/dom.ini': fileItem('extension=dom\n'),
    'usr/share/php7.4-xml/xml/dom.ini': fileItem('old\n'),
    'usr/lib/php/8.2/sapi/cli': fileItem(''),
    'usr/lib/php/8.2/sapi/fpm': fileItem(''),
    'usr/lib/php/8.2/php.ini-production': fileItem('ini'),
    'usr/lib/php/8.2/php.ini-production.cli': fileItem('cli ini'),
  }
  const found = results(php, items)
  assert.deepEqual(
    found.filter((line) => line.includes(' -> ')),
    [
      'etc/php/8.2/cli/conf.d/10-pdo.ini -> /etc/php/8.2/mods-available/pdo.ini',
      'etc/php/8.2/fpm/conf.d/10-pdo.ini -> /etc/php/8.2/mods-available/pdo.ini',
      'etc/php/8.2/cli/conf.d/20-dom.ini -> /etc/php/8.2/mods-available/dom.ini',
      'etc/php/8.2/fpm/conf.d/20-dom.ini -> /etc/php/8.2/mods-available/dom.ini',
    ],
  )
  assert.ok(found.includes('etc/php/8.2/cli/php.ini 644 root:root 0:0 "cli ini"'))
  assert.ok(found.includes('etc/php/8.2/fpm/php.ini 644 root:root 0:0 "ini"'))
})

const unix = `Name: Unix authentication
Default: yes
Priority: 256
Auth-Type: Primary
Auth:
\t[success=end default=ignore]\tpam_unix.so nullok try_first_pass
Auth-Initial:
\t[success=end default=ignore]\tpam_unix.so nullok
Session-Type: Additional
Session:
\trequired\tpam_unix.so
`
const krb5 = `Name: Kerberos
Default: yes
Priority: 704
Auth-Type: Primary
Auth-Final:
\t[success=end default=ignore]\tpam_krb5.so minimum_uid=1000
`

test('rules: PAM stacks jump over the modules that follow, and only the first module asks', () => {
  const items = {
    'usr/share/pam/common-auth': fileItem('$auth_primary\nauth\trequisite\tpam_deny.so\n$auth_additional\n# end\n'),
    'usr/share/pam/common-session': fileItem('$session_primary\n$session_additional\n'),
    'usr/share/pam-configs/unix': fileItem(unix),
    'usr/share/pam-configs/krb5': fileItem(krb5),
    'usr/share/pam-configs/off': fileItem(unix.replace('yes', 'no').replace('256', '999')),
  }
  assert.deepEqual(results(pam, items), [
    `etc/pam.d/common-auth 644 root:root 0:0 ${JSON.stringify(
      'auth\t[success=2 default=ignore]\tpam_krb5.so minimum_uid=1000\n' +
        'auth\t[success=1 default=ignore]\tpam_unix.so nullok try_first_pass\nauth\trequisite\tpam_deny.so\n# end\n',
    )}`,
    `etc/pam.d/common-session 644 root:root 0:0 ${JSON.stringify(
      'session\t[default=1]\t\t\tpam_permit.so\nsession\trequired\tpam_unix.so \n',
    )}`,
  ])
})
