import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { openDeflater } from './deflate.ts'

const level = 6

test('small inputs start no thread; larger ones do, and compress to the same bytes', async () => {
  const started: Worker[] = []
  process.on('worker', (worker) => started.push(worker))
  using deflater = openDeflater()
  const piece = (): Uint8Array<ArrayBuffer> => new Uint8Array(2 ** 20).map((_, index) => (index * index) >> 7)
  const { packed: here } = await deflater.deflate(piece(), level)
  assert.equal(started.length, 0)
  const later = await Promise.all(Array.from({ length: 8 }, () => deflater.deflate(piece(), level)))
  assert.ok(started.length > 0)
  for (const { packed } of later) assert.ok(Buffer.from(here).equals(packed))
})
