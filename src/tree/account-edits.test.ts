import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gather } from '../base/bytes.ts'
import { applyEdits } from './apply-edits.ts'
import { type Root, record } from './edit.ts'
import { file, type Item, memoryTree, symlink } from './memory.ts'
import { path } from './path.ts'
import type { Tree } from './tree.ts'

function edited(items: Readonly<Record<string, Item>>, commands: (root: Root) => void): Tree {
  return applyEdits(memoryTree(items), record(commands, 'commands'), { place: 'commands' })
}

function text(tree: Tree, name: string): string | undefined {
  const entry = tree.resolve(path(name))
  return entry?.kind === 'file' ? Buffer.from(gather(entry.content.open())).toString('latin1') : undefined
}

const debian = {
  'etc/passwd': file('root:x:0:0:root:/root:/bin/bash\nuser:x:1000:100:caf\xe9:/home/user:/bin/sh'),
  'etc/group': file('root:x:0:\nadm:x:4:syslog\nwww-data:x:33:\nusers:x:100:\nmedia:x:1001:\n'),
  'etc/shadow': file('root:*::0:99999:7:::\n', { mode: 0o640, gid: 42 }),
  'etc/gshadow': file('root:*::\nadm:*::syslog\nwww-data:*::\n', { mode: 0o640, gid: 42 }),
}

test('root.user: a root without accounts gets root, the user, its group and its home', () => {
  const tree = edited({}, (root) => root.user('app'))
  assert.equal(
    text(tree, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/usr/sbin/nologin\n',
  )
  assert.equal(text(tree, 'etc/group'), 'root:x:0:\napp:x:1000:\n')
  assert.equal(text(tree, 'etc/shadow'), undefined)
  const home = tree.get(path('home/app'))
  assert.ok(home?.kind === 'directory')
  assert.deepEqual([home.metadata.uid, home.metadata.gid, home.metadata.mode], [1000, 1000, 0o755])
})

test('root.user: Debian’s files get a line each, shadow locked, and the lists of further groups', () => {
  const tree = edited(debian, (root) =>
    root.user('app', { home: '/nonexistent', shell: '/bin/sh', groups: ['adm', 'www-data'] }),
  )
  // 1000 is taken by a user, 1001 by a group.
  assert.match(
    text(tree, 'etc/passwd') ?? '',
    /:caf\xc3\xa9:\/home\/user:\/bin\/sh\napp:x:1001:1000::\/nonexistent:\/bin\/sh\n$/,
  )
  assert.equal(
    text(tree, 'etc/group'),
    'root:x:0:\nadm:x:4:syslog,app\nwww-data:x:33:app\nusers:x:100:\nmedia:x:1001:\napp:x:1000:\n',
  )
  assert.equal(text(tree, 'etc/shadow'), 'root:*::0:99999:7:::\napp:!:::::::\n')
  assert.equal(text(tree, 'etc/gshadow'), 'root:*::\nadm:*::syslog,app\nwww-data:*::app\napp:!::\n')
  assert.equal(tree.get(path('nonexistent')), undefined)
  const shadow = tree.get(path('etc/shadow'))
  assert.ok(shadow?.kind === 'file' && shadow.metadata.mode === 0o640 && shadow.metadata.gid === 42)
})

test('root.user: an ID, a primary group that exists, and a home that exists', () => {
  const tree = edited({ ...debian, 'srv/x': file('') }, (root) => {
    root.group('staff', { gid: 50 })
    root.user('app', { uid: 0x7fff_ffff, group: 'staff', home: '/srv' })
    root.user('users', { uid: 999 })
  })
  assert.match(text(tree, 'etc/passwd') ?? '', /\napp:x:2147483647:50::\/srv:\/usr\/sbin\/nologin\nusers:x:999:100::/)
  const home = tree.get(path('srv'))
  assert.ok(home?.kind === 'directory' && home.metadata.uid === 0)
})

test('root.user, root.group: what exists is an error, or left as it is', () => {
  const conflicts: ((root: Root) => void)[] = [
    (root) => root.user('user'),
    (root) => root.group('adm'),
    (root) => root.user('app', { uid: 1000 }),
    (root) => root.group('app', { gid: 33 }),
  ]
  for (const commands of conflicts) assert.throws(() => edited(debian, commands), { code: 'edit.conflict' })
  const tree = edited(debian, (root) => {
    root.user('user', { uid: 5, ifMissing: true })
    root.group('adm', { ifMissing: true })
  })
  assert.equal(text(tree, 'etc/group'), 'root:x:0:\nadm:x:4:syslog\nwww-data:x:33:\nusers:x:100:\nmedia:x:1001:\n')
})

test('root.user: unknown groups are named with the nearest', () => {
  for (const commands of [
    (root: Root) => root.user('app', { groups: ['ww-data'] }),
    (root: Root) => root.user('app', { group: 'ww-data' }),
  ])
    assert.throws(() => edited(debian, commands), {
      code: 'account.unknown',
      message:
        /^commands: command 1, root\.user "app": The image's \/etc\/group has no group "ww-data"\. Did you mean "www-data"\?/,
    })
})

test('root.user: an account file that is a link is followed and replaced', () => {
  const tree = edited({ 'etc/passwd': symlink('/nix/passwd'), 'nix/passwd': file('root:x:0:0::/:/bin/sh\n') }, (root) =>
    root.user('app'),
  )
  assert.equal(tree.get(path('etc/passwd'))?.kind, 'file')
  assert.match(text(tree, 'etc/passwd') ?? '', /^root:x:0:0::\/:\/bin\/sh\napp:x:1000:/)
})

test('owners by name: looked up in the account files as they are by then', () => {
  const tree = edited({ ...debian, a: file(''), b: file('') }, (root) => {
    root.user('app', { uid: 77 })
    root.chown('/a', { user: 'app', group: 'www-data' })
    root.chown('/b', { group: 'adm' })
    root.mkdir('/data/x', { user: 'app', gid: 5, mode: 0o700 })
    root.write('/data/y', '', { group: 'media' })
    root.symlink('y', '/data/z', { user: 'user' })
  })
  const owners = ['a', 'b', 'data', 'data/x', 'data/y', 'data/z'].map((name) => {
    const entry = tree.get(path(name))
    return entry !== undefined && 'metadata' in entry ? `${entry.metadata.uid}:${entry.metadata.gid}` : ''
  })
  assert.deepEqual(owners, ['77:33', '0:4', '0:0', '77:5', '0:1001', '1000:0'])
})

test('owners by name: an unknown one is an error that says how to add it', () => {
  assert.throws(() => edited({ a: file('') }, (root) => root.chown('/a', { user: 'app' })), {
    code: 'account.unknown',
    message:
      'commands: command 1, root.chown "/a": The image has no /etc/passwd, so it has no user "app". Add the account with root.user or root.group before, or give numbers: { uid, gid }.',
  })
})

test('owners: a name and a number for one of the two are refused at the call', () => {
  const wrong: ((root: Root) => void)[] = [
    (root) => root.chown('/a', { user: 'a', uid: 1 }),
    (root) => root.mkdir('/a', { group: 'a', gid: 1 }),
    (root) => root.chown('/a', {}),
    (root) => root.user('Not valid'),
    (root) => root.user('app', { home: 'relative' }),
    (root) => root.user('app', { shell: '/bin/sh:x' }),
  ]
  for (const commands of wrong) assert.throws(() => record(commands, 'commands'), { code: 'argument.invalid' })
})
