import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BaseFiles } from '../../source/ecosystem.ts'
import { file, memoryTree } from '../../tree/memory.ts'
import { path } from '../../tree/path.ts'
import type { Tree } from '../../tree/tree.ts'
import { debianBaseOf, idsOver } from './base.ts'
import { databaseOver } from './dpkg.ts'

function baseOf(files: Readonly<Record<string, string>>): BaseFiles {
  return { tree: memoryTree(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, file(text)]))) }
}

function textIn(tree: Tree, name: string): string | undefined {
  const bytes = tree.read(path(name))
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8')
}

const status = `Package: lib
Status: install ok installed
Architecture: amd64
Version: 1.0

Package: removed
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0

`

test('debian base: dpkg’s status is read; removed packages are not installed', () => {
  const base = debianBaseOf(
    baseOf({
      'var/lib/dpkg/status': status,
      'var/lib/dpkg/info/lib:amd64.list': '/.\n/lib\n/lib/lib.so\n/usr/lib/gone.so\n',
      'var/lib/dpkg/info/lib:amd64.postinst': '',
      'var/lib/dpkg/info/lib-dev.list': '/usr/lib/lib.a\n',
      'usr/lib/lib.so': 'x',
    }),
  )
  assert.deepEqual([base.form, [...base.installed.keys()]], ['dpkg', ['lib:amd64']])
  const lib = base.installed.get('lib:amd64')
  assert.deepEqual([lib?.version, lib?.architecture], ['1.0', 'amd64'])
  assert.deepEqual(lib?.files(), ['usr/lib/lib.so'])
  assert.deepEqual(lib?.records(), ['var/lib/dpkg/info/lib:amd64.list', 'var/lib/dpkg/info/lib:amd64.postinst'])
})

test('debian base: status.d of images without dpkg is read', () => {
  const base = debianBaseOf(
    baseOf({
      'var/lib/dpkg/status.d/lib': 'Package: lib\nArchitecture: amd64\nVersion: 1.0\n',
      'var/lib/dpkg/status.d/lib.md5sums': `${'0'.repeat(32)}  usr/lib/lib.so\n`,
      'usr/lib/lib.so': 'x',
    }),
  )
  assert.deepEqual([base.form, base.installed.get('lib:amd64')?.files()], ['status.d', ['usr/lib/lib.so']])
  assert.equal(debianBaseOf(baseOf({})).form, 'none')
})

test('debian base: its users keep their ids, which no other user gets', () => {
  const base = baseOf({
    'etc/passwd': 'root:x:0:0::/root:/bin/sh\na:x:500:500::/:/bin/sh\nother:x:101:101::/:/bin/sh\n',
    'etc/group': 'root:x:0:\n',
  })
  const own = new Map([
    ['a', 100],
    ['b', 101],
    ['c', 102],
  ])
  const { users, groups } = idsOver({ users: own, groups: own }, base)
  assert.deepEqual(
    [...users],
    [
      ['a', 500],
      ['b', 100],
      ['c', 102],
    ],
  )
  assert.deepEqual([...groups], [...own])
})

test('dpkg over a base: paragraphs are replaced by name, overrides by path; files that only dpkg writes are the base’s', () => {
  const base = baseOf({
    'var/lib/dpkg/status': status,
    'var/lib/dpkg/statoverride': 'root root 4755 /a\nroot root 0700 /b\n',
    'var/lib/dpkg/diversions': 'kept\n',
  })
  const own = memoryTree({
    'etc/motd': file('own\n'),
    'var/lib/dpkg/status': file('Package: lib\nVersion: 2.0\n\nPackage: new\nVersion: 1.0\n\n'),
    'var/lib/dpkg/statoverride': file('daemon root 0711 /b\n'),
    'var/lib/dpkg/diversions': file(''),
    'var/lib/dpkg/arch': file('amd64\n'),
    'var/lib/dpkg/info/~base.list': file(''),
  })
  const merged = databaseOver(own, base, debianBaseOf(base))
  assert.match(
    textIn(merged, 'var/lib/dpkg/status') ?? '',
    /^Package: removed\n[^\n]*config-files\n.*\n\nPackage: lib\nVersion: 2.0\n\nPackage: new\nVersion: 1.0\n\n$/s,
  )
  assert.equal(textIn(merged, 'var/lib/dpkg/statoverride'), 'root root 4755 /a\ndaemon root 0711 /b\n')
  for (const left of ['diversions', 'info/~base.list']) assert.equal(textIn(merged, `var/lib/dpkg/${left}`), undefined)
  assert.equal(textIn(merged, 'var/lib/dpkg/arch'), 'amd64\n')
  assert.equal(textIn(merged, 'etc/motd'), 'own\n')
  const other = databaseOver(memoryTree({ 'var/lib/dpkg/status': file('Package: new\n') }), base, debianBaseOf(base))
  assert.match(textIn(other, 'var/lib/dpkg/status') ?? '', /^Package: lib\n.*\n\nPackage: new\n\n$/s)
})

test('dpkg over a base: packages are identified by name and architecture, and every paragraph that is not replaced stays', () => {
  const paragraph = (name: string, architecture: string, more: string = 'install ok installed') =>
    `Package: ${name}\nStatus: ${more}\nArchitecture: ${architecture}\nVersion: 1\n`
  const below = [
    paragraph('libc6', 'amd64'),
    paragraph('libc6', 'i386'),
    paragraph('gone', 'amd64', 'deinstall ok config-files'),
    paragraph('half', 'amd64', 'install ok half-configured'),
    paragraph('doc', 'all'),
  ]
  const base = baseOf({ 'var/lib/dpkg/status': below.join('\n'), 'var/lib/dpkg/arch': 'amd64\ni386\n' })
  assert.deepEqual([...debianBaseOf(base).installed.keys()], ['libc6:amd64', 'libc6:i386', 'doc:amd64'])
  const own = [paragraph('libc6', 'amd64').replace('Version: 1', 'Version: 2'), paragraph('doc', 'amd64')]
  const image = memoryTree({ 'var/lib/dpkg/status': file(`${own.join('\n')}\n`) })
  const merged = textIn(databaseOver(image, base, debianBaseOf(base)), 'var/lib/dpkg/status')
  assert.equal(merged, [below[1], below[2], below[3], ...own].map((each) => `${each}\n`).join(''))
})
