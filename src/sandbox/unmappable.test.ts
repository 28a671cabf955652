import assert from 'node:assert/strict'
import { test } from 'node:test'
import { device, file, memoryTree } from '../tree/memory.ts'
import { emptyTree } from '../tree/tree.ts'
import type { Job } from './sandbox.ts'
import { refuseUnmappable } from './unmappable.ts'

const job: Job = {
  name: 'image',
  below: { key: 'empty', tree: emptyTree },
  layer: emptyTree,
  scripts: [],
  objects: [],
  limits: { disk: 1, memory: undefined },
}

test('unmappable: devices and owners that a user cannot have are refused by name, before anything runs', () => {
  const tree = memoryTree({ 'dev/null': device('char', { major: 1, minor: 3 }) })
  assert.throws(() => refuseUnmappable(job, tree, 'ranges'), { code: 'sandbox.unsupported', message: /\/dev\/null/ })
  const far = memoryTree({ 'srv/far': file('', { uid: 2_000_000_000, gid: 7 }) })
  assert.throws(() => refuseUnmappable({ ...job, below: { key: 'far', tree: far } }, emptyTree, 'ranges'), {
    code: 'sandbox.unsupported',
    message: /\/srv\/far of image belongs to 2000000000:7/,
  })
})

test('unmappable: root, and fakeroot with one id, accept them all', () => {
  const tree = memoryTree({ far: file('', { uid: 2_000_000_000 }), null: device('char', { major: 1, minor: 3 }) })
  for (const ids of ['root', 'single', 'none'] as const) refuseUnmappable(job, tree, ids)
})
