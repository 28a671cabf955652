import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentsOf } from '../../report/layer-contents.ts'
import { file, memoryTree } from '../../tree/memory.ts'
import { debianRecords, recordedPackages } from './packages.ts'

const status = [
  'Package: a\nVersion: 1\nArchitecture: amd64\nDepends: b,\n c (>= 2)\n',
  'Package: b\nVersion: 2\nArchitecture: all\n',
  'Package: empty\nVersion: 3\nArchitecture: all\n',
].join('\n')

test('packages: dpkg’s records identify the packages of a layer, whichever layer contains the records', () => {
  const layers = [
    memoryTree({
      'usr/bin/a': file('12345'),
      'usr/lib/b': file('12'),
      'var/lib/dpkg/status': file('Package: old\nVersion: 0\n'),
    }),
    memoryTree({ 'usr/lib/b2': file('1234'), 'usr/lib/nobody': file('x') }),
    memoryTree({
      'var/lib/dpkg/status': file(status),
      'var/lib/dpkg/info/a:amd64.list': file('/.\n/bin\n/bin/a\n'),
      'var/lib/dpkg/info/b.list': file('/usr/lib/b\n/usr/lib/b2\n'),
      'var/lib/dpkg/info/gone.list': file('/usr/lib/nobody\n'),
    }),
  ]
  const found = recordedPackages(layers.map((tree) => contentsOf(tree, debianRecords.isRecord)))
  assert.deepEqual(
    found.map((packages) => packages.map(({ name, version, size }) => [name, version, size])),
    [
      [
        ['a', '1', 5],
        ['b', '2', 2],
      ],
      [['b', '2', 4]],
      [],
    ],
  )
  assert.match(found[0]?.[0]?.depends ?? '', /b,\s+c \(>= 2\)/)
})
