import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changesLine } from './changes.ts'

test('changes: the line counts layers and new bytes, and names a first build', () => {
  const changes = { layers: 22, newLayers: 1, newBytes: 1234, isFirst: false }
  assert.equal(changesLine(changes), '1 of 22 layers is new, 1.2 kB')
  assert.equal(changesLine({ ...changes, newLayers: 2 }), '2 of 22 layers are new, 1.2 kB')
  assert.equal(changesLine({ ...changes, newLayers: 0, newBytes: 0 }), 'none of 22 layers is new')
  assert.equal(changesLine({ layers: 1, newLayers: 1, newBytes: 9, isFirst: true }), 'first build: 1 layer, 9 B')
})
