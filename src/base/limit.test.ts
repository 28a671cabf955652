import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { limit, openRoom, together } from './limit.ts'

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

test('openRoom: places are given in the order of asking, as many as there is room for, and room that is left is given again', async () => {
  const room = openRoom(10)
  const order: string[] = []
  const work = async (name: string, size: number): Promise<void> => {
    using place = await room.enter(size)
    order.push(`+${name}`)
    await turn()
    if (name === 'large') {
      place.shrink(4)
      await turn()
    }
    order.push(`-${name}`)
    if (name === 'a') throw new Error(name)
  }
  const sizes = { a: 4, b: 6, large: 99, c: 6, d: 1 }
  await Promise.allSettled(Object.entries(sizes).map(([name, size]) => work(name, size)))
  assert.deepEqual(order, ['+a', '+b', '-a', '-b', '+large', '+c', '-large', '+d', '-c', '-d'])
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
