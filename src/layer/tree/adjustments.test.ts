import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plain } from '../../tree/entry.ts'
import { directory, file, memoryTree } from '../../tree/memory.ts'
import { path } from '../../tree/path.ts'
import { asJson, directoriesOf, directoryAdjustments, type LayerDirectories } from './adjustments.ts'

function layer(
  rank: number,
  folders: Readonly<Record<string, { mode?: number; gid?: number; mtime?: number }>>,
  by = 'x',
): LayerDirectories {
  const directories = Object.entries(folders).map(([name, { mode = 0o755, ...more }]) => ({
    ...{ path: path(name), by, metadata: plain(mode, more) },
  }))
  return { rank, directories }
}

test('adjustments: layers above the one that sets a directory repeat its metadata, with their own mtime', () => {
  const found = directoryAdjustments([
    layer(1, { var: {}, 'var/mail': {} }),
    layer(1, { 'var/mail': { mode: 0o2775, gid: 8 } }),
    layer(1, { var: {}, 'var/mail': { mtime: 5 } }),
    layer(1, { 'var/mail': { mode: 0o2775, gid: 8 } }),
  ])
  assert.deepEqual(found, [{}, {}, { 'var/mail': asJson(plain(0o2775, { gid: 8, mtime: 5 })) }, {}])
})

test('adjustments: the higher rank decides, and layers below it are unchanged', () => {
  const found = directoryAdjustments([
    layer(0, { tmp: { mode: 0o1777 } }),
    layer(1, { tmp: { mode: 0o700 } }),
    layer(2, { tmp: {} }),
  ])
  assert.deepEqual(found, [{}, {}, { tmp: asJson(plain(0o700)) }])
})

test('adjustments: two packages that set a directory differently are an error that names both', () => {
  const layers = [layer(1, { srv: { mode: 0o700 } }, 'first'), layer(1, { srv: { mode: 0o711 } }, 'second')]
  assert.throws(() => directoryAdjustments(layers), {
    code: 'layer.directory-conflict',
    message: /^\/srv is set differently by first \(0700 0:0\) and second \(0711 0:0\)\./,
  })
})

test('adjustments: the directories of a tree can be read twice', () => {
  const directories = directoriesOf(memoryTree({ etc: directory({ mode: 0o700 }), 'etc/x': file('') }), 'a')
  const found = directoryAdjustments([
    { rank: 1, directories },
    { rank: 1, directories: directoriesOf(memoryTree({ 'etc/y': file('') }), 'b') },
  ])
  assert.deepEqual(found, [{}, { etc: asJson(plain(0o700)) }])
})
