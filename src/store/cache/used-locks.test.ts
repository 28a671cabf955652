import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { temporaryFolder } from '../../../test/support/temporary.ts'
import { recipePath, type StorePath } from '../store-path.ts'
import { type DiskMemory, openMemory } from './memory.ts'
import { locksUsedSince, rememberLock } from './used-locks.ts'

const folder = temporaryFolder()
const file = join(folder, 'slipway.lock')
writeFileSync(file, '')
const [one, two] = [recipePath('one', 1), recipePath('two', 2)]
const day = 24 * 60 * 60
const month = 30 * day

const kept = (memory: DiskMemory, now: number): readonly StorePath[] =>
  locksUsedSince(memory, now - month).flatMap(({ paths }) => paths)

const open = (file: string) => openMemory(file, { lockFile: `${file}.lock` })

test('used locks: objects named by a lock are kept for 30 days after its last use, counted in days', async () => {
  using memory = await open(join(folder, 'memory'))
  const use = (usedAt: number, paths: readonly StorePath[]): void => rememberLock(memory, { file, usedAt, paths })
  use(1000, [one])
  assert.deepEqual(kept(memory, 1000 + month - 1), [one])
  assert.deepEqual(kept(memory, 1000 + month), [])
  use(1000 + day - 1, [one])
  assert.deepEqual(kept(memory, 1000 + month), [])
  use(1000 + day, [one])
  assert.deepEqual(kept(memory, 1000 + month), [one])
})

test('used locks: changed paths are recorded at once, and so is a clock that went backwards', async () => {
  using memory = await open(join(folder, 'other'))
  const use = (usedAt: number, paths: readonly StorePath[]): void => rememberLock(memory, { file, usedAt, paths })
  use(day, [one])
  use(day + 1, [one, two])
  assert.deepEqual(kept(memory, day + 1), [one, two])
  use(5, [one, two])
  assert.deepEqual(kept(memory, 5 + month), [])
})
