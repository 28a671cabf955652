import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestOf } from '../base/digest.ts'
import { documentOf } from '../base/document.ts'
import { debianRecords } from '../debian/records/packages.ts'
import { mediaTypes } from '../format/oci.ts'
import type { ImageConfig, Manifest, NamedImage } from '../image/image.ts'
import { directory, file, memoryTree } from '../tree/memory.ts'
import type { Tree } from '../tree/tree.ts'
import { summarise } from './summary.ts'
import { formatSize, formatText } from './text.ts'

const [diffA, diffB, diffC] = ['a', 'b', 'c'].map((text) => digestOf(text))
const object = '0123456789abcdfghijklmnpqrsvwxyz-motd'

const trees: readonly Tree[] = [
  memoryTree({
    'usr/bin/hello': file('x'.repeat(1000)),
    'usr/share/doc/hello/copyright': file('c'.repeat(50)),
    'var/lib/dpkg/status.d/hello': file('Package: hello\nVersion: 2.10-3\nArchitecture: amd64\n'),
  }),
  memoryTree({
    'bin/a': file('a'.repeat(10)),
    'usr/bin/b': file('b'.repeat(20)),
    'var/lib/dpkg/status.d/a': file('Package: a\nVersion: 1\nArchitecture: all\n'),
    'var/lib/dpkg/status.d/a.md5sums': file(`${'0'.repeat(32)}  bin/a\n`),
    'var/lib/dpkg/status.d/b': file('Package: b\nVersion: 2\nArchitecture: all\nDepends: a, hello\n'),
    'var/lib/dpkg/status.d/b.md5sums': file(`${'0'.repeat(32)}  bin/b\n`),
  }),
  memoryTree({
    'nix/store': directory(),
    [`nix/store/${object}`]: directory(),
    [`nix/store/${object}/text`]: file('hello'),
  }),
]

function image(): NamedImage {
  const layers = [diffA, diffB, diffC].flatMap((diffId, index) =>
    diffId === undefined
      ? []
      : [
          {
            descriptor: { mediaType: mediaTypes.layer, digest: index === 0 ? digestOf('packed') : diffId, size: 10 },
            diffId,
            history: { created_by: `step ${index}` },
            size: 10_240,
            open: () => [],
          },
        ],
  )
  const config = documentOf<ImageConfig>({
    created: '1970-01-01T00:00:01Z',
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: ['/usr/bin/hello'] },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
  })
  const manifest = documentOf<Manifest>({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: digestOf(config.bytes), size: config.bytes.length },
    layers: layers.map((layer) => layer.descriptor),
  })
  return { config, manifest, layers, names: ['hello:1'] }
}

const made = image()
const summary = summarise(made, {
  treeOf: (layer) => trees[made.layers.indexOf(layer)] ?? memoryTree({}),
  readers: [debianRecords],
})

test('summary: each Debian package costs the bytes of its own files', () => {
  const [alone, together] = summary.layers
  const control = 'Package: hello\nVersion: 2.10-3\nArchitecture: amd64\n'.length
  assert.deepEqual(alone?.packages, [
    { name: 'hello', version: '2.10-3', architecture: 'amd64', size: 1050 + control, broughtBy: ['b'] },
  ])
  assert.deepEqual(
    together?.packages.map(({ name, size }) => [name, size]),
    [
      ['a', 10],
      ['b', 20],
    ],
  )
  assert.deepEqual(
    summary.layers.flatMap(({ packages }) => packages.map(({ name, broughtBy }) => [name, broughtBy])),
    [
      ['hello', ['b']],
      ['a', ['b']],
      ['b', ['b']],
    ],
  )
})

test('summary: store objects are named with the bytes of all their files', () => {
  assert.deepEqual(summary.layers[2]?.storePaths, [{ name: object, size: 5 }])
})

test('summary: identity, platform and sizes', () => {
  assert.equal(summary.id, digestOf(made.config.bytes))
  assert.equal(summary.platform, 'linux/amd64')
  assert.equal(summary.size, 3 * 10_240)
  assert.deepEqual(
    summary.layers.map((layer) => layer.packedSize),
    [10, undefined, undefined],
  )
})

test('text: image, config and layers, the largest part first', () => {
  const lines = formatText(summary).split('\n')
  assert.equal(lines[0], 'name      hello:1')
  assert.ok(lines.includes('size      31 kB in 3 layers'))
  assert.ok(lines.includes('Cmd       ["/usr/bin/hello"]'))
  assert.ok(lines.some((line) => /^layer 1 {2}[0-9a-f]{12} {2}10 kB \(10 B packed\), 7 entries|^layer 1/.test(line)))
  assert.ok(lines.indexOf('     20 B  b 2') < lines.indexOf('     10 B  a 1  (for b)'))
})

test('text: sorted by size, all parts are one list, each with its layers', () => {
  const lines = formatText(summary, 'size').split('\n')
  const sizes = lines.flatMap((line) => /^ +(\d+) B {2}\S.*\[layer [\d, ]+\]$/.exec(line)?.[1] ?? []).map(Number)
  assert.ok(sizes.length >= 2)
  assert.deepEqual(
    sizes,
    [...sizes].sort((a, b) => b - a),
  )
  assert.ok(!lines.some((line) => line.startsWith('layer ')))
})

test('text: a package is listed with those that brought it', () => {
  assert.match(formatText(summary), /^ +10 B {2}a 1 {2}\(for b\)$/m)
})

test('text: sizes have two or three digits', () => {
  assert.deepEqual(
    [0, 999, 1000, 10_240, 99_400, 999_499, 999_500, 1_234_567, 5e12].map((size) => formatSize(size)),
    ['0 B', '999 B', '1.0 kB', '10 kB', '99 kB', '999 kB', '1.0 MB', '1.2 MB', '5.0 TB'],
  )
})
