import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatAccounts, parseMasters, withAccounts } from './account-files.ts'
import { type AccountRequests, noRequests } from './account-requests.ts'

const masters = parseMasters(
  'root:*:0:0:root:/root:/bin/bash\nnobody:*:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
  'root:*:0:\nadm:*:4:root\nnogroup:*:65534:\n',
)
const user = (name: string, group: string) => ({
  ...{ name, group, gecos: '', home: `/var/lib/${name}`, shell: '/usr/sbin/nologin', makesHome: false },
})

test('account files: static lines first, then new ones by id; all passwords are locked, and never expire', () => {
  const asked: AccountRequests = {
    ...noRequests,
    users: [user('b', 'b'), user('a', 'nogroup')],
    groups: [{ name: 'b' }],
    memberships: [
      { user: 'b', group: 'adm' },
      { user: 'b', group: 'b' },
      { user: 'gone', group: 'adm' },
    ],
  }
  const ids = {
    users: new Map([
      ['a', 101],
      ['b', 100],
    ]),
    groups: new Map([['b', 102]]),
  }
  assert.deepEqual(formatAccounts(withAccounts(masters, asked, ids)), {
    passwd:
      'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n' +
      'b:x:100:102::/var/lib/b:/usr/sbin/nologin\na:x:101:65534::/var/lib/a:/usr/sbin/nologin\n',
    group: 'root:x:0:\nadm:x:4:root,b\nnogroup:x:65534:\nb:x:102:\n',
    shadow: 'root:*::0:99999:7:::\nnobody:*::0:99999:7:::\nb:!:::::::\na:!:::::::\n',
    gshadow: 'root:*::\nadm:*::root,b\nnogroup:*::\nb:!::\n',
  })
})

test('account files: an existing user keeps its line and its id', () => {
  const asked: AccountRequests = { ...noRequests, users: [user('nobody', 'nogroup')], groups: [{ name: 'adm' }] }
  assert.deepEqual(withAccounts(masters, asked, { users: new Map(), groups: new Map() }), masters)
})

test('account files: users without an id in the lock get the lowest free ones, by name', () => {
  const asked: AccountRequests = {
    ...noRequests,
    users: [user('y', 'y'), user('x', 'nogroup')],
    groups: [{ name: 'y' }],
  }
  const ids = { users: new Map([['gone', 100]]), groups: new Map([['gone', 100]]) }
  const { users, groups } = withAccounts(masters, asked, ids)
  assert.deepEqual(
    users.slice(2).map(({ name, uid, gid }) => [name, uid, gid]),
    [
      ['x', 101, 65534],
      ['y', 102, 101],
    ],
  )
  assert.deepEqual(groups.at(-1), { name: 'y', password: '!', gid: 101, members: [] })
})
