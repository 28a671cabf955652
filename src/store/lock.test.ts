import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { temporaryFolder } from '../../test/support/temporary.ts'
import { type Lock, type LockOptions, lock, tryLock, trySqliteLock } from './lock.ts'

const folder = temporaryFolder()

type Take = (file: string, options?: LockOptions) => Lock | undefined
const kinds: Readonly<Record<string, Take>> = {
  'the kernel': tryLock,
  SQLite: (file, options = {}) => trySqliteLock(file, options),
}

for (const [kind, take] of Object.entries(kinds)) {
  test(`lock by ${kind}: exclusive or shared`, () => {
    const file = join(folder, kind)
    const alone = take(file)
    assert.ok(alone)
    assert.equal(take(file), undefined)
    assert.equal(take(file, { shared: true }), undefined)
    alone[Symbol.dispose]()
    const [one, two] = [take(file, { shared: true }), take(file, { shared: true })]
    assert.ok(one && two)
    one[Symbol.dispose]()
    assert.equal(take(file), undefined)
    two[Symbol.dispose]()
    take(file)?.[Symbol.dispose]()
  })

  test(`lock by ${kind}: ranges are independent`, () => {
    const file = join(folder, `${kind}-parts`)
    using one = take(file, { part: 1 })
    using two = take(file, { part: 2 ** 40 - 1 })
    assert.ok(one && two)
    assert.equal(take(file, { part: 1 }), undefined)
  })
}

test('lock: waits until the lock is free', async () => {
  const file = join(folder, 'waited')
  const first = await lock(file)
  const second = lock(file)
  first[Symbol.dispose]()
  ;(await second)[Symbol.dispose]()
})

test('lock: waiting can be cancelled', async () => {
  const file = join(folder, 'stopped')
  using _held = await lock(file)
  const stop = new AbortController()
  const waiting = lock(file, { signal: stop.signal })
  stop.abort()
  await assert.rejects(waiting, { name: 'AbortError' })
  await assert.rejects(lock(file, { signal: stop.signal }), { name: 'AbortError' })
})
