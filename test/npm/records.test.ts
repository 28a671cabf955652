/** npm packages as `inspect` lists them: by layer, with versions, sizes, and what brought them in. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { npmRecords } from '../../src/npm/records.ts'
import { runtimeRecords } from '../../src/npm/runtime/record.ts'
import { contentsOf } from '../../src/report/layer-contents.ts'
import type { RecordReader } from '../../src/report/records.ts'
import { file, memoryTree } from '../../src/tree/memory.ts'

function layer(
  files: Readonly<Record<string, string>>,
  { isRecord }: RecordReader = npmRecords,
): ReturnType<typeof contentsOf> {
  const tree = memoryTree(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, file(text)])))
  return contentsOf(tree, isRecord)
}

test('npm records: each layer has its packages, and a nested one counts for itself', () => {
  const manifest = (name: string, more: object = {}) => JSON.stringify({ name, version: '1.0.0', ...more })
  const a = manifest('a', { dependencies: { '@s/b': '*', gone: '*' } })
  const b = manifest('@s/b', { cpu: ['x64'] })
  const { layers, requirements } = npmRecords.read([
    layer({
      'app/node_modules/a/package.json': a,
      'app/node_modules/a/lib/package.json': '{"type":"module"}',
      'app/node_modules/a/lib/x.js': 'xxxx',
      'app/node_modules/a/node_modules/@s/b/package.json': b,
      'app/node_modules/.bin/package.json': manifest('none'),
      'app/package.json': manifest('app'),
    }),
    layer({ 'app/node_modules/broken/package.json': '{', 'app/node_modules/broken/x': 'x' }),
  ])
  assert.deepEqual(layers, [
    [
      { name: '@s/b', version: '1.0.0', architecture: 'x64', size: b.length },
      { name: 'a', version: '1.0.0', architecture: 'all', size: a.length + '{"type":"module"}xxxx'.length },
    ],
    [],
  ])
  assert.deepEqual(requirements.roots, ['a'])
  assert.deepEqual(requirements.requires.get('a'), ['@s/b'])
})

test('npm records: the layer of the runtime is called node, and a program that others put there is not', () => {
  const program = { 'usr/local/bin/node': 'program' }
  const licence = { 'usr/local/share/doc/node/LICENSE': 'licence' }
  const { layers } = runtimeRecords.read([
    layer({ ...program, ...licence }, runtimeRecords),
    layer(program, runtimeRecords),
  ])
  assert.deepEqual(layers, [[{ name: 'node', version: '', architecture: '', size: 'programlicence'.length }], []])
})
