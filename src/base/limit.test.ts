import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { inTurn, limit, together } from './limit.ts'

test('together: a failure aborts the others, and is thrown after all of them have ended', async () => {
  const { signal } = new AbortController()
  const ended: string[] = []
  const work = async (item: string, stopped: AbortSignal): Promise<string> => {
    await turn()
    if (item === 'fails') throw new Error('as it must')
    while (!stopped.aborted) await turn()
    await turn()
    ended.push(item)
    throw stopped.reason
  }
  await assert.rejects(together(['a', 'fails', 'b', 'never'], work, { concurrency: 3, signal }), /as it must/)
  assert.deepEqual(ended.sort(), ['a', 'b'])
  assert.deepEqual(await together([1, 2, 3], async (item) => 2 * item, { concurrency: 2, signal }), [2, 4, 6])
  const aborted = AbortSignal.abort(new Error('stopped'))
  await assert.rejects(
    together([1], async () => assert.fail('not begun'), { concurrency: 1, signal: aborted }),
    /stopped/,
  )
})

test('inTurn: runs one task after another, even after a failure', async () => {
  const queue = inTurn()
  const order: string[] = []
  const work = (name: string) => async (): Promise<string> => {
    order.push(`+${name}`)
    await turn()
    order.push(`-${name}`)
    if (name === 'b') throw new Error(name)
    return name
  }
  const all = await Promise.allSettled(['a', 'b', 'c'].map((name) => queue(work(name))))
  assert.deepEqual(order, ['+a', '-a', '+b', '-b', '+c', '-c'])
  assert.deepEqual(
    all.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
})

test('limit: after a failure nothing more is started; it is thrown once all started items have ended', async () => {
  const slow = Promise.withResolvers<void>()
  const events: string[] = []
  const work = async (item: string): Promise<void> => {
    events.push(`begin ${item}`)
    if (item === 'bad') throw new Error('bad')
    await slow.promise
    events.push(`end ${item}`)
  }
  const all = limit(['slow', 'bad', 'never'], work, { concurrency: 2 }).catch(() => events.push('thrown'))
  await turn()
  slow.resolve()
  await all
  assert.deepEqual(events, ['begin slow', 'begin bad', 'end slow', 'thrown'])
})
