import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountRequests } from './account-requests.ts'
import { accountsOf, callsSysusers } from './accounts.ts'
import { parseSysusers } from './sysusers.ts'

function accounts(postinst: string, sysusers: readonly string[] = []): AccountRequests {
  const control = new Map([['postinst', Buffer.from(`#!/bin/sh\n${postinst}`)]])
  return accountsOf([{ name: 'a', control, sysusers }])
}

test('accounts: adduser --system creates a user of nogroup with a home directory', () => {
  const { users, groups } = accounts('adduser --system --home /var/lib/x x || true')
  assert.deepEqual(users, [
    {
      ...{ name: 'x', group: 'nogroup', gecos: '', home: '/var/lib/x', shell: '/usr/sbin/nologin', makesHome: true },
    },
  ])
  assert.deepEqual(groups, [])
})

test('accounts: redis, postgres and sshd as their scripts create them', () => {
  const { users, groups, memberships } = accounts(`
USER="redis"
adduser \\
  --system \\
  --home /var/lib/redis \\
  --quiet \\
  --group \\
  \${USER} || true
[ "$DPKG_MAINTSCRIPT_PACKAGE" ] && quiet="--quiet"
adduser --system $quiet --home /var/lib/postgresql --no-create-home \\
  --shell /bin/bash --group --gecos "PostgreSQL administrator" postgres
adduser $quiet postgres ssl-cert
addgroup --system --quiet --force-badname _ssh
adduser --quiet --system --no-create-home --home /run/sshd --shell /usr/sbin/nologin sshd`)
  assert.deepEqual(
    users.map(({ name, group, gecos, home, shell, makesHome }) =>
      [name, group, gecos, home, shell, makesHome].join(':'),
    ),
    [
      'postgres:postgres:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash:false',
      'redis:redis::/var/lib/redis:/usr/sbin/nologin:true',
      'sshd:nogroup::/run/sshd:/usr/sbin/nologin:false',
    ],
  )
  assert.deepEqual(groups, [{ name: '_ssh' }, { name: 'postgres' }, { name: 'redis' }])
  assert.deepEqual(memberships, [{ user: 'postgres', group: 'ssl-cert' }])
})

test('accounts: useradd, groupadd and usermod, with long and short options', () => {
  const { users, groups, memberships } = accounts(`
groupadd -r -g 77 db
useradd --system -g db -d /var/lib/db -c "The database" -s /bin/false -u 78 db
usermod -aG shadow,adm db
useradd own`)
  assert.deepEqual(users[0], {
    ...{ name: 'db', group: 'db', gecos: 'The database', home: '/var/lib/db', shell: '/bin/false', makesHome: false },
    uid: 78,
  })
  assert.equal(users[1]?.group, 'own')
  assert.deepEqual(groups, [{ name: 'db', gid: 77 }, { name: 'own' }])
  assert.deepEqual(memberships, [
    { user: 'db', group: 'shadow' },
    { user: 'db', group: 'adm' },
  ])
})

test('accounts: unknown words request nothing', () => {
  assert.deepEqual(accounts('adduser --system "$(cat name)"'), { users: [], groups: [], memberships: [] })
})

test('accounts: functions with all their parameters, and commands on both sides of an undecided branch', () => {
  const { users, groups } = accounts(`
in_sysroot() {
  if [ -z "\${DPKG_ROOT}" ]; then "$@"; else chroot "$DPKG_ROOT" "$@"; fi
}
make() { local kind="$1"; shift; add$kind $*; }
in_sysroot adduser --system --group messagebus
make group --system netdev
if some_program; then addgroup --system one; else addgroup --system two; fi
case "$1" in abort-*) addgroup --system never ;; esac`)
  assert.deepEqual(
    users.map(({ name }) => name),
    ['messagebus'],
  )
  assert.deepEqual(
    groups.map(({ name }) => name),
    ['messagebus', 'netdev', 'one', 'two'],
  )
})

test('accounts: sysusers.d files, with quotes, ids and groups', () => {
  const { users, groups, memberships } = accounts('systemd-sysusers a.conf', [
    `# comment
u one - "The first" /var/lib/one /bin/sh
u two 60:games
u three 61 -
g four 62
m one four
r - 500-900`,
  ])
  assert.deepEqual(users, [
    { name: 'one', group: 'one', gecos: 'The first', home: '/var/lib/one', shell: '/bin/sh', makesHome: false },
    { name: 'three', group: 'three', gecos: '', home: '/', shell: '/usr/sbin/nologin', makesHome: false, uid: 61 },
    { name: 'two', group: 'games', gecos: '', home: '/', shell: '/usr/sbin/nologin', makesHome: false, uid: 60 },
  ])
  assert.deepEqual(groups, [{ name: 'four', gid: 62 }, { name: 'one' }, { name: 'three', gid: 61 }])
  assert.deepEqual(memberships, [{ user: 'one', group: 'four' }])
  assert.equal(callsSysusers(new Map([['postinst', Buffer.from('systemd-sysusers x')]])), true)
  assert.equal(callsSysusers(new Map([['prerm', Buffer.from('systemd-sysusers x')]])), false)
})

test('accounts: the order of packages does not matter', () => {
  const of = (name: string, home: string) => ({
    ...{ name, sysusers: [] },
    control: new Map([['postinst', Buffer.from(`#!/bin/sh\nadduser --system --home ${home} same\n`)]]),
  })
  const [a, b] = [of('a', '/a'), of('b', '/b')]
  assert.deepEqual(accountsOf([a, b]), accountsOf([b, a]))
  assert.deepEqual(
    accountsOf([b, a]).users.map(({ home }) => home),
    ['/a'],
  )
})

test('accounts: questions are answered by templates', () => {
  const control = new Map([
    ['postinst', Buffer.from('#!/bin/sh\n. /usr/share/debconf/confmodule\ndb_get v/user\nadduser --system "$RET"\n')],
    ['templates', Buffer.from('Template: v/user\nType: string\nDefault: ftp\nDescription: who\n')],
  ])
  const { users } = accountsOf([{ name: 'v', control, sysusers: [] }])
  assert.deepEqual(
    users.map(({ name }) => name),
    ['ftp'],
  )
})

test('accounts: a user of sysusers.d with the group of nobody makes no group of its own', () => {
  const { users, groups } = parseSysusers('u sync 4:65534 - /bin /bin/sync\nu own 7:8 -\n')
  assert.deepEqual(
    users.map(({ name, group, uid }) => [name, group, uid]),
    [
      ['sync', 'nogroup', 4],
      ['own', 'own', 7],
    ],
  )
  assert.deepEqual(groups, [{ name: 'own', gid: 8 }])
})
