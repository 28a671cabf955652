import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gather } from '../../base/bytes.ts'
import { directory, executable, file, type Item, memoryTree, symlink } from '../../tree/memory.ts'
import { show } from '../../tree/path.ts'
import type { RootPackage } from './input.ts'
import { type DebianRoot, debianRoot, type RootInput } from './root.ts'

function made(
  name: string,
  items: Readonly<Record<string, Item>>,
  control: Readonly<Record<string, string>> = {},
): RootPackage {
  const files = { control: `Package: ${name}\nVersion: 1\nArchitecture: amd64\nDescription: test\n`, ...control }
  return {
    ...{ name, version: '1', architecture: 'amd64', tree: memoryTree(items) },
    control: new Map(Object.entries(files).map(([file, text]) => [file, Buffer.from(text)])),
  }
}

const basePasswd = made('base-passwd', {
  'usr/share/base-passwd/passwd.master': file('root:*:0:0:root:/root:/bin/bash\n'),
  'usr/share/base-passwd/group.master': file('root:*:0:\nadm:*:4:\nmail:*:8:\nshadow:*:42:\nutmp:*:43:\nstaff:*:50:\n'),
})
const baseFiles = made('base-files', {
  'etc/debian_version': file('12.9\n'),
  'usr/lib/os-release': file('ID=debian\n'),
  'var/lib/dpkg/status.d/base-files': file('Package: base-files\n'),
})
const libcBin = made('libc-bin', {
  'usr/share/libc-bin/nsswitch.conf': file('passwd: files\n'),
  'usr/bin/getent': executable(''),
})
const redis = made(
  'redis-tools',
  { 'usr/bin/redis-cli': executable(''), 'etc/redis': directory() },
  { postinst: '#!/bin/sh\nadduser --system --home /var/lib/redis --group redis\n' },
)

function root(more: Partial<RootInput> = {}): DebianRoot {
  return debianRoot({
    ...{ packages: [redis], data: [baseFiles, basePasswd, libcBin], architecture: 'amd64', records: 'status.d' },
    ids: { users: new Map([['redis', 100]]), groups: new Map([['redis', 101]]) },
    ...more,
  })
}

function shown({ tree }: DebianRoot): ReadonlyMap<string, string> {
  return new Map(
    [...tree.entries()].map((entry) => {
      if (entry.kind === 'symlink') return [show(entry.path), `-> ${entry.target}`]
      if (entry.kind !== 'file' && entry.kind !== 'directory') return [show(entry.path), entry.kind]
      const { mode, uid, gid } = entry.metadata
      const text = entry.kind === 'file' ? ` ${Buffer.from(gather(entry.content.open())).toString()}` : ''
      return [show(entry.path), `${mode.toString(8)} ${uid}:${gid}${text}`]
    }),
  )
}

test('debian-root: base-files as data, links of merged /usr, users, state directories, files from libc-bin', () => {
  const entries = shown(root())
  const expected = {
    bin: '-> usr/bin',
    lib: '-> usr/lib',
    'etc/debian_version': '644 0:0 12.9\n',
    'etc/nsswitch.conf': '644 0:0 passwd: files\n',
    'var/run': '-> /run',
    'var/lock': '-> /run/lock',
    tmp: '1777 0:0',
    root: '700 0:0',
    'etc/redis': '2770 100:101',
    'var/lib/redis': '750 100:101',
    'var/log/redis': '2750 100:4',
    'var/lib/dpkg/status.d/base-files': '644 0:0 Package: base-files\n',
  }
  for (const [name, value] of Object.entries(expected)) assert.equal(entries.get(name), value, name)
  assert.equal(entries.has('usr/bin/getent'), false)
  assert.equal(entries.has('lib64'), false)
  assert.match(entries.get('etc/passwd') ?? '', /^644 0:0 root:x:0:0.*\nredis:x:100:101::\/var\/lib\/redis:/)
  assert.match(entries.get('etc/shadow') ?? '', /^640 0:42 root:\*/)
})

test('debian-root: what bind9, chrony, mariadb and squid give to their users, whatever their programs would say', () => {
  const adds = (name: string) => `#!/bin/sh\nadduser --system --group --home /nonexistent ${name}\n`
  const bind = made(
    'bind9',
    { 'etc/bind/named.conf.options': file(''), 'var/cache/bind': directory() },
    { postinst: adds('bind') },
  )
  const chrony = made(
    'chrony',
    { 'usr/share/chrony/chrony.keys': file('# none\n'), 'etc/chrony': directory(), 'var/lib/chrony': directory() },
    {
      postinst: `${adds('_chrony')}
if command -v ucf >/dev/null; then ucf --three-way /usr/share/chrony/chrony.keys /etc/chrony/chrony.keys; fi
if ! chronyd -p | grep -q "^user"; then dpkg-statoverride --update --add root _chrony 0640 /etc/chrony/chrony.keys; fi
`,
    },
  )
  const squid = made(
    'squid',
    { 'var/log/squid': directory(), 'var/spool/squid': directory() },
    { postinst: `${adds('proxy')}usr=$(squid -k parse); chown $usr /var/log/squid\n` },
  )
  const mariadb = made(
    'mariadb-server',
    {},
    { postinst: `${adds('mysql')}mkdir /var/lib/mysql\nfind /var/lib/mysql -print0 | xargs -0 -r chown mysql\n` },
  )
  const names = ['bind', '_chrony', 'proxy', 'mysql']
  const ids = new Map(names.map((name, index) => [name, 100 + index]))
  const all = root({ packages: [bind, chrony, mariadb, squid], ids: { users: ids, groups: ids } })
  const entries = shown(all)
  const expected = {
    'etc/bind': '2755 0:100',
    'etc/bind/named.conf.options': '644 0:100 ',
    'var/cache/bind': '775 0:100',
    'etc/chrony/chrony.keys': '640 0:101 # none\n',
    'var/lib/chrony': '750 101:101',
    'var/lib/mysql': '755 103:103',
    'var/log/squid': '755 102:102',
    'var/spool/squid': '755 102:102',
  }
  for (const [name, value] of Object.entries(expected)) assert.equal(entries.get(name), value, name)
  assert.deepEqual(
    all.notes.filter(({ package: name }) => name !== 'mariadb-server'),
    [],
  )
})

test('debian-root: /etc/timezone where the script of tzdata creates it, until Debian 12', () => {
  const timezoneOf = (line: string) => {
    const tzdata = made(
      'tzdata',
      { 'usr/share/zoneinfo/Etc/UTC': file('') },
      { postinst: `#!/bin/sh\nTIMEZONE=$(any)\n${line}\n` },
    )
    const found = root({ packages: [tzdata] })
    assert.deepEqual(found.notes, [])
    assert.equal(shown(found).get('etc/localtime'), '-> /usr/share/zoneinfo/Etc/UTC')
    return shown(found).get('etc/timezone')
  }
  const writes = 'echo "$TIMEZONE" > "$DPKG_ROOT/etc/timezone"'
  assert.equal(timezoneOf(writes), '644 0:0 Etc/UTC\n')
  assert.equal(timezoneOf(`if test -f "$DPKG_ROOT/etc/timezone"; then ${writes}; fi`), undefined)
})

test('debian-root: the order of packages and of data does not matter', () => {
  const packages = [redis, made('a', {}), made('z', {})]
  assert.deepEqual(
    shown(root({ packages, data: [baseFiles, basePasswd, libcBin] })),
    shown(root({ packages: packages.toReversed(), data: [libcBin, basePasswd, baseFiles] })),
  )
})

test('debian-root: parents come first, and no path twice', () => {
  const paths = [...root().tree.entries()].map((entry) => entry.path)
  assert.equal(new Set(paths).size, paths.length)
  for (const path of paths) {
    const slash = path.lastIndexOf('/')
    if (slash > 0)
      assert.ok(
        paths.some((other) => other === path.slice(0, slash)),
        path,
      )
  }
})

test('debian-root: a package in the image is not laid out again', () => {
  const entries = shown(root({ packages: [redis, baseFiles, libcBin] }))
  assert.equal(entries.has('etc/debian_version'), false)
  assert.equal(entries.get('var/run'), '-> /run')
  assert.equal(entries.get('etc/nsswitch.conf'), '644 0:0 passwd: files\n')
})

test('debian-root: packaged files are not repeated', () => {
  const own = made('own', {
    tmp: directory({ mode: 0o755 }),
    bin: symlink('usr/bin'),
    'etc/nsswitch.conf': file('own'),
  })
  const entries = shown(root({ packages: [own] }))
  assert.deepEqual([entries.has('tmp'), entries.has('bin'), entries.has('etc/nsswitch.conf')], [false, false, false])
})

test('debian-root: effects that only running a script could tell are notes', () => {
  const odd = made(
    'odd',
    {},
    { postinst: '#!/bin/sh\nadduser --system "$(who)"\nupdate-alternatives --install $(a) b /c 1\n' },
  )
  assert.deepEqual(
    root({ packages: [odd] }).notes.map(({ package: name, command }) => `${name}: ${command}`),
    ['odd: who', 'odd: adduser --system "$(who)"', 'odd: a', 'odd: update-alternatives --install $(a) b /c 1'],
  )
})

test('debian-root: if no package creates an owner, the archive’s owner and mode stay, with a note', () => {
  const postinst = '#!/bin/sh\ndpkg-statoverride --update --add root ghost 2755 /usr/bin/x\n'
  const odd = made('odd', { 'usr/bin/x': file('', { mode: 0o755 }) }, { postinst })
  const { tree, notes } = root({ packages: [odd] })
  assert.equal(shown({ tree, notes, alternatives: [] }).has('usr/bin/x'), false)
  assert.deepEqual(
    notes.map(({ reason }) => reason),
    ['no package of the image creates "ghost"'],
  )
})

test('debian-root: users created through a function of the script, as in dbus', () => {
  const postinst = `#!/bin/sh
in_sysroot() { if [ -z "$DPKG_ROOT" ]; then "$@"; fi; }
if [ "$1" = configure ]; then
  in_sysroot adduser --system --quiet --home /nonexistent --no-create-home --disabled-password --group messagebus
  if ! dpkg-statoverride --list /usr/lib/helper >/dev/null; then
    dpkg-statoverride --update --add root messagebus 4754 /usr/lib/helper
  fi
fi
`
  const { tree, notes } = root({ packages: [made('dbus', { 'usr/lib/helper': file('') }, { postinst })] })
  assert.deepEqual(notes, [])
  assert.equal(shown({ tree, notes, alternatives: [] }).get('usr/lib/helper'), '4754 0:100 ')
})

test('debian-root: without base-passwd’s tables there are no users to write', () => {
  assert.throws(() => root({ data: [baseFiles] }), { code: 'debian.data-missing' })
})

test('debian-root: records are for scanners, in dpkg’s database, or absent', () => {
  const none = shown(root({ records: 'none' }))
  assert.deepEqual(
    [...none.keys()].filter((name) => name.startsWith('var/lib/dpkg/')),
    [],
  )
  const libfoo = made(
    'libfoo',
    { 'etc/foo.conf': file('foo\n'), 'usr/lib/foo': file('') },
    {
      control: 'Package: libfoo\nVersion: 1\nArchitecture: amd64\nMulti-Arch: same\nDescription: a\n b\n',
      conffiles: '/etc/foo.conf\nremove-on-upgrade /etc/old.conf\n',
      list: '/.\n/lib\n/lib/foo\n',
      postinst: '#!/bin/sh\n',
    },
  )
  const dpkg = shown(root({ records: 'dpkg', packages: [libfoo] }))
  assert.match(
    dpkg.get('var/lib/dpkg/status') ?? '',
    /Package: libfoo\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\nMulti-Arch: same\nDescription: a\n b\nConffiles:\n \/etc\/foo\.conf d3b07384d113edec49eaa6238ad5ff00\n\n$/,
  )
  assert.equal(dpkg.get('var/lib/dpkg/info/libfoo:amd64.list'), '644 0:0 /.\n/lib\n/lib/foo\n')
  assert.equal(dpkg.get('var/lib/dpkg/info/libfoo:amd64.postinst'), '755 0:0 #!/bin/sh\n')
  assert.equal(dpkg.get('var/lib/dpkg/info/format'), '644 0:0 1\n')
  assert.match(dpkg.get('var/lib/dpkg/info/base-files.list') ?? '', /\/etc\/debian_version\n/)
  assert.equal(dpkg.has('var/lib/dpkg/status.d'), false)
})
